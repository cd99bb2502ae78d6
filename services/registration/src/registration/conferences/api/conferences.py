"""Conferences, from operators."""

from datetime import date
from http import HTTPStatus
from typing import Annotated, Self

from fastapi import Depends, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from registration.conferences.domain import Conference
from registration.conferences.repository import Conferences
from registration.conferences.use_cases import ConferenceScheduler
from registration.schedules.schedule import MAX_SESSIONS
from shared.contract.events.fields import Day, Id, PlainLine
from shared.contract.events.registration import Session
from shared.database.mongo import Database
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router
from shared.web.problems import not_found


class ConferenceSpec(BaseModel):
    """A conference and its sessions."""

    model_config = ConfigDict(extra="forbid")

    name: PlainLine
    starts: Day
    ends: Day
    sessions: list[Session] = Field(default=[], max_length=MAX_SESSIONS)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.ends < self.starts:
            raise ValueError(f"ends: {self.ends} is before starts, {self.starts}")
        seen: set[str] = set()
        for session in self.sessions:
            if session.id in seen:
                raise ValueError(f"sessions: the id {session.id!r} occurs more than once")
            seen.add(session.id)
        return self


class ConferenceView(BaseModel):
    """A conference as it is stored."""

    id: str
    version: int
    name: str
    starts: date
    ends: date
    sessions: list[Session]

    @classmethod
    def of(cls, conference: Conference) -> Self:
        return cls(
            id=conference.id,
            version=conference.version,
            name=conference.name,
            starts=conference.starts,
            ends=conference.ends,
            sessions=list(conference.sessions.values()),
        )


def create_router(
    guard: Guard, conference_scheduler: ConferenceScheduler, conferences: Conferences, database: Database
) -> Router:
    """``/conferences``."""
    router = Router(prefix="/conferences", tags=["conferences"])
    Allowed = Annotated[Caller, Depends(guard("conferences", conference=True, people=True))]  # noqa: N806 - a type

    @router.put("/{id}", responses={201: {"model": ConferenceView, "description": "The conference is new"}})
    async def put_conference(id: Id, schedule: ConferenceSpec, response: Response, caller: Allowed) -> ConferenceView:
        """Announce a conference, or change it. Repeating the request changes nothing.

        A conference has at most 5,000 sessions, and the body at most 4 MiB.

        It has to fit into one event of at most 1 MiB. If its abstracts make it larger, all are cut to the same length, at a word.
        If it is too large even without them, it is refused. The response shows what was stored.

        A changed schedule appears in an attendee's profile with their next event.
        """
        guard.conference(caller, id)
        conference, is_new = await database.transact(
            lambda tx: conference_scheduler.schedule(id, schedule.name, schedule.starts, schedule.ends, schedule.sessions, tx)
        )
        if is_new:
            response.status_code = HTTPStatus.CREATED
        return ConferenceView.of(conference)

    @router.get("/{id}")
    async def get_conference(
        id: Id, caller: Annotated[Caller, Depends(guard("conferences", "attendance", conference=True, people=True))]
    ) -> ConferenceView:
        """Return a conference with its sessions. Keys that publish its attendance may read it, too."""
        guard.conference(caller, id)
        conference = await conferences.get(id)
        if conference is None:
            raise not_found("conference", id)
        return ConferenceView.of(conference)

    return router
