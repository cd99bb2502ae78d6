"""The attendee's placements: the course of each, and what they say about it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import Field

from matching.attendee_pages.placement_courses import (
    BADGES,
    FEEDBACK_OUTCOMES,
    RATINGS,
    REASONS,
    SPEAKER,
    due_feedback,
    possible,
    steps_of,
)
from matching.attendee_pages.reading import AREA, REFUSALS, ids_of, options, voice
from matching.placements.domain.placement import Placement
from matching.placements.domain.requests import Completion, Confirmation, End, Feedback, Hiring, Start
from matching.placements.repository import PlacementsRepository
from matching.placements.use_cases.placements import Placements
from shared.contract.events.fields import Id
from shared.database.mongo import Database, Tx
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, Seen, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.conditions import ListingConditions
from shared.wording.languages import translatable

DONE: Final = {
    "start": translatable("Thank you. We have recorded it."),
    "complete": translatable("Thank you. It is completed."),
    "end": translatable("It has ended. The organization has been told."),
    "feedback": translatable("Thank you for your feedback. The organization does not see it."),
    "confirm-skills": translatable("The skills that you confirmed will be in your profile within a minute."),
    "hire": translatable("Congratulations. We have recorded it."),
}


class OwnFeedbackForm(Seen):
    """Feedback as the form sends it."""

    moment: str = ""
    rating: int = Field(ge=1, le=5)
    outcome: str = ""
    extend: bool = False
    comment: str | None = None


def create_router(
    guard: Guard, pages: Pages, placements: Placements, repository: PlacementsRepository, database: Database
) -> PageRouter:
    """``/my/placements/{id}``."""
    router = PageRouter()
    By = Annotated[Caller, Depends(guard("placements", attendee=True, people=True))]  # noqa: N806 - a type
    Act = Callable[[Form, int, Tx], Awaitable[Placement]]  # noqa: N806 - a type

    async def own(caller: Caller, id: str) -> Placement:
        placement = await repository.get(id)
        if placement is None or placement.attendee_id not in ids_of(caller):
            raise NotFound("placement", id)
        return placement

    async def placement_page(request: Request, caller: Caller, id: str, form: Form | None = None) -> HTMLResponse:
        says, placement = voice(pages.reader(request)), await own(caller, id)
        dates = ListingConditions(placement.starts, placement.ends, placement.hours_per_week)
        today = says.reader.now.astimezone(says.reader.zone).date()
        confirmed = [skill.term for skill in placement.skills if skill.confirmed]
        return pages.page(
            "attendee/placement",
            request,
            area=AREA,
            placement=placement,
            badge=BADGES[placement.state],
            facts=says.conditions(dates),
            possible=possible(placement, says.reader.now),
            feedback=due_feedback(placement, today),
            outcomes=options(FEEDBACK_OUTCOMES, says.gettext, () if placement.live else FEEDBACK_OUTCOMES),
            ratings=options(RATINGS, says.gettext),
            reasons=options(REASONS, says.gettext),
            skills=[(skill.term, says.words.skill(skill.term, skill.level)) for skill in placement.skills],
            steps=steps_of(placement, says),
            done=DONE,
            form=form or Form.of({"terms": confirmed or [skill.term for skill in placement.skills]}),
        )

    async def carry_out(request: Request, caller: Caller, id: str, done: str, act: Act) -> Response:
        await own(caller, id)
        form = await read_form(request)
        try:
            seen = form.check(Seen).version
            await database.transact(lambda tx: act(form, seen, tx))
        except Refusal as refusal:
            return await placement_page(request, caller, id, form.refused(refusal, REFUSALS))
        return see_other(f"/my/placements/{id}?done={done}")

    @router.get("/my/placements/{id}")
    async def show_placement(request: Request, id: Id, caller: By) -> HTMLResponse:
        """A placement: its course, and what the attendee is asked."""
        return await placement_page(request, caller, id)

    @router.post("/my/placements/{id}/start")
    async def start(request: Request, id: Id, caller: By) -> Response:
        """Say whether it has started."""

        async def act(form: Form, seen: int, tx: Tx) -> Placement:
            return await placements.start(id, seen, SPEAKER, Start(started=form.get("started") != "no"), tx)

        return await carry_out(request, caller, id, "start", act)

    @router.post("/my/placements/{id}/complete")
    async def complete(request: Request, id: Id, caller: By) -> Response:
        """Say that it came to its end as planned."""
        return await carry_out(
            request, caller, id, "complete", lambda _, seen, tx: placements.complete(id, seen, SPEAKER, Completion(), tx)
        )

    @router.post("/my/placements/{id}/end")
    async def end(request: Request, id: Id, caller: By) -> Response:
        """End it before its last day."""

        async def act(form: Form, seen: int, tx: Tx) -> Placement:
            return await placements.end(id, seen, SPEAKER, form.check(End), tx)

        return await carry_out(request, caller, id, "end", act)

    @router.post("/my/placements/{id}/feedback")
    async def feedback(request: Request, id: Id, caller: By) -> Response:
        """Say how it goes, or went."""

        async def act(form: Form, seen: int, tx: Tx) -> Placement:
            placement = await repository.get(id, tx)
            said = form.check(OwnFeedbackForm)
            given = _feedback(form, said, placement.state if placement else "")
            return await placements.give_feedback(id, seen, SPEAKER, given, tx)

        return await carry_out(request, caller, id, "feedback", act)

    @router.post("/my/placements/{id}/confirm-skills")
    async def confirm_skills(request: Request, id: Id, caller: By) -> Response:
        """Confirm some of the skills that the host named."""

        async def act(form: Form, seen: int, tx: Tx) -> Placement:
            terms = {"terms": form.all("terms")}
            return await placements.confirm_skills(id, seen, SPEAKER, Form(terms).check(Confirmation, lists=("terms",)), tx)

        return await carry_out(request, caller, id, "confirm-skills", act)

    @router.post("/my/placements/{id}/hire")
    async def hire(request: Request, id: Id, caller: By) -> Response:
        """Say that the host employs the attendee."""

        async def act(form: Form, seen: int, tx: Tx) -> Placement:
            hired_from = {"role": form.get("role"), "starts": form.get("hired_from")}
            said = form.build(Hiring, hired_from, {"starts": "hired_from"})
            return await placements.hire(id, seen, SPEAKER, said, tx)

        return await carry_out(request, caller, id, "hire", act)

    return router


def _feedback(form: Form, said: OwnFeedbackForm, state: str) -> Feedback:
    """The feedback in the form; facts known about the placement are not asked. Raises ``FormFaults``."""
    ends = said.moment == "end"
    completed = ends and (state == "completed" or said.outcome == "completed")
    ended_early = ends and (state == "ended" or said.outcome == "ended_early")
    given = {
        "moment": said.moment,
        "rating": said.rating,
        "completed": True if completed else None,
        "ended_early": True if ended_early else None,
        "extend": True if said.extend else None,
        "comment": said.comment,
    }
    return form.build(Feedback, given)
