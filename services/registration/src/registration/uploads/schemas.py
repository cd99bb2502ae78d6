"""The form in which an upload is requested and shown over HTTP."""

from datetime import datetime
from typing import Literal, Self

from pydantic import BaseModel, Field

from registration.charsets import EXAMPLES
from registration.uploads.domain.export_formats import COLUMNS, RequestedColumns, format_named
from registration.uploads.domain.upload import MAX_REPORTED, Fault, State, Upload


class FileMapping(BaseModel):
    """How a file is read: the meaning of its columns, and the values that hold for all rows."""

    format: str | None = Field(description="the system whose export it is")
    columns: dict[str, str] = Field(description="the title of the file's column, by its meaning")
    fixed: dict[str, str] = Field(description="one value for all rows")
    assumed: list[str] = Field(description="columns not in the system's documentation: check them, or name them in the request")
    delimiter: str
    charset: str
    timezone: str | None
    dates: str | None = Field(description="whether day or month comes first, if given")

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
    """The title of the file's column for each meaning, where it differs. For some, one value for all rows."""

    kind: str | None = Field(
        None, description="a column, or one kind for all rows: checked_in, session_attended, person_met, left"
    )
    time: str | None = Field(None, description="a column, or one time for all rows")
    email: str | None = None
    account: str | None = Field(None, description="the system's id for somebody without an address")
    name: str | None = None
    first_name: str | None = Field(None, description="together with `last_name`, the name, if there is no `name`")
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
    attended: str | None = Field(None, description="a column; rows without a yes in it are skipped")
    left: str | None = Field(None, description="a column: when they left; makes the row two facts")
    date: str | None = Field(None, description="a column: the day of times without one")
    automatic: str | None = Field(None, description="a column; rows with a yes in it are skipped: nobody was seen")
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
    skipped: int = Field(description="rows of people who were not there: without a time, or with a no in the attendance column")
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


class Refusals(BaseModel):
    """How many rows were refused so far, and why. Values are not repeated, as they may be addresses."""

    refused: int
    complete: bool = Field(description=f"false if there are more faults than these {MAX_REPORTED:,}, the first in the file")
    faults: list[Fault]
