"""``/mentor``: the people whom a mentor looks after now, their feedback, and what they learned."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Annotated, Final, Literal

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from matching.desk import placement as placement_page
from matching.desk.forms import FEEDBACK_FIELDS, FeedbackForm
from matching.desk.placement import HOST
from matching.mentoring import words
from matching.mentoring.mentor import NOW, OVER, Mentor, Mentoring
from matching.model.terms import Terms
from matching.placements.api.views import only_mentors
from matching.placements.domain import course
from matching.placements.domain.placement import Placement, to_be_given
from matching.placements.domain.requests import Feedback, Gains, Mentors, Start
from matching.placements.repository import PlacementsRepository
from matching.placements.use_cases.placements import Placements
from matching.roles.repository import RolesRepository
from shared.database.mongo import Database, Tx
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, Seen, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.web.problems import not_found

Command = Literal["start", "not-started", "feedback", "skills", "leave"]
Work = Callable[[Tx], Awaitable[Placement]]
_COMMANDS: Final = {"start", "not-started", "feedback", "skills"}
"""Those of the host's commands that its mentors give on their own pages."""


class SkillsForm(Seen):
    """What was learned, as it is typed: a skill in each line."""

    skills: str = ""
    remark: str | None = None


def possible(placement: Placement, now: datetime, terms: Terms) -> set[str]:
    """What the placement's state allows its mentor to say."""
    return placement_page.possible(placement, now, terms) & _COMMANDS | ({"leave"} if placement.live else set())


def create_router(
    guard: Guard,
    pages: Pages,
    mentoring: Mentoring,
    placements: PlacementsRepository,
    operations: Placements,
    roles: RolesRepository,
    terms: Terms,
    database: Database,
) -> PageRouter:
    """``/mentor`` and ``/mentor/people/{id}``."""
    router = PageRouter(prefix="/mentor")
    HostsPerson = Annotated[Caller, Depends(guard("placements", organization=True, people=True))]  # noqa: N806 - a type

    @router.get("")
    async def list_mentees(request: Request, caller: HostsPerson) -> HTMLResponse:
        """The people whom the caller looks after now, and those about whom something is still asked."""
        mentor = await mentoring.mentor(caller)
        now, over = await mentoring.placements(mentor, NOW), await mentoring.placements(mentor, OVER)
        asked = [one for one in over if _due(one) or "skills" in possible(one, pages.reader(request).now, terms)]
        return pages.page(
            "mentoring/mentees",
            request,
            area="mentor",
            now=now,
            over=[one for one in asked if _due(one) or not one.skills],
            due={one.id: _due(one) for one in (*now, *asked)},
            names=await mentoring.names((*now, *asked)),
            words=words,
            done=words.DONE,
        )

    async def of(caller: Caller, id: str) -> tuple[Mentor, Placement]:
        placement = await placements.get(id)
        if placement is None:
            raise not_found("placement", id)
        guard.owner(caller, "placement", id, organization_id=placement.organization_id or None)
        return await mentoring.mentor(caller), placement

    async def show(request: Request, placement: Placement, form: Form | None = None) -> HTMLResponse:
        now = pages.reader(request).now
        due = _due(placement)
        start = Form.of(
            {
                "moment": due[0] if due else "end" if not placement.live else "middle",
                "skills": "\n".join(skill.term for skill in placement.skills),
                "remark": placement.remark,
            }
        )
        return pages.page(
            "mentoring/mentee",
            request,
            area="mentor",
            form=form or start,
            one=placement,
            person=(await mentoring.names([placement])).get(placement.id, ""),
            due=due,
            given=[answer for answer in placement.answers if answer.side == "host"],
            asked_start="host" in course.start_asked(placement, now.date()),
            possible=possible(placement, now, terms),
            words=words,
            done=words.DONE,
        )

    @router.get("/people/{id}")
    async def show_mentee(id: str, request: Request, caller: HostsPerson) -> Response:
        """One placement. Mails lead here: who works for the host and does not mentor is led to the host's own page of it."""
        mentor, placement = await of(caller, id)
        if not mentoring.looks_after(mentor, placement):
            if only_mentors(caller, placement.organization_id):
                raise not_found("placement", id)
            return see_other(f"/desk/{placement.organization_id}/placements/{id}")
        return await show(request, placement)

    @router.post("/people/{id}/{command}")
    async def say(id: str, command: Command, request: Request, caller: HostsPerson) -> Response:
        """Say this about the placement, as its mentor."""
        mentor, placement = await of(caller, id)
        if not mentoring.looks_after(mentor, placement):
            raise not_found("placement", id)
        form = await read_form(request)
        try:
            await database.transact(work(command, placement, form, mentor))
        except NotFound:
            raise
        except Refusal as refusal:
            return await show(request, (await of(caller, id))[1], form.refused(refusal, words.REFUSALS))
        return see_other("/mentor?done=left" if command == "leave" else f"/mentor/people/{id}?done={command}")

    def work(command: Command, placement: Placement, form: Form, mentor: Mentor) -> Work:
        id, seen = placement.id, form.check(Seen).version
        match command:
            case "start" | "not-started":
                return lambda tx: operations.start(id, seen, HOST, Start(started=command == "start"), tx)
            case "feedback":
                feedback = form.build(Feedback, form.check(FeedbackForm).feedback(), FEEDBACK_FIELDS)
                return lambda tx: operations.give_feedback(id, seen, HOST, feedback, tx)
            case "skills":
                typed = form.check(SkillsForm)
                gains = form.build(Gains, {"skills": _skills(typed.skills, placement), "remark": typed.remark})
                return lambda tx: operations.name_gains(id, seen, HOST, gains, tx)

        async def leave(tx: Tx) -> Placement:
            still = await roles.holders("organization", placement.organization_id, "mentor", tx)
            others = [one for one in placement.mentor_person_ids if one in still and one not in mentor.ids]
            return await operations.set_mentors(id, seen, HOST, Mentors(person_ids=others), tx)

        return leave

    return router


def _due(placement: Placement) -> list[str]:
    """The moments for which the host's feedback is still to be given, the first one due first."""
    return [request.moment for request in to_be_given(placement) if request.side == "host"]


def _skills(text: str, placement: Placement) -> list[dict[str, object]]:
    """The skills in these lines; a level that was given before stays."""
    levels = {skill.term: skill.level for skill in placement.skills}
    terms = [line.strip() for line in text.splitlines() if line.strip()]
    return [{"term": term, "level": levels.get(term)} for term in terms]
