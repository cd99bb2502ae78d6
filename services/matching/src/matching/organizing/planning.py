"""``/organize-days/{conference}/plan``: plan a match day, or change one.

A new one has all internships of the conference; ``internships.py`` changes that.
"""

import secrets
from collections.abc import Sequence
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, Field

from matching.organizing.desk import Organized, OrganizerDesk, round_of
from matching.organizing.offered import OfferedInternships
from matching.rounds.api.rounds import RoundTransactions
from matching.rounds.domain.requests import CleanUp, RoundId, RoundSettings
from matching.rounds.domain.rounds import Round
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import MatchDays
from shared.contract.events.fields import PlainLine
from shared.refusals import NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, FormFaults, read_form
from shared.web.pages.local_times import LocalTime, in_zone, local
from shared.web.pages.pages import PageRouter, see_other
from shared.web.problems import not_found
from shared.wording.languages import translatable

MOST_LISTINGS: Final = 5_000
"""How many internships a match day has at most."""
NONE: Final = translatable("All open internships of this conference are in other match days, or there are none.")


class Plan(BaseModel):
    """A match day as typed into the form."""

    round: RoundId
    name: PlainLine
    closes_at: LocalTime | None = None
    clean_ups: int = Field(default=0, ge=0, le=5)
    hours: int = Field(default=24, ge=1, le=24 * 31)


def create_router(
    guard: Guard,
    desk: OrganizerDesk,
    offered: OfferedInternships,
    rounds: Rounds,
    match_days: MatchDays,
    transact: RoundTransactions,
) -> PageRouter:
    """``/organize-days/{conference}/plan``."""
    router = PageRouter(prefix="/organize-days/{conference}/plan")
    Organizer = Annotated[Caller, Depends(guard("rounds", conference=True, people=True))]  # noqa: N806 - a type

    async def show(request: Request, conference: Organized, round: Round | None, form: Form | None) -> HTMLResponse:
        """``form``: None for an empty plan."""
        return desk.page(
            "plan",
            request,
            conference,
            form=form or _empty_form(),
            round=round,
            internships=len(await offered.at(conference.id)),
        )

    async def free(conference: str) -> list[str]:
        """The conference's internships that are in no other unfinished match day."""
        ids = [*await offered.at(conference)]
        taken = await rounds.elsewhere(ids, "")
        return [id for id in ids if id not in taken][:MOST_LISTINGS]

    @router.get("")
    async def show_plan(conference: str, request: Request, caller: Organizer, round: str = "") -> HTMLResponse:
        """The plan of a match day: an empty one, or that of a round."""
        organized = await desk.conference(caller, conference)
        known = await round_of(rounds, conference, round) if round else None
        return await show(request, organized, known, _form(known, desk.pages.reader(request).zone) if known else None)

    @router.post("")
    async def put_plan(conference: str, request: Request, caller: Organizer) -> Response:
        """Plan the match day, or change it. The same again changes nothing."""
        organized = await desk.conference(caller, conference)
        form = await read_form(request)
        found = await rounds.get(form.get("round")) if form.get("round") else None
        known = found if found and found.conference_id == conference else None
        try:
            listing_ids = known.listing_ids if known else await free(conference)
            settings = _settings(form, conference, known, listing_ids, desk.pages.reader(request).zone)
            round, new = await transact(lambda tx: match_days.put(form.get("round"), settings, tx, [conference]))
        except NotFound:  # another conference's
            raise not_found("round", form.get("round")) from None
        except Refusal as refusal:
            return await show(request, organized, known, form.refused(refusal))
        return see_other(f"{organized.path}/{round.id}?done={'planned' if new else 'changed'}")

    return router


def _empty_form() -> Form:
    return Form.of({"round": f"day-{secrets.token_hex(6)}", "clean_ups": 1, "hours": 24})


def _form(round: Round, zone: ZoneInfo) -> Form:
    closes_at = local(round.closes_at, zone) if round.closes_at else None
    clean_up = round.clean_up
    return Form.of(
        {
            "round": round.id,
            "name": round.name,
            "closes_at": closes_at,
            "clean_ups": clean_up.rounds if clean_up else 0,
            "hours": round_hours(clean_up),
        }
    )


def round_hours(clean_up: CleanUp | None) -> int:
    """How many whole hours each clean-up round is open."""
    return max(1, round(clean_up.hours)) if clean_up else 24


def _settings(form: Form, conference: str, known: Round | None, listing_ids: Sequence[str], zone: ZoneInfo) -> RoundSettings:
    """The settings in the form, with these internships. Raises ``FormFaults``."""
    plan = form.check(Plan)
    if not listing_ids:
        raise FormFaults(form.with_faults({"": NONE}))
    clean_up = known.clean_up if known and known.clean_up_of else None
    if plan.clean_ups and not (known and known.clean_up_of):
        clean_up = CleanUp(rounds=plan.clean_ups, hours=plan.hours)
    given = {
        "name": plan.name,
        "conference_id": conference,
        "listing_ids": list(listing_ids),
        "closes_at": in_zone(plan.closes_at, zone) if plan.closes_at else None,
        "clean_up": clean_up,
    }
    return form.build(RoundSettings, given)
