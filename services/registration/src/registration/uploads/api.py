"""Attendance from CSV files, and how far each has got."""

from datetime import datetime
from functools import cache
from http import HTTPStatus
from typing import Annotated, Any, Literal, Self
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field
from starlette.requests import ClientDisconnect

from registration.charsets import EXAMPLES, known_codec
from registration.keys.domain import Key
from registration.keys.guard import Guard
from registration.uploads.domain.export_formats import COLUMNS, EXPORT_FORMATS, RequestedColumns, format_named
from registration.uploads.domain.upload import MAX_REPORTED, State, Upload
from registration.uploads.repository import Uploads
from registration.uploads.use_cases.upload_receiver import UploadReceiver
from shared.contract.events.fields import Id
from shared.web.problems import Problem, invalid, not_found

MAX_LISTED = 100

_CSV: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": f"the first row names the columns: {', '.join(COLUMNS)}, or those of an export that is known: "
        f"{', '.join(format.name for format in EXPORT_FORMATS)}",
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}


class FileMapping(BaseModel):
    """How a file is read: the meaning of its columns, and the values that hold for all rows."""

    format: str | None = Field(description="the system whose export it is")
    columns: dict[str, str] = Field(description="the title of the file's column, by what it tells")
    fixed: dict[str, str] = Field(description="one value for all rows")
    assumed: list[str] = Field(
        description="what the system's documentation does not name: check it, or name its column in the request"
    )
    delimiter: str
    charset: str
    timezone: str | None
    dates: str | None = Field(description="whether day or month comes first, where that is given")

    @classmethod
    def of(cls, upload: Upload) -> Self:
        header = upload.header
        format = format_named(header.format)
        return cls(
            format=header.format or None,
            columns={column: title for column, title in zip(header.columns, header.titles, strict=False) if column},
            fixed=dict(header.fixed),
            assumed=[
                column for column in header.columns if format and column in format.assumed and column not in header.requested
            ],
            delimiter=header.delimiter,
            charset=header.charset,
            timezone=upload.timezone,
            dates=header.dates or None,
        )


class Columns(BaseModel):
    """Which column of the file tells what, where it is not named so: by its title there. For some, one value for all rows."""

    kind: str | None = Field(
        None, description="a column, or one kind for all rows: checked_in, session_attended, person_met, left"
    )
    time: str | None = Field(None, description="a column, or one time for all rows")
    email: str | None = None
    account: str | None = Field(None, description="how the system knows somebody who has no address")
    name: str | None = None
    first_name: str | None = Field(None, description="makes the name, with `last_name`, where there is no `name`")
    last_name: str | None = None
    locale: str | None = None
    time_zone: str | None = Field(None, description="of the attendee; that of the times is `timezone`")
    skills: str | None = None
    session_id: str | None = Field(None, description="a column, or one session for all rows")
    met_email: str | None = None
    met_account: str | None = None
    matching: str | None = None
    mail: str | None = None
    sharing: str | None = None
    attended: str | None = Field(None, description="a column; rows without a yes there are skipped")
    left: str | None = Field(None, description="a column: when they left; makes a second fact of the row")
    date: str | None = Field(None, description="a column: the day of times without one")
    automatic: str | None = Field(None, description="a column; rows with a yes there are skipped: nobody was seen")
    charset: str = Field("utf-8", description=f"of the file, such as {', '.join(EXAMPLES)}")
    dates: Literal["day-first", "month-first"] | None = Field(None, description="in dates such as 07/08/2026")
    timezone: str | None = Field(None, description="of times without an offset, such as Europe/Berlin")
    dry_run: bool = Field(False, description="check everything, publish nothing")

    def requested(self) -> RequestedColumns:
        titles = {column: title for column in COLUMNS if (title := getattr(self, column))}
        return RequestedColumns(titles, self.dates or "")


class UploadView(BaseModel):
    """How far an upload has got. What is `accepted` is published, unless it is a dry run."""

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
    skipped: int = Field(description="rows of people who were not there: without a time, or with a no where attendance is told")
    mapping: FileMapping
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
            skipped=upload.skipped,
            mapping=FileMapping.of(upload),
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


def create_router(guard: Guard, upload_receiver: UploadReceiver, uploads: Uploads) -> APIRouter:
    """``/conferences/{id}/attendance.csv`` and ``/uploads``."""
    router = APIRouter(tags=["attendance"])
    Allowed = Annotated[Key, Depends(guard("attendance"))]  # noqa: N806 - a type

    @router.post("/conferences/{id}/attendance.csv", status_code=HTTPStatus.ACCEPTED, openapi_extra=_CSV)
    async def post_attendance_csv(
        id: Id,
        request: Request,
        response: Response,
        key: Allowed,
        columns: Annotated[Columns, Query()],
    ) -> UploadView:
        """Receive a CSV file, to be published in the background; `location` says where to ask how far it has got.

        Each row is one fact. Its `kind` is `checked_in`, `session_attended`, `person_met` or `left`; where it has a time in
        `left` too, it is two. The attendee is known by `email`,
        their own address, or else by `account`; `skills` are separated by `|`; `matching`, `mail` and `sharing` are yes, no, or
        empty where it was not asked. The same rows again, in whatever file, change nothing. Values are separated by comma,
        semicolon or tab.

        Exports of pretix, Luma, Eventbrite, Zoom, Microsoft Teams, Webex, Tito, Meetup and Google Forms are recognised by their
        columns, in English; for others, and instead, name the columns in the request:
        `?kind=checked_in&time=Checked%20in&email=E-mail`. Try it with `dry_run=true`: `mapping` says how the file is read.
        """
        guard.conference(key, id)
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the file itself as the body, no form (curl -X POST -T FILE)")
        if columns.timezone is not None and columns.timezone not in _timezones():
            raise invalid("query.timezone", "is not known; expected a name of the IANA time zone database, like Europe/Berlin")
        codec = known_codec(columns.charset)
        if codec is None:
            raise invalid("query.charset", f"is not known; expected one such as {', '.join(EXAMPLES)}")
        declared = request.headers.get("content-length", "")
        size = int(declared) if declared.isascii() and declared.isdigit() and len(declared) < 20 else 0
        try:
            upload = await upload_receiver.receive(
                id, request.stream(), columns.timezone, columns.dry_run, columns.requested(), codec, size
            )
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
        guard.owner(key, upload.conference_id, "upload", id)
        return upload

    return router


@cache
def _timezones() -> set[str]:
    return available_timezones()
