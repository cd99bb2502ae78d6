"""Limits on request bodies: bytes, and the parts of JSON that take long to read."""

from collections.abc import Collection, Mapping
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.json_text import compounds, without_texts
from shared.web.problems import Problem, answer, invalid, too_large

MAX_FIELDS: Final = 30_000
"""Of a JSON body: of each unknown field pydantic makes an error, and FastAPI a copy of that. Also the most objects and arrays, of
which Python's take long to be made."""


class LimitBody:
    """ASGI middleware: refuses a request body that is too large, with 413 and without reading it all, compressed, with 415, or of
    JSON with too many fields, with 422. A body that nobody reads is not refused: whoever is not let in is told only that.

    ``limits`` has the most bytes for the paths that match a pattern (as in ``fnmatch``), None for any number; the first match
    counts, ``limit`` where there is none. Fields are not counted at paths that match one of ``raw``, where JSON is not read by
    FastAPI.
    """

    def __init__(self, app: ASGIApp, limit: int, limits: Mapping[str, int | None], raw: Collection[str] = ()) -> None:
        self._app = app
        self._limit = limit
        self._limits = limits
        self._raw = raw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] == "GET":  # whose body nobody reads
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        limit = next((allowed for pattern, allowed in self._limits.items() if fnmatchcase(scope["path"], pattern)), self._limit)
        fault = _declared_fault(headers, limit)
        in_json = headers.get(b"content-type", b"").partition(b";")[0].strip().lower() == b"application/json"
        in_json &= not any(fnmatchcase(scope["path"], pattern) for pattern in self._raw)
        seen, chunks = 0, list[bytes]()
        refused: Problem | None = None
        answered = False

        async def counted() -> Message:
            nonlocal seen, refused
            if refused := fault:
                raise refused
            message = await receive()
            body = message.get("body", b"")
            seen += len(body)
            if limit is not None and seen > limit:
                refused = too_large(limit)
            elif in_json and limit is not None:
                chunks.append(body)
                if not message.get("more_body"):
                    refused = _too_many_fields(b"".join(chunks))
            if refused:
                raise refused
            return message

        async def unless_refused(message: Message) -> None:
            nonlocal answered
            if not refused or answered:
                answered = True
                await send(message)

        await self._app(scope, counted, unless_refused)
        # FastAPI makes a 400 of whatever is raised while it reads a body: this answer takes that one's place.
        if refused and not answered:
            response = answer(refused.status, str(refused), refused.errors)
            response.headers.update(refused.headers)
            await response(scope, receive, send)


def _declared_fault(headers: Mapping[bytes, bytes], limit: int | None) -> Problem | None:
    """Why a body is refused by what the request's headers say of it."""
    # Nothing here unpacks a body, so a small one cannot become a large one.
    if (encoding := headers.get(b"content-encoding", b"identity")).lower() != b"identity":
        detail = f"send the body without content-encoding {encoding.decode(errors='replace')!r}"
        accepted = {"Accept-Encoding": "identity"}  # RFC 9110, 15.5.16
        return Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail, headers=accepted)
    length = headers.get(b"content-length", b"0")
    if limit is not None and (not length.isdigit() or int(length) > limit):
        return too_large(limit)
    return None


def _too_many_fields(body: bytes) -> Problem | None:
    """The refusal of a JSON body with too many fields, objects or arrays; None for other bodies."""
    if body.count(b":") <= MAX_FIELDS and compounds(body) <= MAX_FIELDS:
        return None
    # Some of these may stand in texts, such as the links in abstracts.
    body = without_texts(body)
    if body.count(b":") > MAX_FIELDS:
        return invalid("body", f"has more than {MAX_FIELDS:,} fields")
    if compounds(body) > MAX_FIELDS:
        return invalid("body", f"has more than {MAX_FIELDS:,} objects and arrays")
    return None
