"""Attendance from CSV files, and how far each has got."""

from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, Self
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from registration.api.auth import Guard
from registration.domain.keys import Key
from registration.domain.uploads import COLUMNS, MAX_REPORTED, State, Upload
from registration.repository.uploads import Uploads
from registration.use_cases.receiving import Receiving
from shared.events.fields import Id
from shared.problems import Problem, invalid, not_found

MAX_LISTED = 100

_CSV: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": f"UTF-8; the first row names the columns: {', '.join(COLUMNS)}",
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class UploadView(BaseModel):
    """How far an upload has got. What is `accepted` is stated, unless it is a dry run."""

    id: str
    conference_id: str
    dry_run: bool
    state: State
    reason: str = Field(description="why it failed or was interrupted")
    bytes: int = Field(description="received so far")
    bytes_done: int
    rows: int = Field(description="read so far")
    accepted: int
    refused: int = Field(description="see `/uploads/{id}/refused`")
    ignored_columns: list[str]
    created_at: datetime
    ended_at: datetime | None

    @classmethod
    def of(cls, upload: Upload) -> Self:
        return cls(
            id=upload.id,
            conference_id=upload.conference_id,
            dry_run=upload.dry_run,
            state=upload.state,
            reason=upload.reason,
            bytes=upload.bytes,
            bytes_done=min(upload.offset, upload.bytes),
            rows=upload.rows,
            accepted=upload.accepted,
            refused=upload.refused,
            ignored_columns=list(upload.header.ignored),
            created_at=upload.created_at,
            ended_at=upload.ended_at,
        )


class Refusal(BaseModel):
    """What is wrong in a row: the number of its first line, the header's being 1, the column, and the reason."""

    line: int
    field: str
    reason: str


class Refusals(BaseModel):
    """How many rows were refused so far, and why. The values are not repeated: they may be addresses."""

    refused: int
    complete: bool = Field(description=f"false where there are more than these {MAX_REPORTED:,} faults, the first of the file")
    faults: list[Refusal]


def create_router(guard: Guard, receiving: Receiving, uploads: Uploads) -> APIRouter:
    """``/conferences/{id}/attendance.csv`` and ``/uploads``."""
    router = APIRouter(tags=["attendance"])
    Allowed = Annotated[Key, Depends(guard("attendance"))]  # noqa: N806 - a type

    @router.post("/conferences/{id}/attendance.csv", status_code=HTTPStatus.ACCEPTED, openapi_extra=_CSV)
    async def post_attendance_csv(
        id: Id,
        request: Request,
        response: Response,
        key: Allowed,
        timezone: Annotated[str | None, Query(description="of times without an offset, such as Europe/Berlin")] = None,
        dry_run: Annotated[bool, Query(description="check everything, state nothing")] = False,
    ) -> UploadView:
        """Receive a CSV file of any size, to be stated in the background; `location` says where to ask how far it has got.

        Each row is one fact. Its `kind` is `checked_in`, `session_attended` or `person_met`. The attendee is known by `email`,
        their own address, or else by `account`; `skills` are separated by `|`; `matching`, `mail` and `sharing` are yes, no, or
        empty where it was not asked. The same rows again, in whatever file, change nothing. Values are separated by comma,
        semicolon or tab.
        """
        guard.conference(key, id)
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the file itself as the body, no form (curl -X POST -T FILE)")
        if timezone is not None and timezone not in _timezones():
            raise invalid("query.timezone", "is not known; expected a name of the IANA time zone database, like Europe/Berlin")
        try:
            upload = await receiving.receive(id, request.stream(), timezone, dry_run)
        except ClientDisconnect:
            raise Problem(HTTPStatus.BAD_REQUEST, "the file was not sent to its end") from None  # nobody will read this
        response.headers["location"] = f"/uploads/{upload.id}"
        return UploadView.of(upload)

    @router.get("/conferences/{id}/uploads")
    async def get_uploads(id: Id, key: Allowed) -> list[UploadView]:
        """The newest uploads of a conference, newest first."""
        guard.conference(key, id)
        return [UploadView.of(upload) for upload in await uploads.of_conference(id, MAX_LISTED)]

    @router.get("/uploads/{id}")
    async def get_upload(id: Id, key: Allowed) -> UploadView:
        """How far an upload has got."""
        return UploadView.of(await known(id, key))

    @router.get("/uploads/{id}/refused")
    async def get_refused(id: Id, key: Allowed) -> Refusals:
        """Which rows were refused so far, and why."""
        upload = await known(id, key)
        faults = [Refusal(line=one.line, field=one.field, reason=one.reason) for one in await uploads.faults(id)]
        return Refusals(refused=upload.refused, complete=upload.reported < MAX_REPORTED, faults=faults)

    async def known(id: str, key: Key) -> Upload:
        upload = await uploads.get(id)
        if upload is None:
            raise not_found("upload", id)
        guard.conference(key, upload.conference_id)
        return upload

    return router


@cache
def _timezones() -> set[str]:
    return available_timezones()
