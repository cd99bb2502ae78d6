"""``/profile/consent``: what the signed-in person agrees to, since when, and how they said so."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from registration.attendees.domain.attendance import PURPOSES, Detail, Purpose
from registration.attendees.domain.people import Person
from registration.hosts.repository import HostsRepository
from registration.people.pages.no_profile import no_profile
from registration.people.use_cases.own_attendee import AT_ME, OwnAttendee
from registration.people.use_cases.people import People
from shared.contract.events.fields import Id
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.languages import translatable

MOST_HOSTS: Final = 1000
"""How many hosts can be chosen from on the page."""


class ConsentForm(BaseModel):
    """An answer about one purpose."""

    purpose: Purpose
    agreed: Literal["yes", "no"]


class HostForm(BaseModel):
    """An answer about one host."""

    host: Id
    agreed: Literal["yes", "no", "as-all"]


@dataclass(frozen=True, slots=True)
class ConsentAnswer:
    """One address's or account's answer about a purpose."""

    agreed: bool
    at: datetime
    by: Literal["here", "event", "operator"]


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether the person agrees to a purpose, and their answers about it."""

    purpose: Purpose
    agreed: bool
    answers: list[ConsentAnswer]


@dataclass(frozen=True, slots=True)
class HostAnswer:
    """The person's answer about one host."""

    id: str
    name: str
    agreed: bool
    at: datetime


_DONE: Final = {
    "agreed": translatable("Thank you. It applies from now on."),
    "withdrawn": translatable("Withdrawn. It takes effect everywhere within a minute."),
    "host": translatable("Your choice for this host takes effect everywhere within a minute."),
}


def create_router(guard: Guard, own_attendee: OwnAttendee, people: People, hosts: HostsRepository, pages: Pages) -> PageRouter:
    """``/profile/consent`` and its actions."""
    router = PageRouter()
    Own = Annotated[Caller, Depends(guard("me", attendee=True, people=True))]  # noqa: N806 - a type

    async def page(request: Request, caller: Caller, form: Form | None = None) -> HTMLResponse:
        try:
            person = await own_attendee.act(caller, people.get)
        except NotFound:
            return no_profile(request, pages)
        answered = person.hosts()
        names = await hosts.named(answered)
        return pages.page(
            "profile/consent",
            request,
            area="attendee",
            form=form,
            consents=[_consent(person, purpose) for purpose in PURPOSES],
            hosts=[
                HostAnswer(id, names.get(id, id), agreed, datetime.fromisoformat(at)) for id, (agreed, at) in answered.items()
            ],
            others=[(id, name) for id, name in await hosts.approved(MOST_HOSTS) if id not in answered],
            done=_DONE,
        )

    @router.get("/profile/consent")
    async def show_consent(request: Request, caller: Own) -> HTMLResponse:
        """What you agree to."""
        return await page(request, caller)

    @router.post("/profile/consent")
    async def change_consent(request: Request, caller: Own) -> Response:
        """Agree to a purpose, or no longer."""
        form = await read_form(request)
        try:
            answer = form.check(ConsentForm)
            details: dict[str, bool] = {answer.purpose: answer.agreed == "yes"}
            await own_attendee.act(caller, lambda mine, tx: people.declare(mine, details, AT_ME, tx))
        except Refusal as refusal:
            return await page(request, caller, form.refused(refusal))
        return see_other(f"/profile/consent?done={'agreed' if answer.agreed == 'yes' else 'withdrawn'}")

    @router.post("/profile/consent/hosts")
    async def change_host_consent(request: Request, caller: Own) -> Response:
        """Agree to be shown to one host, or not; or have it as with all hosts again."""
        form = await read_form(request)
        try:
            answer = form.check(HostForm)
            said = {answer.host: None if answer.agreed == "as-all" else answer.agreed == "yes"}
            await own_attendee.act(caller, lambda mine, tx: people.declare(mine, {}, AT_ME, tx, said))
        except Refusal as refusal:
            return await page(request, caller, form.refused(refusal))
        return see_other("/profile/consent?done=host")

    return router


def _consent(person: Person, purpose: Purpose) -> Consent:
    said = [detail for member in person.members if (detail := member.detail(purpose))]
    return Consent(purpose, person.agrees(purpose), [ConsentAnswer(bool(one.value), one.at, _by(one)) for one in said])


def _by(said: Detail) -> Literal["here", "event", "operator"]:
    if said.how.startswith("event "):
        return "event"
    return "here" if said.by == AT_ME else "operator"
