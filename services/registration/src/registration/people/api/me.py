"""People who are signed in, or have a personal key, see, correct and erase their data."""

from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Response

from registration.people.api.attendees import EXPORT
from registration.people.api.profiles import ProfileSpec, ProfileView
from registration.people.schemas import AttendeeView, ConsentSpec, ContactSpec, exported, view
from registration.people.use_cases.own_attendee import AT_ME, OwnAttendee
from registration.people.use_cases.people import People
from registration.people.use_cases.rights import Rights
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router


def create_router(guard: Guard, own_attendee: OwnAttendee, people: People, rights: Rights) -> Router:
    """``/me``."""
    router = Router(prefix="/me", tags=["me"])
    Own = Annotated[Caller, Depends(guard("me", attendee=True, people=True))]  # noqa: N806 - a type

    @router.get("")
    async def get_me(caller: Own) -> AttendeeView:
        """Return a summary of your data."""
        return view(await own_attendee.act(caller, people.get))

    @router.put("/consent")
    async def put_my_consent(consent: ConsentSpec, caller: Own) -> AttendeeView:
        """Set what you agree to from now on."""
        return view(
            await own_attendee.act(caller, lambda mine, tx: people.declare(mine, consent.details(), AT_ME, tx, consent.hosts))
        )

    @router.put("/contact")
    async def put_my_contact(contact: ContactSpec, caller: Own) -> AttendeeView:
        """Set your name, language and time zone for the mails that you get."""
        return view(await own_attendee.act(caller, lambda mine, tx: people.declare(mine, contact.details(), AT_ME, tx)))

    @router.get("/profile")
    async def get_my_profile(caller: Own) -> ProfileView:
        """Return what you declared about yourself, here or at a conference."""
        return ProfileView.of(await own_attendee.act(caller, people.get))

    @router.put("/profile")
    async def put_my_profile(declared: ProfileSpec, caller: Own) -> ProfileView:
        """Set what you know and look for, and when you have time, for matching. It replaces what was declared before."""
        return ProfileView.of(
            await own_attendee.act(caller, lambda mine, tx: people.declare(mine, declared.details(), AT_ME, tx))
        )

    @router.get("/export", responses=EXPORT)
    async def export_me(caller: Own) -> Response:
        """Export everything this service stores about you."""
        return exported(rights, await own_attendee.act(caller, rights.export))

    @router.delete("", status_code=HTTPStatus.NO_CONTENT)
    async def delete_me(caller: Own) -> Response:
        """Erase your data: here at once, everywhere else within a minute. Your key, or all your sessions, end as well."""
        await own_attendee.act(caller, rights.erase)
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return router
