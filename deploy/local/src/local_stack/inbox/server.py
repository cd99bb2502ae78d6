"""The pages that show a mailbox, and JSON for programs.

Mails are untrusted: templates escape everything, pages run only our own scripts, and a mail's HTML is shown in a sandboxed frame
that cannot run scripts, load anything or send a form.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from local_stack.inbox.mailbox import Mail, Mailbox, Summary

PAGE_SIZE = 50
_API_LIMIT = 1_000
_HERE = Path(__file__).parent
_PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self'; frame-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Links in a mail open in a new tab, outside the sandbox. Nothing else can leave it.
_MAIL_POLICY = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def create_app(mailbox: Mailbox) -> Starlette:
    """The web application that shows `mailbox`. It only reads."""
    templates = Jinja2Templates(_HERE / "templates")

    def page(request: Request, template: str, **context: Any) -> Response:
        response = templates.TemplateResponse(request, template, context)
        response.headers["Content-Security-Policy"] = _PAGE_POLICY
        return response

    async def list_page(request: Request) -> Response:
        recipient = request.query_params.get("to", "")
        found = mailbox.find(recipient)
        pages = max(1, -(-len(found) // PAGE_SIZE))
        number = min(max(1, _number(request, "page", 1)), pages)

        def link(to_page: int) -> str:
            return "/?" + urlencode({**({"to": recipient} if recipient else {}), "page": to_page})

        return page(
            request,
            "list.html",
            mails=_slice(found, (number - 1) * PAGE_SIZE, PAGE_SIZE),
            count=len(found),
            total=len(mailbox.find()),
            recipient=recipient,
            page=number,
            pages=pages,
            newer=link(number - 1) if number > 1 else None,
            older=link(number + 1) if number < pages else None,
        )

    async def mail_page(request: Request) -> Response:
        mail = _read(mailbox, request)
        views = [name for name, part in (("html", mail.html), ("text", mail.text)) if part is not None]
        view = request.query_params.get("view", "")
        view = view if view in (*views, "source") else [*views, "source"][0]
        source = mailbox.source(mail.summary.id).decode("utf-8", "replace") if view == "source" else ""
        return page(request, "mail.html", mail=mail, views=[*views, "source"], view=view, source=source)

    async def mail_html(request: Request) -> Response:
        mail = _read(mailbox, request)
        if mail.html is None:
            raise HTTPException(404)
        headers = {"Content-Security-Policy": _MAIL_POLICY, "Cache-Control": "no-store"}
        # The first <base> counts: links open in a new tab, because the frame cannot navigate elsewhere.
        return Response('<base target="_blank">' + mail.html, media_type="text/html", headers=headers)

    async def attachment(request: Request) -> Response:
        attachments = _read(mailbox, request).attachments
        number = request.path_params["number"]
        if number >= len(attachments):
            raise HTTPException(404)
        found = attachments[number]
        disposition = "attachment; filename*=utf-8''" + quote(found.name, safe="")
        # Never with its own type, because a browser might show it as a page of this server.
        headers = {"Content-Disposition": disposition}
        return Response(found.content, media_type="application/octet-stream", headers=headers)

    async def api_list(request: Request) -> Response:
        found = mailbox.find(request.query_params.get("to", ""))
        limit = min(max(0, _number(request, "limit", PAGE_SIZE)), _API_LIMIT)
        mails = _slice(found, max(0, _number(request, "offset", 0)), limit)
        return JSONResponse({"total": len(found), "messages": [_summary_json(mail) for mail in mails]})

    async def api_count(request: Request) -> Response:
        return JSONResponse({"count": len(mailbox.find(request.query_params.get("to", "")))})

    async def api_mail(request: Request) -> Response:
        mail = _read(mailbox, request)
        return JSONResponse(
            {
                **_summary_json(mail.summary),
                "headers": mail.headers,
                "text": mail.text,
                "html": mail.html,
                "attachments": [
                    {"name": a.name, "content_type": a.content_type, "size": len(a.content)} for a in mail.attachments
                ],
            }
        )

    return Starlette(
        routes=[
            Route("/", list_page, name="list"),
            Route("/messages/{id}", mail_page, name="mail"),
            Route("/messages/{id}/html", mail_html, name="mail_html"),
            Route("/messages/{id}/attachments/{number:int}", attachment, name="attachment"),
            Route("/api/messages", api_list),
            Route("/api/messages/count", api_count),
            Route("/api/messages/{id}", api_mail),
            Mount("/static", StaticFiles(directory=_HERE / "static"), name="static"),
        ],
        # A web site must not reach these mails by pointing its own host name to this machine (DNS rebinding).
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"]), Middleware(_Safe)],
    )


class _Safe:
    """Adds security headers to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                extra = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _slice(oldest_first: Sequence[Summary], offset: int, limit: int) -> list[Summary]:
    """`limit` mails, newest first, after skipping the `offset` newest. It does not reverse the whole list."""
    end = len(oldest_first) - offset
    return list(reversed(oldest_first[max(0, end - limit) : max(0, end)]))


def _number(request: Request, name: str, default: int) -> int:
    try:
        return int(request.query_params.get(name, default))
    except ValueError:
        return default


def _read(mailbox: Mailbox, request: Request) -> Mail:
    try:
        return mailbox.read(request.path_params["id"])
    except KeyError:
        raise HTTPException(404, "No such mail.") from None


def _summary_json(mail: Summary) -> dict[str, Any]:
    return {
        "id": mail.id,
        "received": mail.received.isoformat(),
        "from": mail.sender,
        "to": mail.recipients,
        "subject": mail.subject,
        "message_id": mail.message_id,
        "correlation_id": mail.correlation_id,
        "size": mail.size,
    }
