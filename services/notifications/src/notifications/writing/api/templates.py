"""HTTP interface for operators: every mail with sample data, in every language. Its links lead nowhere."""

from typing import Any, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response

from notifications.mail.preview import Preview
from notifications.mail.samples import Sample, samples
from notifications.mail.templates import Templates
from shared.web.access.guard import Guard
from shared.web.access.router import Router
from shared.web.pages.pages import Pages
from shared.web.problems import not_found
from shared.wording.languages import Language

MAIL_HEADERS: Final = {
    "X-Content-Type-Options": "nosniff",
    # As in a mail program, nothing is run or loaded.
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
}
_MAIL: Final[dict[int | str, dict[str, Any]]] = {
    200: {"content": {"message/rfc822": {"schema": {"type": "string", "format": "binary"}}}}
}


def create_router(guard: Guard, templates: Templates, pages: Pages) -> Router:
    """``/templates``: a list of all mails, and each as HTML, text and a whole mail."""
    router = Router(tags=["templates"], dependencies=[Depends(guard("mails", browser=True, people=True))])
    preview = Preview(templates)
    known = {(sample.title, sample.reader.language): sample for sample in samples()}

    def find(name: str, language: Language) -> Sample:
        if sample := known.get((name, language)):
            return sample
        raise not_found("mail", name)

    @router.get("/templates", response_class=HTMLResponse)
    def list_templates(request: Request) -> HTMLResponse:
        """List all mails with their subjects."""
        mails: dict[str, list[tuple[Sample, str]]] = {}
        for sample in known.values():
            subject = templates.write(sample.kind, sample.reader, sample.content).subject
            mails.setdefault(sample.title, []).append((sample, subject))
        return pages.page("mail/list", request, language="en", mails=mails)

    @router.get("/templates/{name}/{language}.txt", response_class=PlainTextResponse)
    def show_text(name: str, language: Language) -> PlainTextResponse:
        """Show the subject and the plain text of a mail."""
        sample = find(name, language)
        rendered = templates.write(sample.kind, sample.reader, sample.content)
        return PlainTextResponse(f"{rendered.subject}\n\n{rendered.text}", headers=MAIL_HEADERS)

    @router.get("/templates/{name}/{language}.eml", response_class=Response, responses=_MAIL)
    def show_mail(name: str, language: Language) -> Response:
        """Download the whole mail, for a mail program."""
        headers = MAIL_HEADERS | {"Content-Disposition": f'attachment; filename="{name}.{language}.eml"'}
        return Response(preview.mail(find(name, language)), media_type="message/rfc822", headers=headers)

    @router.get("/templates/{name}/{language}", response_class=HTMLResponse)
    def show_html(name: str, language: Language) -> HTMLResponse:
        """Show the HTML of a mail."""
        sample = find(name, language)
        return HTMLResponse(templates.write(sample.kind, sample.reader, sample.content).html, headers=MAIL_HEADERS)

    return router
