"""``/desk/{org}/match-days``: ranking for match days, and their results."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Annotated, Final, get_args

from fastapi import Depends, Path, Request
from fastapi.responses import Response
from pydantic import StringConstraints

from matching.applications.domain.application import Application
from matching.applications.repository.applications import ApplicationsRepository
from matching.desk import words
from matching.desk.desk import Desk, Organization
from matching.desk.forms import LimitForm
from matching.desk.people import People
from matching.desk.ranking import MOST_NAMED, moved, ranking_of
from matching.desk.unnamed import Nameless, UnnamedPeople, UnnamedPerson, resolved
from matching.invitations.domain import candidate_id
from matching.placements.domain.placement import round_placement_id
from matching.rounds.domain.entries import ListingEntry
from matching.rounds.domain.requests import HostLimits, HostRanking, Limit
from matching.rounds.domain.rounds import OPENED, SHOWN, Round
from matching.rounds.repository.entries import Entries
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import MatchDays
from shared.contract.events.fields import Discipline, Id
from shared.database.mongo import Database, Tx
from shared.refusals import Conflict, NotFound, Refusal
from shared.text_patterns import ROUND_ID
from shared.web.access.callers import Caller
from shared.web.pages.forms import Form, read_form
from shared.web.pages.pages import PageRouter, see_other
from shared.wording.languages import translatable

RoundId = Annotated[str, StringConstraints(pattern=ROUND_ID), Path()]
MOST_ROUNDS: Final = 50
MOST_OFFERED: Final = 20
"""How many people without a name a host may add at once; there is a link to all."""
_TEXTS: Final[Mapping[type[Refusal], str]] = {
    **words.REFUSALS,
    Conflict: translatable("Rankings are accepted only while the match day is open. This one is no longer open."),
}
STATES: Final = {
    "open": (translatable("Open: rank now"), "strong"),
    "locked": (translatable("Closed: being matched"), ""),
    "matched": (translatable("Closed: not published yet"), ""),
    "published": (translatable("Published"), "good"),
}


@dataclass(frozen=True, slots=True)
class RankedAttendee:
    """An attendee whom the host ranks, or may rank."""

    id: str
    """``candidate_id`` for somebody who has not applied."""
    name: str
    """Empty for somebody who has not applied, because the host does not know their name."""
    application: str
    has_ranked: bool
    """Whether they ranked the listing."""
    tied: bool
    """Whether they share the rank of the one before."""
    unnamed: UnnamedPerson | None
    """What the host sees of somebody without a name, if they agreed to that."""


@dataclass(frozen=True, slots=True)
class Board:
    """A listing in a round: the host's ranking, and who may be added to it."""

    listing_id: str
    title: str
    ranking: HostRanking | None
    """The stored ranking; None if the host has not ranked yet."""
    ranked: list[RankedAttendee] = field(default_factory=list)
    more: int = 0
    """How many are ranked besides those shown."""
    others: list[RankedAttendee] = field(default_factory=list)
    more_others: int = 0
    """How many ranked the listing besides those shown and ``unseen``."""
    unseen: int = 0
    """How many ranked the listing who are not ranked, have not applied, and did not agree to be shown to the host."""
    entry: ListingEntry | None = None
    """The listing's result; None until the round is published."""
    placed: list[tuple[str, str]] = field(default_factory=list)
    """The placement's id and the name of each person with a seat."""
    form: Form = field(default_factory=Form)


def create_router(
    desk: Desk,
    people: People,
    unnamed_people: UnnamedPeople,
    match_days: MatchDays,
    rounds: Rounds,
    rankings: Rankings,
    entries: Entries,
    applications: ApplicationsRepository,
    database: Database,
) -> PageRouter:
    """``/desk/{org}/match-days``."""
    router = PageRouter(prefix="/desk/{org}/match-days")
    hosting = desk.guard("rankings", organization=True, people=True)

    async def round_of(host: Organization, id: str) -> tuple[Round, list[str]]:
        """The round, and the host's listings in it."""
        round = await rounds.get(id)
        own = [one for one in round.listing_ids if one in host.listings] if round else []
        if round is None or round.state not in SHOWN or not own:
            raise NotFound("round", id)
        return round, own

    @router.get("")
    async def show_match_days(org: Id, request: Request, caller: Annotated[Caller, Depends(hosting)]) -> Response:
        """The match days in which the organization's listings are."""
        host = await desk.organization(caller, org)
        found = await rounds.with_listings(host.listings, OPENED, MOST_ROUNDS)
        shown = []
        for round in sorted(found, key=lambda one: OPENED.index(one.state)):
            own = [id for id in round.listing_ids if id in host.listings]
            answered = await rankings.answered([*round.earlier, round.id]) if round.state == "open" else set(own)
            shown.append((round, len(own), len([id for id in own if id not in answered])))
        return desk.show("match_days", request, host, rounds=shown, states=STATES)

    @router.get("/{round_id}")
    async def show_match_day(
        org: Id, round_id: RoundId, request: Request, caller: Annotated[Caller, Depends(hosting)], all: str = ""
    ) -> Response:
        """The host's ranking for each of its listings; once the round is published, who has the seats.

        ``all``: the listing for which to show everybody who may be added.
        """
        return await show(await desk.organization(caller, org), round_id, request, all=all)

    @router.post("/{round_id}/{listing_id}")
    async def rank(
        org: Id,
        round_id: RoundId,
        listing_id: Id,
        request: Request,
        caller: Annotated[Caller, Depends(hosting)],
        all: str = "",
    ) -> Response:
        """Rank, or move somebody up or down. The ranking that was stored is replaced."""
        host = await desk.organization(caller, org)
        round, own = await round_of(host, round_id)
        if listing_id not in own:
            raise NotFound("listing", listing_id)
        stored = await rankings.of_listing([*round.earlier, round.id], listing_id)
        ranking = stored[1] if stored else None
        rankers = await database.transact(lambda tx: rankings.applicants(round_id, [listing_id], MOST_NAMED, tx))
        known = [*rankers[listing_id], *(ranking.attendee_ids or () if ranking else ())]
        form = resolved(await read_form(request), listing_id, known)
        try:
            ranking = form.build(HostRanking, ranking_of(form, ranking))
            await database.transact(lambda tx: match_days.rank_attendees(round_id, listing_id, ranking, tx, [org]))
        except NotFound:
            raise
        except Refusal as refusal:
            return await show(host, round_id, request, listing_id, form.refused(refusal, _TEXTS), all)
        shown = f"&all={all}" if all == listing_id else ""
        return see_other(f"{host.path}/match-days/{round_id}?done=ranked{shown}#listing-{own.index(listing_id)}")

    @router.post("/{round_id}")
    async def limit(org: Id, round_id: RoundId, request: Request, caller: Annotated[Caller, Depends(hosting)]) -> Response:
        """Limit how many people the host takes in some of its listings together, or end such a limit."""
        host = await desk.organization(caller, org)
        round, _ = await round_of(host, round_id)
        form = await read_form(request)
        ended = form.get("end")
        others = (await rankings.limits_of([*round.earlier, round.id], org)).limits
        try:
            if ended:
                limits = HostLimits(limits=[one for one in others if ended not in one.listing_ids])
            else:
                new = form.check(LimitForm, lists=("listing_ids",))
                limits = form.build(HostLimits, {"limits": [*others, Limit(listing_ids=new.listing_ids, seats=new.most)]})
            await database.transact(lambda tx: match_days.limit(round_id, org, limits, tx, [org]))
        except Refusal as refusal:
            return await show(host, round_id, request, form=form.refused(refusal, _TEXTS))
        return see_other(f"{host.path}/match-days/{round_id}?done={'limit-ended' if ended else 'limited'}")

    async def show(
        host: Organization,
        id: str,
        request: Request,
        changed: str = "",
        form: Form | None = None,
        all: str = "",
    ) -> Response:
        round, own = await round_of(host, id)
        if round.state == "cancelled":
            return desk.show("match_day_cancelled", request, host, round=round, form=form)

        forms = {changed: form} if form else {}

        async def read(tx: Tx) -> list[Board]:
            if round.state == "published":
                return await results(host, round, own, tx)
            return await ranked(host, round, own, forms, all, tx)

        boards = await database.transact(read)
        limits = (await rankings.limits_of([*round.earlier, round.id], host.id)).limits
        limited = {one for limit in limits for one in limit.listing_ids}
        return desk.show(
            "match_day",
            request,
            host,
            round=round,
            boards=boards,
            all=all,
            limits=limits,
            unlimited=[one for one in own if one not in limited],
            disciplines=get_args(Discipline),
            label=STATES[round.state],
            form=form if form is None or not changed else Form({}, form.faults, form.status),
        )

    async def results(host: Organization, round: Round, own: Sequence[str], tx: Tx) -> list[Board]:
        """The listings with their results."""
        sent = await rankings.of_listings([*round.earlier, round.id], own, tx)
        found = await entries.listings(round.id, own)
        placed = {id: found[id].placed[:MOST_NAMED] if id in found else () for id in own}
        names = await people.names((id, one) for id, ids in placed.items() for one in ids)
        return [
            Board(
                id,
                host.listings[id].title,
                sent[id][1] if id in sent else None,
                entry=found.get(id),
                placed=[(round_placement_id(round.id, one), names.get((id, one), "")) for one in placed[id]],
            )
            for id in own
        ]

    async def ranked(
        host: Organization, round: Round, own: Sequence[str], forms: Mapping[str, Form], all: str, tx: Tx
    ) -> list[Board]:
        """The listings with whom the host ranks, or may rank. All are read together: a host may have many."""
        sent = await rankings.of_listings([*round.earlier, round.id], own, tx)
        ranks = {id: moved(forms.get(id), sent[id][1] if id in sent else None) for id in own}
        chosen = {id: list(chain.from_iterable(ranks[id])) for id in own}
        shown = {id: chosen[id][:MOST_NAMED] for id in own}
        live = await applications.live_by_listing(host.id, own, MOST_NAMED)
        applied = {id: {one.attendee_id: one for one in found} for id, found in live.items()}
        rankers = await rankings.applicants(round.id, own, MOST_NAMED, tx)
        others = {id: set(rankers[id]).difference(chosen[id], applied[id]) for id in own}
        asked = [
            Nameless(
                host.listings[id],
                [one for one in shown[id] if one not in applied[id]],
                others[id],
                MOST_NAMED if id == all else MOST_OFFERED,
            )
            for id in own
        ]
        unnamed = await unnamed_people.of(host.id, asked, tx)
        # Some applied before, and are known by name from then.
        names = await people.names((id, one) for id in own for one in {*shown[id], *unnamed[id].people}.difference(applied[id]))
        boards = []
        for id in own:
            offered = [one for one in (*applied[id], *unnamed[id].people) if one not in set(chosen[id])]
            has_ranked = {*rankers[id]}
            if len(has_ranked) >= MOST_NAMED:  # these may not be all
                has_ranked |= await rankings.applied(round.id, id, [*shown[id], *offered], tx)
            everybody = _Everybody(
                id, applied[id], names, unnamed[id].people, has_ranked, {one for rank in ranks[id] for one in rank[1:]}
            )
            boards.append(
                Board(
                    id,
                    host.listings[id].title,
                    sent[id][1] if id in sent else None,
                    [everybody.described(one) for one in shown[id]],
                    len(chosen[id]) - len(shown[id]),
                    [everybody.described(one) for one in offered],
                    unnamed[id].more,
                    len(others[id].difference(offered)) - unnamed[id].more,
                    form=forms.get(id, Form()),
                )
            )
        return boards

    return router


@dataclass(frozen=True, slots=True)
class _Everybody:
    """What is known about the attendees whom a host ranks, or may rank, for a listing."""

    listing_id: str
    applied: Mapping[str, Application]
    names: Mapping[tuple[str, str], str]
    unnamed: Mapping[str, UnnamedPerson]
    has_ranked: Collection[str]
    tied: Collection[str]

    def described(self, id: str) -> RankedAttendee:
        application = self.applied.get(id)
        letter = application and application.letter
        name = letter.name if letter else self.names.get((self.listing_id, id), "")
        return RankedAttendee(
            id if application or name else candidate_id(self.listing_id, id),
            name,
            application.id if application else "",
            id in self.has_ranked,
            id in self.tied,
            self.unnamed.get(id),
        )
