"""The service's dead letters: what could not be applied, for operators to look at, send again or discard."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Final

import structlog
from fastapi import Depends, Query, Response
from pydantic import BaseModel, Field

from shared.messaging.dead_letters import DeadLetter, NotKept, details, discard, filtered, named, page, replay, summary
from shared.settings import ServiceSettings
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router
from shared.web.problems import conflict, invalid, not_found

log = structlog.get_logger(__name__)

MAX_LISTED: Final = 200
MAX_NAMED: Final = 10
"""Letters of one event that are shown, sent again or discarded at once."""
_SERVICE: Final = "registration"

Text = Annotated[str, Query(max_length=300)]
Which = Annotated[
    str,
    Query(
        max_length=1200,
        description='its `topic/partition/offset`, or its event\'s source and id as JSON: `["tickets", "scan-7"]`',
        examples=["attendance.inbound/3/17"],
    ),
]


class Summary(BaseModel):
    """A dead letter, without its content. ``not_kept`` says why its content was not kept, if so."""

    origin: str = Field(description="its name: topic/partition/offset")
    service: str
    at: datetime
    source: str | None
    id: str | None
    reason: str
    attempts: int
    bytes: int
    not_kept: str | None


class Listed(BaseModel):
    """A page of dead letters, oldest first. `next`: the `after` of the next page; null on the last one."""

    letters: list[Summary]
    next: int | None


class Details(Summary):
    """A dead letter with its content; bytes that are not UTF-8 are written as ``\\xff``."""

    key: str | None
    headers: list[tuple[str, str | None]]
    value: str | None
    sha256: str | None = Field(description="the size of a value that was not kept")


class Replayed(BaseModel):
    """How many were sent again, and how many were not, because a newer record has the same key (`superseded`). Both are gone."""

    sent: int
    superseded: int


class Discarded(BaseModel):
    """How many were erased."""

    discarded: int


def create_router(guard: Guard, settings: ServiceSettings) -> Router:
    """``/dead-letters``."""
    router = Router(prefix="/dead-letters", tags=["operation"])
    Allowed = Annotated[Caller, Depends(guard("operator", people=True))]  # noqa: N806 - a type
    one_reader = asyncio.Lock()

    @asynccontextmanager
    async def reading(response: Response) -> AsyncIterator[None]:
        # Reasons and contents quote what came: personal data.
        response.headers["cache-control"] = "no-store"
        async with one_reader:
            yield

    async def letters_named(which: str) -> list[DeadLetter]:
        try:
            matches = named(which)
        except ValueError as error:
            raise invalid("query.which", str(error)) from None
        found = await page(_SERVICE, settings, matches=matches, limit=MAX_NAMED)
        if not found.letters:
            raise not_found("dead letter", which)
        return list(found.letters)

    @router.get("")
    async def get_dead_letters(
        response: Response,
        caller: Allowed,
        topic: Text = "",
        source: Text = "",
        id: Text = "",
        reason: Annotated[str, Query(max_length=300, description="text that the reason contains, in upper or lower case")] = "",
        after: Annotated[int, Query(ge=0, le=2**63 - 1, description="the `next` of the page before")] = 0,
        limit: Annotated[int, Query(ge=1, le=MAX_LISTED)] = 50,
    ) -> Listed:
        """Return records that could not be applied, with the reason; optionally, only of a topic, source, event or reason."""
        async with reading(response):
            matches = filtered(topic, source, id, reason)
            found = await page(_SERVICE, settings, matches=matches, after=after, limit=limit, content=False)
        return Listed(letters=[Summary(**summary(letter)) for letter in found.letters], next=found.next)

    @router.get("/letter")
    async def get_dead_letter(response: Response, caller: Allowed, which: Which) -> list[Details]:
        """Return a dead letter with its content as received: personal data. An event may have several dead letters."""
        async with reading(response):
            found = await letters_named(which)
        return [Details(**details(letter)) for letter in found]

    @router.post("/replay")
    async def post_replay(response: Response, caller: Allowed, which: Which) -> Replayed:
        """Send a dead letter's record to its topic again. That is safe: what has already been applied changes nothing."""
        async with reading(response):
            found = await letters_named(which)
            try:
                superseded = await replay(found, settings)
            except NotKept as error:
                raise conflict(str(error)) from None
        _note("replayed", found, caller)
        return Replayed(sent=len(found) - len(superseded), superseded=len(superseded))

    @router.post("/discard")
    async def post_discard(response: Response, caller: Allowed, which: Which) -> Discarded:
        """Erase a dead letter for good, without sending it again. The log says who did it."""
        async with reading(response):
            found = await letters_named(which)
            await discard(found, settings)
        _note("discarded", found, caller)
        return Discarded(discarded=len(found))

    return router


def _note(what: str, letters: list[DeadLetter], caller: Caller) -> None:
    for letter in letters:
        log.warning(f"dead_letter_{what}", origin=letter.origin, caller=caller.id)
