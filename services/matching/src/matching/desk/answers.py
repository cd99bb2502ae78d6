"""``/desk/{org}/applications/answers``: answering several applicants at once, with time to undo it before they are told."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel

from matching.applications.api.views import ApplicationView
from matching.applications.domain.application import PendingCommand
from matching.applications.domain.requests import OfferRequest, Slots
from matching.applications.domain.transitions import RULES, BulkCommand
from matching.applications.repository.applications import ApplicationsRepository
from matching.applications.repository.pending_commands import PendingCommands
from matching.applications.use_cases.bulk_answers import Bodies, BulkAnswers
from matching.desk import words
from matching.desk.desk import Desk, Organization
from matching.desk.forms import INTERVIEWS_FIELDS, InterviewsForm, OffersForm
from matching.seats.domain import NoSeatLeft
from shared.contract.events.fields import Id
from shared.database.mongo import Database
from shared.refusals import Invalid, Refusal, Stale
from shared.web.access.callers import Caller
from shared.web.pages.forms import Form, FormFaults, read_form
from shared.web.pages.local_times import in_zone, local
from shared.web.pages.pages import PageRouter, see_other

MOST: Final = 100
"""The most applicants that can be answered at once."""
_USUAL_DAYS: Final = 7
_USUAL_MINUTES: Final = 30


class _Answer(BaseModel):
    """Which command the form gives."""

    command: BulkCommand = "reject"


def create_router(
    desk: Desk, bulk_answers: BulkAnswers, applications: ApplicationsRepository, pending: PendingCommands, database: Database
) -> PageRouter:
    """``/desk/{org}/applications/answers``."""
    router = PageRouter(prefix="/desk/{org}/applications/answers")
    hosting = desk.guard("applications", organization=True, people=True)

    async def views(ids: Sequence[str], org: str, caller: Caller) -> list[ApplicationView]:
        found = await database.transact(lambda tx: applications.get_many(ids, tx))
        its = {one.id: one for one in found if one.organization_id == org}
        return [ApplicationView.of(its[id], caller) for id in ids if id in its]

    async def show(
        host: Organization,
        request: Request,
        caller: Caller,
        command: BulkCommand,
        ids: Sequence[str],
        form: Form | None = None,
        refused: Mapping[str, Refusal] | None = None,
        status: int | None = None,
        late: bool = False,
    ) -> Response:
        """``form``: as sent, with its faults. ``refused``: why these cannot be answered, after the others have been. ``late``:
        whether some could not be undone any more."""
        reader = desk.pages.reader(request)
        waiting = {one.application_id: one for one in await pending.of_host(host.id, MOST)}
        chosen = await views(list(dict.fromkeys(ids)), host.id, caller)
        whys = [(one, _why_not(one, command, (refused or {}).get(one.id), waiting.get(one.id))) for one in chosen]
        starting: dict[str, object] = {"minutes": _USUAL_MINUTES, "order": "each"}
        starting["deadline"] = local(reader.now + timedelta(days=_USUAL_DAYS), reader.zone)
        return desk.show(
            "answers",
            request,
            host,
            form=Form.of(starting).refilled(form),
            status=status,
            command=command,
            possible=[one for one, why in whys if not why] if refused is None else [],
            impossible=[(one, why) for one, why in whys if why],
            waiting=[(one, waiting[one.id]) for one in await views(list(waiting), host.id, caller)],
            planned=refused is not None and len(refused) < len(chosen),
            late=late,
            words=words,
            minutes=words.MINUTES_TO_UNDO,
            title=words.BULK[command],
            decided=words.DECIDED,
            labels=words.APPLICATIONS,
        )

    @router.get("")
    async def show_answers(
        org: Id,
        request: Request,
        caller: Annotated[Caller, Depends(hosting)],
        command: BulkCommand = "reject",
        id: Annotated[list[Id], Query(max_length=MOST)] = [],  # noqa: B006 - FastAPI copies it
        late: bool = False,
    ) -> Response:
        """The applicants about to be answered, and recent answers, which can be undone."""
        return await show(await desk.organization(caller, org), request, caller, command, id, late=late)

    @router.post("")
    async def answer(org: Id, request: Request, caller: Annotated[Caller, Depends(hosting)]) -> Response:
        """Answer these applications, unless they have changed since. It can be undone for some minutes."""
        host = await desk.organization(caller, org)
        form = await read_form(request)
        seen = _seen(form)
        command = form.check(_Answer).command
        try:
            bodies = _bodies(command, form, desk.pages.reader(request).zone)
            refused = await database.transact(lambda tx: bulk_answers.plan(org, command, seen, bodies, tx))
        except FormFaults as faults:
            return await show(host, request, caller, command, [*seen], form.refused(faults))
        except Invalid as invalid:
            field = INTERVIEWS_FIELDS.get(invalid.field or "", invalid.field or "")
            return await show(host, request, caller, command, [*seen], form.with_faults({field: invalid.detail}))
        if not refused:
            return see_other(f"{host.path}/applications/answers?done=planned")
        status = HTTPStatus.CONFLICT if len(refused) == len(seen) else HTTPStatus.OK
        return await show(host, request, caller, command, [*seen], refused=refused, status=status)

    @router.post("/undo")
    async def undo(org: Id, request: Request, caller: Annotated[Caller, Depends(hosting)]) -> Response:
        """Undo these answers if nobody has been told yet."""
        host = await desk.organization(caller, org)
        ids = (await read_form(request)).all("id")[:MOST]
        undone = await database.transact(lambda tx: bulk_answers.undo(org, ids, tx))
        return see_other(f"{host.path}/applications/answers?{'done=undone' if undone == len(ids) else 'late=yes'}")

    return router


def _why_not(one: ApplicationView, command: BulkCommand, refusal: Refusal | None, pending: PendingCommand | None) -> str:
    """Why the command is not possible, or was refused; "" if nothing speaks against it."""
    if isinstance(refusal, Stale):
        return words.CHANGED_MEANWHILE
    if one.state not in RULES[command].sources:
        return words.IMPOSSIBLE[command]
    if isinstance(refusal, NoSeatLeft):
        return words.NO_SEAT
    if refusal:
        return refusal.detail
    return words.PENDING if pending and pending.version == one.version else ""


def _bodies(command: BulkCommand, form: Form, zone: ZoneInfo) -> Bodies:
    """What the command says to each applicant. Raises ``FormFaults``."""
    if command == "interview":
        times = form.check(InterviewsForm)
        form.build(Slots, times.slots(zone, 0), INTERVIEWS_FIELDS)
        return lambda place: Slots.model_validate(times.slots(zone, place))
    if command == "offer":
        offer = form.build(OfferRequest, {"deadline": in_zone(form.check(OffersForm).deadline, zone)})
        return lambda _: offer
    return lambda _: None


def _seen(form: Form) -> dict[str, int]:
    """The applications in the form, which are sent as ``id:version``."""
    seen: dict[str, int] = {}
    for one in form.all("answer")[:MOST]:
        id, _, version = one.rpartition(":")
        if not id or not version.isdecimal() or len(version) > 9:
            raise Invalid("answer", "must be an application with its version, as the page has it")
        seen[id] = int(version)
    return seen
