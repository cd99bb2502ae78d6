"""``/desk-people/{org}``: a host manages its staff and their roles."""

import secrets
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from listings.organizations.domain import MOST_MENTORS, Mentor, Organization
from listings.organizations.guard import acted_for
from listings.organizations.repository import OrganizationsRepository
from listings.organizations.use_cases import Organizations
from listings.transactions import Transactions
from shared import clock
from shared.contract.events.fields import Email, Id, Locale, PlainLine
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller, is_recent, own_ids
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.languages import translatable

_DONE: Final = {
    "saved": translatable("Saved. It takes effect within a minute."),
    "removed": translatable("Removed. Their access ends within a minute."),
}
_AGAIN: Final = translatable("Nobody was removed. Please sign in again first.")


class PersonForm(BaseModel):
    """A member of staff, as typed by a colleague."""

    name: PlainLine
    email: Email
    contact: bool = False
    admin: bool = False
    named: bool = False
    locale: Locale | None = None


def create_router(
    guard: Guard,
    organizations: Organizations,
    repository: OrganizationsRepository,
    transactions: Transactions,
    pages: Pages,
) -> PageRouter:
    """``/desk-people/{org}`` and its actions."""
    router = PageRouter(prefix="/desk-people/{org}")
    Hosting = Annotated[Caller, Depends(guard("organizations", organization=True, people=True))]  # noqa: N806 - a type

    def editor(
        request: Request,
        caller: Caller,
        host: Organization,
        id: str,
        known: Mentor | None,
        form: Form | None = None,
    ) -> HTMLResponse:
        return pages.page(
            "organizations/person",
            request,
            area="host",
            of=host.id,
            of_name=host.name,
            form=form or (_typed(known) if known else Form()),
            host=host,
            id=id,
            known=known,
            is_own=known is not None and known.person_id in own_ids(caller),
            is_recent=is_recent(caller, clock.now()),
        )

    @router.get("")
    async def show_people(request: Request, org: Id, caller: Hosting) -> HTMLResponse:
        """The host's staff, and their roles."""
        host = await acted_for(guard, repository, caller, org)
        return pages.page(
            "organizations/people",
            request,
            area="host",
            of=org,
            of_name=host.name,
            host=host,
            people=await repository.mentors(org, "", MOST_MENTORS),
            own=own_ids(caller),
            today=clock.now().date(),
            done=_DONE,
        )

    @router.get("/add")
    async def show_new(request: Request, org: Id, caller: Hosting) -> HTMLResponse:
        """Add somebody."""
        return editor(request, caller, await acted_for(guard, repository, caller, org), f"p-{secrets.token_hex(8)}", None)

    @router.get("/{id}")
    async def show_person(request: Request, org: Id, id: Id, caller: Hosting) -> HTMLResponse:
        """Somebody on the staff."""
        host = await acted_for(guard, repository, caller, org)
        known = await repository.mentor(org, id)
        if known is None:
            raise NotFound("person of this organization", id)
        return editor(request, caller, host, id, known)

    @router.post("/{id}")
    async def save(request: Request, org: Id, id: Id, caller: Hosting) -> Response:
        """Add somebody, or change what they do."""
        host, form = await acted_for(guard, repository, caller, org), await read_form(request)
        known = await repository.mentor(org, id)
        try:
            person = form.check(PersonForm)
            kept = known.time_zone if known else None
            await transactions.run(lambda tx: organizations.put_mentor(org, id, tx=tx, time_zone=kept, **person.model_dump()))
        except Refusal as refusal:
            return editor(request, caller, host, id, known, form.refused(refusal))
        return see_other(f"/desk-people/{org}?done=saved")

    @router.post("/{id}/remove")
    async def remove(request: Request, org: Id, id: Id, caller: Hosting) -> Response:
        """Remove somebody: their roles and mails end."""
        host = await acted_for(guard, repository, caller, org)
        if not is_recent(caller, clock.now()):
            known = await repository.mentor(org, id)
            form = (_typed(known) if known else Form()).with_faults({"": _AGAIN}, HTTPStatus.FORBIDDEN)
            return editor(request, caller, host, id, known, form)
        await transactions.run(lambda tx: organizations.delete_mentor(org, id, tx))
        return see_other(f"/desk-people/{org}?done=removed")

    return router


def _typed(known: Mentor) -> Form:
    return Form.of(
        {
            "name": known.name,
            "email": known.email,
            "locale": known.locale,
            **{role: "true" if getattr(known, role) else None for role in ("contact", "admin", "named")},
        }
    )
