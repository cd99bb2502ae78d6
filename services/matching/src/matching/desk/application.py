"""``/desk/{org}/applications/{id}``: one application as it was sent, its course, and the host's possible actions."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel

from matching.applications.api.views import ApplicationView
from matching.applications.domain.application import Application
from matching.applications.domain.requests import OfferRequest, Slots
from matching.applications.domain.transitions import RULES, Command
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.repository.pending_commands import PendingCommands
from matching.applications.use_cases.application_changer import CommandRequest
from matching.applications.use_cases.hosts import Hosts
from matching.desk import words
from matching.desk.desk import Desk, Organization
from matching.desk.forms import SLOTS, InterviewForm, OfferForm
from matching.model.terms import Terms
from matching.seats.domain import NoSeatLeft
from matching.seats.use_cases import SeatAllocator
from shared.contract.events.fields import Id
from shared.database.mongo import Database, Tx
from shared.refusals import Conflict, Invalid, NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.pages.forms import Form, FormFaults, Seen, read_form
from shared.web.pages.local_times import in_zone, local
from shared.web.pages.pages import PageRouter, see_other

HostCommand = Literal["screen", "interview", "call-off", "offer", "rescind"]
"""A host's commands on one application; rejections are in ``answers.py``."""
COMMANDS: Final[tuple[Command, ...]] = ("screen", "interview", "call-off", "offer", "rescind", "reject")
_USUAL_DAYS: Final = 7
"""How many days an offer lasts by default."""


def create_router(
    desk: Desk,
    hosts: Hosts,
    applications: ApplicationsRepository,
    pending: PendingCommands,
    seats: SeatAllocator,
    terms: Terms,
    database: Database,
) -> PageRouter:
    """``/desk/{org}/applications/{id}``."""
    router = PageRouter(prefix="/desk/{org}/applications/{id}")
    hosting = desk.guard("applications", organization=True, people=True)

    async def found(org: str, id: str) -> Application:
        application = await applications.get(id)
        if application is None or application.organization_id != org:
            raise NotFound("application", id)
        return application

    async def show(host: Organization, id: str, request: Request, caller: Caller, form: Form | None = None) -> Response:
        application = await found(host.id, id)
        reader = desk.pages.reader(request)
        listing = host.listings.get(application.listing_id)
        waiting = (await pending.of([id])).get(id)
        free = None
        if listing:
            free = (await database.transact(lambda tx: seats.get_many([listing.id], tx)))[listing.id].free
            free += bool(waiting and waiting.command == "offer")  # it already holds a seat
        possible = [one for one in COMMANDS if application.state in RULES[one].sources]
        starting: dict[str, object] = {"version": application.version, "minutes": 45}
        starting["deadline"] = local(reader.now + timedelta(days=_USUAL_DAYS), reader.zone)
        if listing:
            starting |= {"starts": listing.conditions.starts, "ends": listing.conditions.ends}
        view = ApplicationView.of(application, caller)
        return desk.show(
            "application",
            request,
            host,
            form=Form.of(starting).refilled(form),
            one=view,
            conferences=await desk.conferences(application.profile.conference_ids),
            asked={terms.name(key).casefold() for key in listing.requested_terms} if listing else set(),
            label=words.APPLICATIONS[application.state],
            steps=words.application_steps(view.history),
            possible=possible,
            free=free,
            pending=waiting,
            decided=words.DECIDED,
            slots=range(1, SLOTS + 1),
        )

    @router.get("")
    async def show_application(org: Id, id: Id, request: Request, caller: Annotated[Caller, Depends(hosting)]) -> Response:
        """The application, with the host's possible actions."""
        return await show(await desk.organization(caller, org), id, request, caller)

    @router.post("/{command}")
    async def give_command(
        org: Id, id: Id, command: HostCommand, request: Request, caller: Annotated[Caller, Depends(hosting)]
    ) -> Response:
        """Carry out a command. If it is refused, the form keeps what was typed."""
        host = await desk.organization(caller, org)
        await found(org, id)
        form = await read_form(request)
        try:
            await database.transact(_work(hosts, org, id, command, form, desk, request))
        except FormFaults as faults:
            return await show(host, id, request, caller, form.refused(faults))
        except NotFound:
            raise
        except Refusal as refusal:
            now = await found(org, id)
            texts: dict[type[Refusal], str] = {**words.REFUSALS, NoSeatLeft: words.NO_SEAT}
            if now.state not in RULES[command].sources:
                texts[Conflict] = words.NOT_NOW
            if isinstance(refusal, Invalid) and command == "interview":
                names = form.check(InterviewForm).fields()
                refusal = Invalid(names.get(refusal.field or "", "starts_1"), refusal.detail)
            return await show(host, id, request, caller, form.refused(refusal, texts))
        return see_other(f"{host.path}/applications/{id}?done={command}")

    return router


def _work(
    hosts: Hosts, org: str, id: str, command: HostCommand, form: Form, desk: Desk, request: Request
) -> Callable[[Tx], Awaitable[Application]]:
    """The form's command, to be run in a transaction. Raises ``FormFaults``."""
    zone = desk.pages.reader(request).zone

    def command_request(seen: int, body: BaseModel | None = None) -> CommandRequest:
        return CommandRequest(id=id, command=command, seen=seen, body=body, hosts=[org])

    if command == "interview":
        times = form.check(InterviewForm)
        slots = form.build(Slots, times.slots(zone), times.fields())
        return lambda tx: hosts.interview(command_request(times.version, slots), slots, tx)
    if command == "offer":
        sent = form.check(OfferForm)
        offered: dict[str, Any] = {"deadline": in_zone(sent.deadline, zone), "starts": sent.starts, "ends": sent.ends}
        offer = form.build(OfferRequest, offered)
        return lambda tx: hosts.offer(command_request(sent.version, offer), offer, tx)
    seen = command_request(form.check(Seen).version)
    act = {"screen": hosts.screen, "call-off": hosts.call_off, "rescind": hosts.rescind}[command]
    return lambda tx: act(seen, tx)
