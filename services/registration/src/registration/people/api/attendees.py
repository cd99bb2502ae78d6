"""Attendees, for operators: look up, consent, merge and split, export, erase."""

from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Response

from registration.keys.domain import Key
from registration.keys.use_cases import KeyManager
from registration.people.api.profiles import ProfileSpec, ProfileView
from registration.people.schemas import Access, AttendeeView, ConsentSpec, ContactSpec, MergedInto, OwnKey, exported, view
from registration.people.use_cases.people import People
from registration.people.use_cases.rights import Rights
from shared.contract.events.fields import Email, Id
from shared.database.mongo import Database, Tx
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.access.router import Router

EXPORT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "one JSON document", "content": {"application/json": {"schema": {"type": "object"}}}}
}


Address = Annotated[Email, Query(description="one of the person's addresses")]


def create_router(guard: Guard, people: People, rights: Rights, key_manager: KeyManager, database: Database) -> Router:
    """``/attendees``."""
    router = Router(prefix="/attendees", tags=["attendees"])
    Allowed = Annotated[Caller, Depends(guard("people", people=True))]  # noqa: N806 - a type

    @router.get("")
    async def find_attendee(email: Address, _: Allowed) -> AttendeeView:
        """Return the person with this address."""
        return await get_attendee(rights.attendee_id(email), _)

    @router.delete("", status_code=HTTPStatus.NO_CONTENT)
    async def delete_by_address(email: Address, _: Allowed) -> Response:
        """Erase the person with this address: here at once, everywhere else within a minute.

        This includes people who are not attendees (yet), but appear in pending or rejected events, or in a system's reports."""
        return await delete_attendee(rights.attendee_id(email), _)

    @router.get("/export", responses=EXPORT)
    async def export_by_address(email: Address, _: Allowed) -> Response:
        """Export everything this service stores about the person with this address.

        This includes people who are not attendees (yet), but appear in pending or rejected events, or in a system's reports."""
        return await export_attendee(rights.attendee_id(email), _)

    @router.get("/{id}")
    async def get_attendee(id: Id, _: Allowed) -> AttendeeView:
        """Return the person with this attendee id; for a merged attendee, the one who is kept."""
        person, recorded = await database.transact(lambda tx: rights.get(id, tx))
        return view(person).model_copy(update={"recorded": recorded})

    @router.put("/{id}/consent")
    async def put_consent(id: Id, consent: ConsentSpec, caller: Allowed) -> AttendeeView:
        """Record what the person agrees to from now on, for all their addresses and accounts."""
        return view(await database.transact(lambda tx: people.declare(id, consent.details(), _who(caller), tx, consent.hosts)))

    @router.put("/{id}/contact")
    async def put_contact(id: Id, contact: ContactSpec, caller: Allowed) -> AttendeeView:
        """Record the person's contact details, for all their addresses and accounts. No event
        overrides it."""
        return view(await database.transact(lambda tx: people.declare(id, contact.details(), _who(caller), tx)))

    @router.get("/{id}/profile")
    async def get_profile(id: Id, _: Allowed) -> ProfileView:
        """Return what the person declared about themselves, here or in events."""
        return ProfileView.of(await database.transact(lambda tx: people.get(id, tx)))

    @router.put("/{id}/profile")
    async def put_profile(id: Id, declared: ProfileSpec, caller: Allowed) -> ProfileView:
        """Record what the person declares, by all addresses and accounts that they are known by. It replaces what was said
        before, and no event overrides it."""
        return ProfileView.of(await database.transact(lambda tx: people.declare(id, declared.details(), _who(caller), tx)))

    @router.put("/{id}/merged-into")
    async def put_merge(id: Id, kept: MergedInto, caller: Allowed) -> AttendeeView:
        """Merge two attendees into one person. Attendance and encounters count for the one who is kept; consents,
        only if both gave them."""
        return view(await database.transact(lambda tx: people.merge(id, kept.attendee_id, _who(caller), tx)))

    @router.delete("/{id}/merged-into")
    async def delete_merge(id: Id, _: Allowed) -> AttendeeView:
        """Undo a merge: each has their own attendance, encounters and consents again."""
        return view(await database.transact(lambda tx: people.split(id, tx)))

    @router.post("/{id}/keys", status_code=HTTPStatus.CREATED)
    async def post_key(id: Id, _: Annotated[Caller, Depends(guard("people"))], access: Access | None = None) -> OwnKey:
        """Issue a personal key for `/me`. Give it only to the person."""

        async def issue(tx: Tx) -> OwnKey:
            person = await people.get(id, tx)
            expires_at = tx.now + timedelta(days=(access or Access()).days)
            kept = person.members[0].id
            _, text = await key_manager.issue("own", ["me"], tx, attendee_id=kept, expires_at=expires_at)
            return OwnKey(key=text, expires_at=expires_at)

        return await database.transact(issue)

    @router.get("/{id}/export", responses=EXPORT)
    async def export_attendee(id: Id, _: Allowed) -> Response:
        """Everything this service stores about the person."""
        return exported(rights, await database.transact(lambda tx: rights.export(id, tx)))

    @router.delete("/{id}", status_code=HTTPStatus.NO_CONTENT)
    async def delete_attendee(id: Id, _: Allowed) -> Response:
        """Erase the person: here at once, everywhere else within a minute."""
        await database.transact(lambda tx: rights.erase(id, tx))
        return Response(status_code=HTTPStatus.NO_CONTENT)

    return router


def _who(caller: Caller) -> str:
    """A description of the caller who declares or merges, for the person to read."""
    return f"key {caller.name}" if isinstance(caller, Key) else f"an operator, in session {caller.id}"
