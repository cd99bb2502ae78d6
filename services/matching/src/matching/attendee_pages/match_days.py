"""A match day: ranking listings by buttons or by dragging, and the result."""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final, NamedTuple
from urllib.parse import urlencode

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, Response

from matching.attendee_pages.reading import AREA, REFUSALS, Attendee, attendee_of, conditions_of, ids_of, voice
from matching.catalogue.repository import CatalogueRepository
from matching.catalogue.use_cases import LiveCatalogue
from matching.model.candidates import Candidate
from matching.model.listings import Listing
from matching.placements.domain.placement import round_placement_id
from matching.recommendations.repository import CandidatesRepository
from matching.rounds.api.rounds import InPath
from matching.rounds.domain.entries import AttendeeEntry, Outcome
from matching.rounds.domain.free_seats import suitable
from matching.rounds.domain.partners import PartnerCode
from matching.rounds.domain.requests import MAX_CHOICES, AttendeeRanking
from matching.rounds.domain.rounds import SHOWN, Round
from matching.rounds.repository.entries import Entries
from matching.rounds.repository.partnerships import Partnerships
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import MatchDays
from matching.rounds.use_cases.partners import Partners
from shared.database.mongo import Database, Tx
from shared.refusals import Conflict, NotFound, Refusal
from shared.web.access.callers import Caller
from shared.web.access.guard import Guard
from shared.web.pages.brand import Brand
from shared.web.pages.forms import Form, FormFaults, read_form
from shared.web.pages.pages import PageRouter, Pages, see_other
from shared.wording.languages import translatable

MOST_SHOWN: Final = 30
"""How many listings are shown that can be added; a search finds the others."""
DONE: Final = {
    "ranked": translatable("Your ranking is sent. You can change it until the match day closes."),
    "taken-back": translatable("You have withdrawn your ranking. To take part again, send another one."),
    "invited": translatable("Here is your code. Give it to the person with whom you want to go."),
    "joined": translatable("You go together from now on. Each of you sends a ranking."),
    "alone": translatable("You take part alone."),
}
_CLOSED: Final = translatable("This match day no longer takes rankings.")


class RankedListing(NamedTuple):
    """A listing as the ranking shows it."""

    listing_id: str
    title: str
    organization: str


def create_router(
    guard: Guard,
    pages: Pages,
    match_days: MatchDays,
    partners: Partners,
    rounds: Rounds,
    rankings: Rankings,
    partnerships: Partnerships,
    entries: Entries,
    candidates: CandidatesRepository,
    catalogue: CatalogueRepository,
    live_catalogue: LiveCatalogue,
    database: Database,
) -> PageRouter:
    """``/my/match-days/{id}``."""
    router = PageRouter()
    By = Annotated[Caller, Depends(guard("rankings", attendee=True, people=True))]  # noqa: N806 - a type

    async def known(id: str) -> Round:
        round = await rounds.get(id)
        if round is None or round.state not in SHOWN:
            raise NotFound("round", id)
        return round

    async def ranked_by(attendee: Attendee, round: Round, tx: Tx) -> tuple[str, list[str]]:
        """Under which of their ids the attendee ranked, and what; else the id that they act under."""
        for id in attendee.ids:
            if chosen := (await rankings.of_attendee(round.id, id, tx)).listing_ids:
                return id, chosen
        return attendee.id, []

    async def round_page(
        request: Request, caller: Caller, id: str, form: Form | None = None, focus: str = "", told: Form | None = None
    ) -> HTMLResponse:
        """The match day. ``form``: a ranking that is not sent yet; ``focus``: see ``focused``; ``told``: a refused other form."""
        says, round = voice(pages.reader(request)), await known(id)
        query = form.get("q") if form else ""

        async def read(tx: Tx) -> tuple[Attendee, list[str], list[RankedListing], list[Listing], list[str]]:
            attendee = await attendee_of(ids_of(caller), candidates, tx)
            _, sent = await ranked_by(attendee, round, tx)
            chosen = _chosen(form) if form else sent
            titles = await catalogue.listings(chosen, tx)
            open_now = (await live_catalogue.current(tx)).listings if round.state == "open" else {}
            open_ones = _others(round, [one for one in chosen if f"add:{one}" != focus], open_now, query)
            best = {match.listing_id: -match.score for match in attendee.candidate.matches} if attendee.candidate else {}
            open_ones.sort(key=lambda one: (best.get(one.id, 0.0), one.title.casefold(), one.id))
            others = [one for one in open_ones if one.id not in chosen]
            return attendee, sent, [_ranked(one, titles) for one in chosen], others, [one.id for one in open_ones]

        attendee, sent, chosen, found, addable = await database.transact(read)
        others = found[:MOST_SHOWN]
        takes = round.state == "open" and not (round.closes_at and round.closes_at <= says.reader.now)
        outcome = await _outcome(attendee, round) if round.state == "published" else None
        seated = outcome is not None and outcome[1].listing_id is not None
        free = await _free(attendee.candidate, round) if round.state == "published" and not seated else []
        following = await rounds.get(round.following) if round.state == "published" and not seated else None
        results = await _results(outcome, says.words.outcome) if outcome else []
        partnership = await partnerships.of(round.id, attendee.ids) if takes else None
        return pages.page(
            "attendee/match_day",
            request,
            area=AREA,
            brand=Brand.of(await catalogue.conference_head(round.conference_id)),
            round=round,
            takes=takes,
            sent=sent,
            partnership=partnership,
            chosen=chosen,
            changed=form is not None and [one.listing_id for one in chosen] != sent,
            others=[(one, says.brief(conditions_of(one))) for one in others],
            left_out=len(found) - len(others),
            focus=_after_adding(focus, addable, [one.id for one in others]),
            query=query,
            most=MAX_CHOICES,
            results=results,
            took_part=outcome is not None,
            clean_up=following if following and following.state == "open" else None,
            free=[(one, says.brief(conditions_of(one))) for one in free],
            placement_id=round_placement_id(round.id, outcome[0].id) if outcome and outcome[1].listing_id else "",
            done=DONE,
            form=told or form,
        )

    async def _outcome(attendee: Attendee, round: Round) -> tuple[AttendeeEntry, Outcome] | None:
        for id in attendee.ids:
            for _, entry, outcome in await entries.of_attendee([round.id], id):
                if outcome:
                    return entry, outcome
        return None

    async def _free(person: Candidate | None, round: Round) -> list[Listing]:
        """The round's listings with seats that are free now and suit the attendee."""

        async def read(tx: Tx) -> list[Listing]:
            snapshot = await live_catalogue.current(tx)
            left = {id: snapshot.listings[id] for id in await entries.free(round.id, tx) if id in snapshot.listings}
            available = {id: one for id, one in left.items() if one.is_available(tx.now)}
            return [available[id] for id in suitable(person, available, tx.now)] if person else []

        return await database.transact(read)

    async def _results(
        found: tuple[AttendeeEntry, Outcome], words: Callable[[str], str]
    ) -> list[tuple[RankedListing, str, bool]]:
        entry, outcome = found
        titles = await database.transact(lambda tx: catalogue.listings(entry.choices, tx))
        return [
            (_ranked(choice, titles), words(result), result == "matched")
            for choice, result in zip(entry.choices, outcome.results, strict=True)
        ]

    @router.get("/my/match-days/{id}")
    async def show_match_day(request: Request, id: InPath, caller: By, focus: str = "") -> HTMLResponse:
        """The match day: the attendee's ranking while it is open, and its result once it is published.

        A ranking that is not sent yet is in the address, so that going back and reloading show it as it was.
        """
        asked = request.query_params
        draft = "listing_ids" in asked and (await known(id)).state == "open"
        form = Form({"listing_ids": asked.getlist("listing_ids"), "q": asked.getlist("q")}) if draft else None
        return await round_page(request, caller, id, form, focus)

    @router.post("/my/match-days/{id}")
    async def rank(request: Request, id: InPath, caller: By) -> Response:
        """Change the ranking that is not sent yet, or send it."""
        round, form = await known(id), await read_form(request)
        move = form.get("move")
        if move != "send":
            ranked = _chosen(_moved(form, move))
            draft: dict[str, object] = {"listing_ids": ranked or "", "q": form.get("q")}
            draft["focus"] = focused(move, _chosen(form), ranked)
            return see_other(f"/my/match-days/{id}?{urlencode(draft, doseq=True)}")
        try:
            chosen = Form({"listing_ids": _chosen(form)}).check(AttendeeRanking, lists=("listing_ids",)).listing_ids

            async def send(tx: Tx) -> None:
                attendee = await attendee_of(ids_of(caller), candidates, tx)
                who, _ = await ranked_by(attendee, round, tx)
                await match_days.rank_listings(id, who, chosen, tx)

            await database.transact(send)
        except FormFaults:
            told = form.with_faults({"": translatable("Choose at least one internship, and each one once.")})
            return await round_page(request, caller, id, told)
        except Refusal as refusal:
            return await round_page(request, caller, id, _with_refusal(form, refusal, await known(id)))
        return see_other(f"/my/match-days/{id}?done=ranked")

    @router.post("/my/match-days/{id}/together")
    async def go_together(request: Request, id: InPath, caller: By) -> Response:
        """Draw a code for somebody else, enter theirs, or no longer go together."""
        form, round = await read_form(request), await known(id)
        what = form.get("together")

        async def work(tx: Tx) -> str:
            attendee = await attendee_of(ids_of(caller), candidates, tx)
            ids = [attendee.id, *(one for one in attendee.ids if one != attendee.id)]
            if what == "join":
                await partners.join(id, ids, form.check(PartnerCode), tx)
                return "joined"
            if what == "end":
                await partners.end(id, ids, tx)
                return "alone"
            await partners.invite(id, ids, tx)
            return "invited"

        try:
            done = await database.transact(work)
        except Refusal as refusal:
            return await round_page(request, caller, id, told=_with_refusal(form, refusal, round))
        return see_other(f"/my/match-days/{id}?done={done}#together")

    @router.post("/my/match-days/{id}/take-back")
    async def take_back(request: Request, id: InPath, caller: By) -> Response:
        """Take the ranking back."""
        round = await known(id)

        async def work(tx: Tx) -> None:
            who, sent = await ranked_by(await attendee_of(ids_of(caller), candidates, tx), round, tx)
            if sent:
                await match_days.withdraw_ranking(id, who, tx)

        try:
            await database.transact(work)
        except Refusal as refusal:
            return await round_page(request, caller, id, _with_refusal(Form(), refusal, round))
        return see_other(f"/my/match-days/{id}?done=taken-back")

    return router


def _with_refusal(form: Form, refusal: Refusal, round: Round) -> Form:
    """The form with the reason for the refusal, in words for attendees."""
    closed = isinstance(refusal, Conflict) and (round.state != "open" or "closed at" in refusal.detail)
    return form.refused(refusal, {Conflict: _CLOSED} if closed else REFUSALS)


def _chosen(form: Form) -> list[str]:
    """The ranking in the form, each listing once."""
    return [id for id in dict.fromkeys(form.all("listing_ids")) if id][:MAX_CHOICES]


def _moved(form: Form, move: str) -> Form:
    """The form after a button was pressed: ``up``, ``down``, ``remove`` or ``add``, with the listing."""
    chosen = _chosen(form)
    what, _, listing_id = move.partition(":")
    if what == "add" and listing_id and listing_id not in chosen:
        chosen.append(listing_id)
    elif listing_id in chosen:
        place = chosen.index(listing_id)
        chosen.remove(listing_id)
        if what in ("up", "down"):
            chosen.insert(max(0, place + (1 if what == "down" else -1)), listing_id)
    return Form({**form.values, "listing_ids": chosen[:MAX_CHOICES]})


def focused(move: str, before: Sequence[str], after: Sequence[str]) -> str:
    """The button to focus once this one was pressed, so that whoever uses the keyboard goes on where they were; "" for none.

    ``before`` and ``after``: the ranking. Of ``add``, it is the button itself: see ``_after_adding``.
    """
    what, _, id = move.partition(":")
    if what in ("add", "search"):
        return move
    if what == "remove" and id in before:
        return f"remove:{after[min(before.index(id), len(after) - 1)]}" if after else ""
    if what in ("up", "down") and id in after and len(after) > 1:
        at_end = {"up": 0, "down": len(after) - 1}[what] == after.index(id)
        return f"{ ({'up': 'down', 'down': 'up'}[what] if at_end else what) }:{id}"
    return ""


def _after_adding(focus: str, addable: Sequence[str], left: Sequence[str]) -> str:
    """The button beside the one that was added; ``focus`` if none was. ``addable``: what could be added before."""
    what, _, id = focus.partition(":")
    if what != "add" or id not in addable:
        return focus
    return f"add:{left[min(addable.index(id), len(left) - 1)]}" if left else "send"


def _others(round: Round, chosen: Sequence[str], listings: Mapping[str, Listing], query: str) -> list[Listing]:
    """The listings of the round that can be added, and contain what is searched for."""
    ranked = set(chosen)
    found = (listings[id] for id in round.listing_ids if id in listings and id not in ranked)
    return [one for one in found if one.is_found_by(query)]


def _ranked(listing_id: str, titles: Mapping[str, Listing]) -> RankedListing:
    listing = titles.get(listing_id)
    return RankedListing(listing_id, listing.title if listing else "", listing.organization if listing else "")
