"""Access to the conference that a page is about: only its organizers may see it."""

from fastapi import Request
from pydantic import TypeAdapter, ValidationError

from registration.conferences.domain import Conference
from registration.conferences.repository import Conferences
from shared.contract.events.fields import Id
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.problems import not_found

_ID: TypeAdapter[str] = TypeAdapter(Id)


async def organized(guard: Guard, conferences: Conferences, caller: Caller, id: str) -> Conference:
    """The conference. Raises ``Problem`` 404 if there is none, or the caller does not organize it."""
    try:
        guard.owner(caller, "conference", _ID.validate_python(id), conference_id=id)
    except ValidationError:
        raise not_found("conference", id) from None
    conference = await conferences.get(id)
    if conference is None:
        raise not_found("conference", id)
    return conference


def page_number(request: Request) -> int:
    """The requested page number, from 0. An invalid one counts as 0."""
    text = request.query_params.get("page", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 0
