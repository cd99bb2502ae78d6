"""``/mentor``: the people whom a mentor looks after now, their feedback, and what they learned."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Final, Literal, TypeVar

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ValidationError

from matching.mentoring import words
from matching.mentoring.mentor import NOW, OVER, Mentor, Mentoring
from matching.model.terms import Terms
from matching.placements.domain import course, results
from matching.placements.domain.course import Speaker
from matching.placements.domain.placement import Placement, to_be_given
from matching.placements.domain.requests import Feedback, Gains, Mentors, Start
from matching.placements.repository import PlacementsRepository
from matching.placements.use_cases.placements import Placements
from matching.roles.repository import RolesRepository
from shared.database.mongo import Database, Tx
from shared.refusals import Conflict, Invalid, NotFound, Refusal, Stale
from shared.validation import in_words
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, FormFaults, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.web.problems import not_found, status_of

Said = TypeVar("Said", bound=BaseModel)
Command = Literal["start", "not-started", "feedback", "skills", "leave"]
Work = Callable[[Tx], Awaitable[Placement]]
_HOST: Final = Speaker("host", "host")


class Seen(BaseModel):
    """The version that somebody saw."""

    version: int


class FeedbackForm(Seen):
    """Feedback as it is typed."""

    moment: Literal["middle", "end"]
    rating: int
    becomes: Literal["completed", "ended_early", "extend"] | None = None
    comment: str | None = None

    def feedback(self) -> dict[str, object]:
        """What it says, as ``Feedback`` has it."""
        said: dict[str, object] = {"moment": self.moment, "rating": self.rating, "comment": self.comment}
        if self.becomes:
            said[self.becomes] = True
        if self.becomes == "extend" and self.moment == "end":
            said["completed"] = False
        return said


class SkillsForm(Seen):
    """What was learned, as it is typed: a skill in each line."""

    skills: str = ""
    remark: str | None = None


def possible(placement: Placement, now: datetime, terms: Terms) -> set[Command]:
    """What the placement's state allows its mentor to say: each is tried on it, and nothing is stored."""
    tries: dict[Command, Callable[[], Placement]] = {
        "start": lambda: course.start(placement, _HOST, True, now),
        "not-started": lambda: course.start(placement, _HOST, False, now),
        "feedback": lambda: results.give_feedback(placement, _HOST, Feedback(moment="middle", rating=3), now),
        "skills": lambda: results.name_gains(placement, Gains(skills=[], remark="."), terms),
    }
    allowed: set[Command] = {"leave"} if placement.live else set()
    for command, attempt in tries.items():
        try:
            if attempt() != placement:
                allowed.add(command)
        except Conflict:
            continue
    return allowed


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
            done=words.DONE.get(request.query_params.get("done", "")),
        )

    async def of(caller: Caller, id: str) -> tuple[Mentor, Placement]:
        placement = await placements.get(id)
        if placement is None:
            raise not_found("placement", id)
        guard.owner(caller, "placement", id, organization_id=placement.organization_id or None)
        return await mentoring.mentor(caller), placement

    async def show(request: Request, placement: Placement, form: Form | None = None, status: int = HTTPStatus.OK) -> HTMLResponse:
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
            status=status,
            one=placement,
            person=(await mentoring.names([placement])).get(placement.id, ""),
            due=due,
            given=[answer for answer in placement.answers if answer.side == "host"],
            asked_start="host" in course.start_asked(placement, now.date()),
            possible=possible(placement, now, terms),
            words=words,
            done=words.DONE.get(request.query_params.get("done", "")),
        )

    @router.get("/people/{id}")
    async def show_mentee(id: str, request: Request, caller: HostsPerson) -> Response:
        """One placement. Mails lead here: who works for the host and does not mentor is led to the host's own page of it."""
        mentor, placement = await of(caller, id)
        if not mentoring.looks_after(mentor, placement):
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
        except FormFaults as faults:
            return await show(request, placement, faults.form, HTTPStatus.UNPROCESSABLE_ENTITY)
        except Stale:
            stale = form.with_faults({"": words.STALE})
            return await show(request, (await of(caller, id))[1], stale, HTTPStatus.PRECONDITION_FAILED)
        except Conflict:
            return await show(request, (await of(caller, id))[1], form.with_faults({"": words.NOT_NOW}), HTTPStatus.CONFLICT)
        except NotFound:
            raise
        except Refusal as refusal:
            return await show(request, placement, form.refused(refusal), status_of(refusal))
        return see_other("/mentor?done=left" if command == "leave" else f"/mentor/people/{id}?done={command}")

    def work(command: Command, placement: Placement, form: Form, mentor: Mentor) -> Work:
        id, seen = placement.id, form.check(Seen).version
        match command:
            case "start" | "not-started":
                return lambda tx: operations.start(id, seen, _HOST, Start(started=command == "start"), tx)
            case "feedback":
                feedback = _built(form, Feedback, form.check(FeedbackForm).feedback(), _OF_FEEDBACK)
                return lambda tx: operations.give_feedback(id, seen, _HOST, feedback, tx)
            case "skills":
                typed = form.check(SkillsForm)
                gains = _built(form, Gains, {"skills": _skills(typed.skills, placement), "remark": typed.remark}, {})
                return lambda tx: operations.name_gains(id, seen, _HOST, gains, tx)

        async def leave(tx: Tx) -> Placement:
            still = await roles.holders("organization", placement.organization_id, "mentor", tx)
            others = [one for one in placement.mentor_person_ids if one in still and one not in mentor.ids]
            return await operations.set_mentors(id, seen, _HOST, Mentors(person_ids=others), tx)

        return leave

    return router


_OF_FEEDBACK: Final = {"completed": "becomes", "ended_early": "becomes", "extend": "becomes"}


def _due(placement: Placement) -> list[str]:
    """The moments for which the host's feedback is still to be given, the first one due first."""
    return [request.moment for request in to_be_given(placement) if request.side == "host"]


def _skills(text: str, placement: Placement) -> list[dict[str, object]]:
    """The skills in these lines; a level that was given before stays."""
    levels = {skill.term: skill.level for skill in placement.skills}
    terms = [line.strip() for line in text.splitlines() if line.strip()]
    return [{"term": term, "level": levels.get(term)} for term in terms]


def _built(form: Form, model: type[Said], values: dict[str, object], fields: dict[str, str]) -> Said:
    """What the form says, as the use case takes it. ``fields``: where what is wrong with a field is shown."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        faults = {
            fields.get(str(fault["loc"][0]), str(fault["loc"][0])) if fault["loc"] else "": in_words(fault)
            for fault in error.errors()
        }
        raise FormFaults(form.with_faults(faults)) from None
    except Invalid as fault:
        raise FormFaults(form.refused(fault)) from None
