"""People with a key of their own see, correct and erase what is known of them."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Response

from registration.keys.domain import Key
from registration.people.api.attendees import EXPORT, exported
from registration.people.api.profiles import ProfileSpec, ProfileView
from registration.people.schemas import AttendeeView, ConsentSpec, ContactSpec, view
from registration.people.use_cases.people import People
from registration.people.use_cases.rights import Rights
from shared.database.mongo import Database
from shared.web.access.guard import Guard
from shared.web.access.router import Router

AT_ME: Final = "the person, at /me"
"""Who declares what comes in there."""


def create_router(guard: Guard, people: People, rights: Rights, database: Database) -> Router:
    """``/me``."""
    router = Router(prefix="/me", tags=["me"])
    Own = Annotated[Key, Depends(guard("me"))]  # noqa: N806 - a type

    def my_id(key: Key) -> str:
        return key.attendee_id or ""  # a key with this scope has one

    @router.get("")
    async def get_me(key: Own) -> AttendeeView:
        """You, in short."""
        return view(await database.transact(lambda tx: people.get(my_id(key), tx)))

    @router.put("/consent")
    async def put_my_consent(consent: ConsentSpec, key: Own) -> AttendeeView:
        """What you agree to, from now on."""
        return view(await database.transact(lambda tx: people.declare(my_id(key), consent.details(), AT_ME, tx)))

    @router.put("/contact")
    async def put_my_contact(contact: ContactSpec, key: Own) -> AttendeeView:
        """Your name, language and time zone, for the mails that you get."""
        return view(await database.transact(lambda tx: people.declare(my_id(key), contact.details(), AT_ME, tx)))

    @router.get("/profile")
    async def get_my_profile(key: Own) -> ProfileView:
        """What you declared of yourself, here or at a conference."""
        return ProfileView.of(await database.transact(lambda tx: people.get(my_id(key), tx)))

    @router.put("/profile")
    async def put_my_profile(declared: ProfileSpec, key: Own) -> ProfileView:
        """What you know, look for and when you have time: internships are matched with it. It replaces what was said before."""
        return ProfileView.of(await database.transact(lambda tx: people.declare(my_id(key), declared.details(), AT_ME, tx)))

    @router.get("/export", responses=EXPORT)
    async def export_me(key: Own) -> Response:
        """All that this service knows of you."""
        return exported(rights, await database.transact(lambda tx: rights.export(my_id(key), tx)))

    @router.delete("", status_code=HTTPStatus.NO_CONTENT)
    async def delete_me(key: Own) -> Response:
        """Erase you: here at once, everywhere else within a minute. This key ends with it."""
        await database.transact(lambda tx: rights.erase(my_id(key), tx))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return router
