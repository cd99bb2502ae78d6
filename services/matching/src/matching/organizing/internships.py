"""``/organize-days/{conference}/{round}/internships``: which internships a match day has."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from matching.model.listings import Listing
from matching.organizing import words
from matching.organizing.desk import Organized, OrganizerDesk, round_of
from matching.organizing.offered import OfferedInternships
from matching.rounds.api.rounds import RoundTransactions
from matching.rounds.domain.requests import RoundSettings
from matching.rounds.domain.rounds import Round
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import MatchDays
from shared.database.mongo import Tx
from shared.refusals import Conflict, NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.forms import Form, read_form
from shared.web.pages.pages import PageRouter, see_other
from shared.web.problems import not_found
from shared.wording.languages import translatable

PAGE: Final = 50
Search = Annotated[str, Query(max_length=100)]
PageNumber = Annotated[int, Query(ge=1, le=10_000)]
CHOOSE: Final = translatable("A match day has at least one internship. Choose some.")


class Change(BaseModel):
    """How the match day's internships change."""

    do: Literal["add", "remove", "only"]
    all: Literal["", "yes"] = ""
    """Whether it concerns all that the search finds, and not only those selected."""
    listing_ids: list[str] = []


def create_router(
    guard: Guard,
    desk: OrganizerDesk,
    offered: OfferedInternships,
    rounds: Rounds,
    match_days: MatchDays,
    transact: RoundTransactions,
) -> PageRouter:
    """``/organize-days/{conference}/{round}/internships``."""
    router = PageRouter(prefix="/organize-days/{conference}/{round}/internships")
    Organizer = Annotated[Caller, Depends(guard("rounds", conference=True, people=True))]  # noqa: N806 - a type

    async def show(
        request: Request, conference: Organized, id: str, search: str, page: int, form: Form | None = None
    ) -> HTMLResponse:
        round = await round_of(rounds, conference.id, id)
        known = await offered.at(conference.id)
        found = matching(known, search)
        shown = [known[id] for id in found[(page - 1) * PAGE : page * PAGE]]

        def address(page: int) -> str:
            return f"{conference.path}/{id}/internships?{urlencode({'search': search, 'page': page})}"

        return desk.page(
            "internships",
            request,
            conference,
            form=form,
            round=round,
            has=set(round.listing_ids),
            shown=shown,
            elsewhere=await rounds.elsewhere([one.id for one in shown], id),
            count=len(found),
            search=search,
            page=page,
            previous=address(page - 1) if page > 1 else "",
            following=address(page + 1) if len(found) > page * PAGE else "",
            done=words.DONE,
        )

    @router.get("")
    async def show_internships(
        conference: str,
        round: str,
        request: Request,
        caller: Organizer,
        search: Search = "",
        page: PageNumber = 1,
    ) -> HTMLResponse:
        """The open internships of the conference, and which of them the match day has."""
        return await show(request, await desk.conference(caller, conference), round, search, page)

    @router.post("")
    async def change_internships(
        conference: str,
        round: str,
        request: Request,
        caller: Organizer,
        search: Search = "",
        page: PageNumber = 1,
    ) -> Response:
        """Add internships to the match day, or remove them, while it is a draft."""
        organized = await desk.conference(caller, conference)
        form = await read_form(request)
        known = await offered.at(conference)

        async def change(tx: Tx) -> None:
            before = await rounds.get_for_update(round, tx)
            if before is None or before.conference_id != conference:
                raise NotFound("round", round)
            change = form.check(Change, lists=["listing_ids"])
            chosen = [id for id in change.listing_ids if id in known]
            if change.all:
                found = matching(known, search)
                taken = await rounds.elsewhere(found, round)
                chosen = [id for id in found if id not in taken]
            listing_ids = changed(before, change.do, chosen)
            if not listing_ids:
                raise Conflict(CHOOSE)
            await match_days.put(round, _settings(before, form, listing_ids), tx, [conference])

        try:
            await transact(change)
        except NotFound:
            raise not_found("round", round) from None
        except Refusal as refusal:
            return await show(request, organized, round, search, page, form.refused(refusal))
        query = urlencode({"search": search, "page": page, "done": "changed"})
        return see_other(f"{organized.path}/{round}/internships?{query}")

    return router


def matching(known: Mapping[str, Listing], search: str) -> list[str]:
    """The internships with all words of the search in their title or their host's name."""
    return [id for id, one in known.items() if one.is_found_by(search)]


def changed(round: Round, do: Literal["add", "remove", "only"], chosen: Sequence[str]) -> list[str]:
    """The round's internships after the change. What is not open any more stays until it is removed."""
    if do == "only":
        return list(chosen)
    if do == "remove":
        gone = set(chosen)
        return [id for id in round.listing_ids if id not in gone]
    return list(dict.fromkeys([*round.listing_ids, *chosen]))


def _settings(round: Round, form: Form, listing_ids: Sequence[str]) -> RoundSettings:
    kept = {name: getattr(round, name) for name in ("name", "conference_id", "closes_at", "seed", "clean_up")}
    return form.build(RoundSettings, kept | {"listing_ids": list(listing_ids)})
