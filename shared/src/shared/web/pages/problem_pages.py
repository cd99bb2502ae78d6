"""Pages for what did not work: problems in words for people, and forms that were sent after the session's end."""

from http import HTTPStatus
from typing import Final

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, Response

from shared.refusals import Invalid
from shared.web.access.signed_in import SignInFirst
from shared.web.pages.forms import File, Form, has_files, read_form, read_form_with_files
from shared.web.pages.pages import Pages
from shared.web.problems import ProblemDetails
from shared.wording.languages import SOURCE, translatable

_HEADLINES: Final = {
    400: translatable("This request cannot be read"),
    401: translatable("Sign in first"),
    403: translatable("You do not have access to this"),
    404: translatable("This page does not exist"),
    405: translatable("This address only accepts a form"),
    409: translatable("This is not possible now"),
    410: translatable("This is no longer available"),
    412: translatable("This has changed since you saw it"),
    413: translatable("This is too large"),
    422: translatable("Something in your form is not right"),
    429: translatable("Too many requests"),
    503: translatable("Please try again in a moment"),
}
_OTHERWISE: Final = translatable("This did not work")
_ADVICE: Final = {
    400: translatable("Go back and try again. If it still fails, write to the operator of this site."),
    401: translatable("Once you have signed in, you will come back to this page."),
    403: translatable(
        "You may be signed in with a different address than the one that has access. If not, "
        "ask the organizers of the conference, or an admin of the organization, to add you."
    ),
    404: translatable(
        "The address may be mistyped or outdated, or the page may be for somebody else. Try to find it from the start page."
    ),
    405: translatable("Go back to the page with the form, and send it from there."),
    409: translatable("Go back and reload the page: it shows how things are now, and what you can do."),
    410: translatable("It was only available for a limited time. The start page shows what there is now."),
    412: translatable("Go back and reload the page. See what has changed, then decide."),
    413: translatable("Go back, and send a smaller file or a shorter text."),
    422: translatable("Go back and correct it. Your browser keeps what you typed."),
    429: translatable("Wait a few minutes, then go back and try again."),
    503: translatable("Wait a moment, then reload this page. If you were sending a form, go back and send it again."),
}
_OTHER_ADVICE: Final = translatable("Go back and try another way. If it still fails, write to the operator of this site.")
_OUR_ADVICE: Final = translatable("It has been logged. Try again later; if it still fails, write to the operator of this site.")
MOST_KEPT: Final = 2 * 1024 * 1024
"""In bytes. A larger form with files is not read for somebody who is not signed in, and nothing of it is kept."""
_FOR_PROGRAMS: Final = (404, 405, 500, 502, 503, 504)
"""With these, what is said in detail helps programs and their authors, but nobody else."""
_OURS: Final = translatable("Something went wrong on our side")


def install(app: FastAPI, pages: Pages) -> None:
    """Answer browsers with pages where programs get problem details."""

    def show(request: Request, problem: ProblemDetails) -> HTMLResponse:
        ours = problem.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        headline = _HEADLINES.get(problem.status, _OURS if ours else _OTHERWISE)
        advice = _ADVICE.get(problem.status, _OUR_ADVICE if ours else _OTHER_ADVICE)
        details = [] if problem.status in _FOR_PROGRAMS else [f"{fault.field}: {fault.detail}" for fault in problem.errors]
        if not details and problem.status not in _FOR_PROGRAMS and problem.detail != HTTPStatus(problem.status).phrase:
            details = [problem.detail]
        translated = pages.gettext(request)
        if pages.reader(request).language != SOURCE:  # what is only said in English is left out: the advice says enough
            details = [told for detail in details if (told := translated(detail)) != detail]
        return pages.page(
            "problem",
            request,
            status=problem.status,
            headline=translated(headline),
            advice=translated(advice),
            sign_in=problem.status == HTTPStatus.UNAUTHORIZED,
            details=[detail[:1].upper() + detail[1:] for detail in details],
        )

    app.state.problem_page = show

    @app.exception_handler(SignInFirst)
    async def on_session_over(request: Request, first: SignInFirst) -> Response:
        form, files = Form(), dict[str, File]()
        with_files = has_files(request)
        try:
            if not with_files:
                form = await read_form(request)
            elif _length(request) <= MOST_KEPT:
                form, files = await read_form_with_files(request)
        except Invalid:
            pass
        response = pages.page(
            "signed_out",
            request,
            status=HTTPStatus.UNAUTHORIZED,
            form=form,
            has_files=with_files,
            files=[name for name, file in files.items() if file.content],
        )
        response.headers.update(first.headers)
        return response


def _length(request: Request) -> int:
    """How many bytes the request announces. Browsers always say it."""
    said = request.headers.get("content-length", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 16 else MOST_KEPT + 1
