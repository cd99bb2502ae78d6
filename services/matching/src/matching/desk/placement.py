"""``/desk/{org}/placements/{id}``: one placement: its course, open questions, and the host's possible actions."""

from collections.abc import Awaitable, Callable
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import Response

from matching.desk import words
from matching.desk.desk import Desk, Organization
from matching.desk.forms import (
    FEEDBACK_FIELDS,
    EndForm,
    ExtendForm,
    FeedbackForm,
    HireForm,
    WhyForm,
    skills_of,
)
from matching.desk.people import People
from matching.model.terms import Terms
from matching.placements.api.views import PlacementView, speaker
from matching.placements.domain import course, results
from matching.placements.domain.course import Speaker
from matching.placements.domain.placement import Placement
from matching.placements.domain.requests import (
    MAX_SKILLS,
    Completion,
    End,
    Extension,
    Feedback,
    Gains,
    Hiring,
    Mentors,
    NoShow,
    Start,
)
from matching.placements.repository import PlacementsRepository
from matching.placements.use_cases.placements import Placements
from shared.contract.events.fields import Id
from shared.database.mongo import Database, Tx
from shared.refusals import Conflict, Invalid, NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.pages.forms import Form, FormFaults, Seen, read_form
from shared.web.pages.pages import PageRouter, see_other

PlacementCommand = Literal[
    "start", "not-started", "no-show", "complete", "end", "extend", "feedback", "skills", "hire", "mentors"
]
HOST: Final = Speaker("host", "host")
_BLANK_SKILLS: Final = 3


def create_router(
    desk: Desk, people: People, operations: Placements, placements: PlacementsRepository, terms: Terms, database: Database
) -> PageRouter:
    """``/desk/{org}/placements/{id}``, for a host's people, its mentors included."""
    router = PageRouter(prefix="/desk/{org}/placements/{id}")
    taking_part = desk.guard("placements", organization=True, people=True)

    async def found(org: str, id: str) -> Placement:
        placement = await placements.get(id)
        if placement is None or placement.organization_id != org:
            raise NotFound("placement", id)
        return placement

    async def show(host: Organization, id: str, request: Request, caller: Caller, form: Form | None = None) -> Response:
        placement = await found(host.id, id)
        now = desk.pages.reader(request).now
        view = PlacementView.of(placement, caller, now.date())
        own = [one for one in view.feedback_due if one.side == "host"]
        starting: dict[str, Any] = {"moment": own[0].moment if own else "end", "reason": "by_host", "remark": placement.remark}
        for place, skill in enumerate(placement.skills, 1):
            starting |= {f"skill_{place}": skill.term, f"level_{place}": skill.level}
        choice = [("placement", id), ("version", placement.version)]
        choice += [("chosen", one) for one in placement.mentor_person_ids]
        pair = (placement.listing_id, placement.attendee_id)
        return desk.show(
            "placement",
            request,
            host,
            form=Form.of(starting).refilled(form),
            one=view,
            person=(await people.names([pair])).get(pair, ""),
            label=words.PLACEMENTS[placement.state],
            steps=words.placement_steps(view.history, placement.end_reason),
            possible=possible(placement, now, terms),
            asked_start="host" in view.start_asked,
            feedback_due=own,
            given=[one for one in view.feedback if one.side == "host"],
            choose_mentors=f"/desk-people/{host.id}/mentors?{urlencode(choice)}",
            places=range(1, min(MAX_SKILLS, len(placement.skills) + _BLANK_SKILLS) + 1),
        )

    @router.get("")
    async def show_placement(org: Id, id: Id, request: Request, caller: Annotated[Caller, Depends(taking_part)]) -> Response:
        """The placement, with the host's possible actions."""
        return await show(await desk.organization(caller, org), id, request, caller)

    @router.post("/{command}")
    async def give_command(
        org: Id, id: Id, command: PlacementCommand, request: Request, caller: Annotated[Caller, Depends(taking_part)]
    ) -> Response:
        """Carry out a command. If it is refused, the form keeps what was typed."""
        host = await desk.organization(caller, org)
        placement = await found(org, id)
        form = await read_form(request)
        try:
            work = _work(operations, placement, command, form, speaker(caller, placement, "host", "host"))
            await database.transact(work)
        except FormFaults as faults:
            return await show(host, id, request, caller, form.refused(faults))
        except NotFound:
            raise
        except Refusal as refusal:
            if isinstance(refusal, Invalid) and command == "feedback":
                refusal = Invalid(FEEDBACK_FIELDS.get(refusal.field or "", refusal.field or ""), refusal.detail)
            now = desk.pages.reader(request).now
            forbidden = command not in possible(await found(org, id), now, terms)
            texts = {**words.REFUSALS, Conflict: words.NOT_NOW} if forbidden else words.REFUSALS
            return await show(host, id, request, caller, form.refused(refusal, texts))
        done = "start" if command == "not-started" else command
        return see_other(f"{host.path}/placements/{id}?done={done}")

    return router


def possible(placement: Placement, now: datetime, terms: Terms) -> set[str]:
    """The commands that the placement's state allows its host. Each is tried without storing anything."""
    today = now.date()
    later = (placement.ends or placement.starts or today) + timedelta(days=1)
    tries: dict[PlacementCommand, Callable[[], Placement]] = {
        "start": lambda: course.start(placement, HOST, True, now),
        "not-started": lambda: course.start(placement, HOST, False, now),
        "no-show": lambda: course.no_show(placement, HOST, None, now),
        "complete": lambda: course.complete(placement, HOST, now),
        "end": lambda: course.end_early(placement, HOST, End(reason="agreed"), now),
        "extend": lambda: course.extend(placement, later, now),
        "feedback": lambda: results.give_feedback(placement, HOST, Feedback(moment="middle", rating=3), now),
        "skills": lambda: results.name_gains(placement, Gains(skills=[], remark="."), terms),
        "hire": lambda: results.hire(placement, HOST, Hiring(role=".", starts=max(today, placement.starts or date.min))),
    }
    allowed: set[str] = set()
    for command, attempt in tries.items():
        try:
            changes = attempt() != placement
        except Conflict:
            continue
        except Invalid:  # only these placeholder values are invalid
            changes = True
        if changes:
            allowed.add(command)
    return allowed | ({"mentors"} if placement.live else set())


def _work(
    operations: Placements, placement: Placement, command: PlacementCommand, form: Form, said_by: Speaker
) -> Callable[[Tx], Awaitable[Placement]]:
    """The form's command, to be run in a transaction. Raises ``FormFaults``."""
    id, seen = placement.id, form.check(Seen).version
    match command:
        case "start" | "not-started":
            start = Start(started=command == "start")
            return lambda tx: operations.start(id, seen, said_by, start, tx)
        case "no-show":
            missed = form.build(NoShow, {"why": form.check(WhyForm).why})
            return lambda tx: operations.no_show(id, seen, said_by, missed, tx)
        case "complete":
            return lambda tx: operations.complete(id, seen, said_by, Completion(), tx)
        case "end":
            ending = form.build(End, form.check(EndForm).model_dump(include={"reason", "last_day", "why"}))
            return lambda tx: operations.end(id, seen, said_by, ending, tx)
        case "extend":
            longer = form.build(Extension, {"ends": form.check(ExtendForm).ends})
            return lambda tx: operations.extend(id, seen, said_by, longer, tx)
        case "feedback":
            feedback = form.build(Feedback, form.check(FeedbackForm).feedback(), FEEDBACK_FIELDS)
            return lambda tx: operations.give_feedback(id, seen, said_by, feedback, tx)
        case "skills":
            gains = form.build(Gains, skills_of(form))
            return lambda tx: operations.name_gains(id, seen, said_by, gains, tx)
        case "mentors":
            chosen = form.build(Mentors, {"person_ids": list(form.all("person_ids"))})
            return lambda tx: operations.set_mentors(id, seen, said_by, chosen, tx)
    hiring = form.build(Hiring, form.check(HireForm).model_dump(include={"role", "starts"}))
    return lambda tx: operations.hire(id, seen, said_by, hiring, tx)
