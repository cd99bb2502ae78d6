"""Attendance from CSV files, and how far each has got."""

from functools import cache
from http import HTTPStatus
from typing import Annotated, Any
from zoneinfo import available_timezones

from fastapi import Depends, Query, Request, Response
from starlette.requests import ClientDisconnect

from registration.charsets import EXAMPLES, known_codec
from registration.uploads.domain.export_formats import COLUMNS, EXPORT_FORMATS
from registration.uploads.domain.upload import MAX_REPORTED, Upload
from registration.uploads.repository import Uploads
from registration.uploads.schemas import Columns, Refusals, UploadView
from registration.uploads.use_cases.upload_receiver import UploadReceiver
from shared.contract.events.fields import Id
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router
from shared.web.problems import Problem, invalid, not_found

MAX_LISTED = 100

_CSV: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": f"the first row names the columns: {', '.join(COLUMNS)}, or those of a known export: "
        f"{', '.join(format.name for format in EXPORT_FORMATS)}",
        "content": {"text/csv": {"schema": {"type": "string", "format": "binary"}}},
    }
}


def create_router(guard: Guard, upload_receiver: UploadReceiver, uploads: Uploads) -> Router:
    """``/conferences/{id}/attendance.csv`` and ``/uploads``."""
    router = Router(tags=["attendance"])
    Allowed = Annotated[Caller, Depends(guard("attendance", conference=True, people=True))]  # noqa: N806 - a type

    @router.post("/conferences/{id}/attendance.csv", status_code=HTTPStatus.ACCEPTED, openapi_extra=_CSV)
    async def post_attendance_csv(
        id: Id,
        request: Request,
        response: Response,
        caller: Allowed,
        columns: Annotated[Columns, Query()],
    ) -> UploadView:
        """Receive a CSV file and publish it in the background; `location` is where to follow its progress.

        Each row is one fact. Its `kind` is `checked_in`, `session_attended`, `person_met` or `left`; if it also has a time in
        `left`, it is two. The attendee is identified by `email`,
        their own address, or else by `account`; `skills` are separated by `|`; `matching`, `mail` and `sharing` are yes, no, or
        empty if they were not asked. Sending the same rows again, in any file, changes nothing. Values are separated by comma,
        semicolon or tab.

        Exports of pretix, Luma, Eventbrite, Zoom, Microsoft Teams, Webex, Tito, Meetup and Google Forms are recognised by their
        columns, in English; for other files, name the columns in the request:
        `?kind=checked_in&time=Checked%20in&email=E-mail`. Try it with `dry_run=true`: `mapping` shows how the file is read.
        """
        guard.conference(caller, id)
        if request.headers.get("content-type", "").startswith("multipart/"):
            raise Problem(
                HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send the file itself as the body, not as a form (curl -X POST -T FILE)"
            )
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
            raise Problem(
                HTTPStatus.BAD_REQUEST, "the file was not sent completely; send it again"
            ) from None  # nobody will read this
        response.headers["location"] = f"{request.scope.get('root_path', '')}/uploads/{upload.id}"
        return UploadView.of(upload)

    @router.get("/conferences/{id}/uploads")
    async def get_uploads(id: Id, caller: Allowed) -> list[UploadView]:
        """Return the latest uploads of a conference, newest first."""
        guard.conference(caller, id)
        return [UploadView.of(upload) for upload in await uploads.of_conference(id, MAX_LISTED)]

    @router.get("/uploads/{id}")
    async def get_upload(id: Id, caller: Allowed) -> UploadView:
        """Return how far an upload has got."""
        return UploadView.of(await known(id, caller))

    @router.get("/uploads/{id}/refused")
    async def get_refused(id: Id, caller: Allowed) -> Refusals:
        """Return which rows were refused so far, and why."""
        upload = await known(id, caller)
        faults = await uploads.faults(id)
        return Refusals(refused=upload.refused, complete=upload.reported < MAX_REPORTED, faults=faults)

    async def known(id: str, caller: Caller) -> Upload:
        upload = await uploads.get(id)
        if upload is None:
            raise not_found("upload", id)
        guard.owner(caller, "upload", id, conference_id=upload.conference_id)
        return upload

    return router


@cache
def _timezones() -> set[str]:
    return available_timezones()
