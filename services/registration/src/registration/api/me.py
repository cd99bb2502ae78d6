"""The rights of the person: whoever has a key of their own sees, corrects and erases what is known of them."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response

from registration.api.attendees import AttendeeView, Consent, view
from registration.api.auth import Guard
from registration.domain.keys import Key
from registration.use_cases.people import People
from registration.use_cases.rights import Rights
from shared.mongo import Database


def create_router(guard: Guard, people: People, rights: Rights, database: Database) -> APIRouter:
    """``/me``."""
    router = APIRouter(prefix="/me", tags=["me"])
    Own = Annotated[Key, Depends(guard("me"))]  # noqa: N806 - a type

    def my_id(key: Key) -> str:
        return key.attendee_id or ""  # a key with this scope has one

    @router.get("")
    async def get_me(key: Own) -> AttendeeView:
        """You, in short."""
        return view(await database.transact(lambda tx: people.get(my_id(key), tx)))

    @router.put("/consent")
    async def put_my_consent(consent: Consent, key: Own) -> AttendeeView:
        """What you agree to, from now on."""
        return view(await database.transact(lambda tx: people.consent(my_id(key), consent.said(), "the person, at /me", tx)))

    @router.get("/export")
    async def export_me(key: Own, response: Response) -> dict[str, Any]:
        """All that this service knows of you."""
        response.headers["Content-Disposition"] = 'attachment; filename="opportunity-desk.json"'
        return await database.transact(lambda tx: rights.export(my_id(key), tx))

    @router.delete("", status_code=HTTPStatus.NO_CONTENT)
    async def delete_me(key: Own) -> Response:
        """Erase you: here at once, everywhere else within a minute. This key ends with it."""
        await database.transact(lambda tx: rights.erase(my_id(key), tx))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return router
