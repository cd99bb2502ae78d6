"""Schedules of conferences, from the files in which they are published."""

from email.message import Message
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, Query, Request, Response
from pydantic import BaseModel

from registration.conferences.api.conferences import ConferenceView
from registration.conferences.use_cases import ConferenceScheduler, ScheduleReader
from registration.schedules.formats import READERS
from registration.schedules.schedule import Note
from shared.contract.events.fields import Day, Id, PlainLine
from shared.database.mongo import Database
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router

_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "the file as exported from pretalx, frab or a calendar, of at most 20 MB",
        "content": {name: {"schema": {"type": "string", "format": "binary"}} for name in (*READERS, "application/octet-stream")},
    }
}


class ImportedSchedule(BaseModel):
    """The updated conference, with the number of its sessions, and the first of ``noted`` notes about omissions."""

    conference: ConferenceView
    sessions: int
    notes: list[Note]
    noted: int


def create_router(
    guard: Guard, conference_scheduler: ConferenceScheduler, schedule_reader: ScheduleReader, database: Database
) -> Router:
    """``/conferences/{id}/schedule``."""
    router = Router(tags=["conferences"])

    @router.put(
        "/conferences/{id}/schedule",
        openapi_extra=_FILE,
        responses={201: {"model": ImportedSchedule, "description": "The conference is new"}},
    )
    async def put_schedule(
        id: Id,
        request: Request,
        response: Response,
        caller: Annotated[Caller, Depends(guard("conferences", conference=True, people=True))],
        name: Annotated[PlainLine | None, Query(description="instead of the file's")] = None,
        starts: Annotated[Day | None, Query(description="instead of the file's")] = None,
        ends: Annotated[Day | None, Query(description="instead of the file's")] = None,
    ) -> ImportedSchedule:
        """Replace a conference's sessions with those in a file: JSON of c3voc, pretalx or Sessionize, frab XML, or iCalendar.

        A session's id is its code, else its guid, else its id; in a calendar, its UID, as far as that can be an id.
        Tracks, tags and categories become topics; abstract and description become the abstract, as plain text of at most 2,000
        characters. What the file lacks stays: the conference's name and dates, the skills and abstracts of its sessions.
        Abstracts are cut to fit as in `PUT /conferences/{id}`. Sending the same file again changes nothing.

        Sessions that share an id but not a title are all kept, each under an id made of both. In a calendar, times in UTC
        are converted to its `X-WR-TIMEZONE` to find their day. `notes` list what is left out or changed. Text is in UTF-8,
        or in the `charset` that `content-type` names.
        """
        guard.conference(caller, id)
        kind = Message()
        kind["content-type"] = request.headers.get("content-type", "")[:200]
        async with schedule_reader.turn():
            body = await request.body()
            schedule = await schedule_reader.read(body, kind.get_content_type(), str(kind.get_content_charset("")))
        conference, is_new = await database.transact(
            lambda tx: conference_scheduler.import_schedule(id, schedule, name, starts, ends, tx)
        )
        if is_new:
            response.status_code = HTTPStatus.CREATED
        return ImportedSchedule(
            conference=ConferenceView.of(conference),
            sessions=len(conference.sessions),
            notes=schedule.notes,
            noted=schedule.noted,
        )

    return router
