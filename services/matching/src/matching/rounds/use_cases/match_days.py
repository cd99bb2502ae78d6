"""Operations of operators, attendees and hosts on match-day rounds."""

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import Final

from matching.catalogue.repository import CatalogueRepository
from matching.model.listings import Listing
from matching.recommendations.repository import CandidatesRepository
from matching.rounds.domain import rounds as domain
from matching.rounds.domain.requests import MAX_CLEAN_UPS, CleanUp, HostLimits, HostRanking, RoundSettings
from matching.rounds.domain.rounds import MAX_ATTENDEES, Round
from matching.rounds.repository.entries import Entries
from matching.rounds.repository.rankings import Rankings, StoredRanking
from matching.rounds.repository.rounds import Rounds
from matching.seats.use_cases import SeatAllocator
from shared.contract.events.matching import RankingChanged
from shared.contract.topics import RANKINGS, ROUNDS
from shared.database.mongo import Tx
from shared.refusals import Conflict, Invalid, NotFound
from shared.worded import Worded

CLEAN_UP_HOURS: Final = 48
"""How long a clean-up round is open if its first round has none planned. Its ``closes_at`` may change."""

Ids = Collection[str] | None
"""The ids for which the caller may act; None: all."""


def outcome_key(round_id: str, attendee_id: str) -> str:
    """The key of an attendee's ranking and outcome."""
    return f"{round_id}:{attendee_id}"


async def save_and_publish(round: Round, rounds: Rounds, tx: Tx) -> Round:
    """Store a round that this transaction holds, with its next version, and publish it."""
    round, event = domain.announce(round)
    await rounds.save(round, tx)
    tx.publish(ROUNDS, round.id, event, version=round.version)
    return round


def publish_ranking(round_id: str, ranking: StoredRanking, tx: Tx, *, republished: bool = False) -> None:
    """Publish how many listings the attendee ranked, but not which ones."""
    event = RankingChanged(
        round_id=round_id, attendee_id=ranking.attendee_id, version=ranking.version, listings=len(ranking.listing_ids)
    )
    key = outcome_key(round_id, ranking.attendee_id)
    tx.publish(RANKINGS, key, event, version=ranking.version, republished=republished)


class MatchDays:
    """The operations on rounds and rankings, each in the transaction given.

    They raise ``Conflict``, ``Invalid`` or ``NotFound``. ``conferences`` and ``hosts`` are the conferences and organizations for
    which the caller may act; None: all. For the caller, rounds of other conferences and listings of other organizations do not
    exist.
    """

    def __init__(
        self,
        rounds: Rounds,
        rankings: Rankings,
        entries: Entries,
        candidates: CandidatesRepository,
        catalogue: CatalogueRepository,
        seats: SeatAllocator,
        draw: Callable[[], str],
    ) -> None:
        self._rounds = rounds
        self._rankings = rankings
        self._entries = entries
        self._candidates = candidates
        self._catalogue = catalogue
        self._seats = seats
        self._draw = draw

    # Operators

    async def put(self, id: str, settings: RoundSettings, tx: Tx, conferences: Ids = None) -> tuple[Round, bool]:
        """Create a draft with these settings, or change the round. Returns the round, and whether it is new."""
        known = await self._rounds.get_for_update(id, tx)
        if known and not _is_among(known.conference_id, conferences):
            raise NotFound("round", id)
        if known is None and "~" in id:
            raise Conflict(Worded("ids with ~ are for clean-up rounds, which the previous round creates; choose an id without ~"))
        round = domain.revise(known, settings, tx.now) if known else domain.draft(id, settings, self._draw())
        if round == known:
            return round, False
        if known is None or (round.listing_ids, round.conference_id) != (known.listing_ids, known.conference_id):
            listings = await self._catalogue.listings(round.listing_ids, tx)
            conference = None if conferences is None else round.conference_id
            _check_listings(round.listing_ids, {id: one for id, one in listings.items() if _takes_part(one, conference)})
            if elsewhere := await self._rounds.take_listings(round.listing_ids, id, tx):
                listing_id, other = min(elsewhere.items())
                # The other round may belong to another conference.
                where = Worded("round %(id)s", id=repr(other)) if conferences is None else Worded("another round")
                more = Worded(", as are %(count)s more", count=len(elsewhere) - 1) if len(elsewhere) > 1 else ""
                raise Conflict(
                    Worded(
                        "listing %(listing_id)s is in %(where)s, which is not finished%(more)s; leave it out, or wait until "
                        "that round is published or cancelled",
                        listing_id=repr(listing_id),
                        where=where,
                        more=more,
                    )
                )
        if known is None:
            await self._rounds.add(round, tx)
        return await save_and_publish(round, self._rounds, tx), known is None

    async def open(self, id: str, tx: Tx, conferences: Ids = None) -> Round:
        """Let attendees and hosts rank."""
        return await self._change(id, lambda known: domain.open_rankings(known, tx.now), tx, conferences)

    async def lock(self, id: str, tx: Tx, conferences: Ids = None) -> Round:
        """Accept no more rankings; the worker freezes and matches the round."""
        return await self._change(id, domain.lock, tx, conferences)

    async def publish(self, id: str, tx: Tx, conferences: Ids = None) -> Round:
        """Begin to publish; the worker does the rest."""
        return await self._change(id, domain.publish, tx, conferences)

    async def cancel(self, id: str, tx: Tx, conferences: Ids = None) -> Round:
        """End the round without a result, and release its listings with the seats that it holds."""
        cancelled = await self._change(id, domain.cancel, tx, conferences)
        await self._rounds.free_listings(id, tx)
        await self._seats.release(id, tx)
        return cancelled

    async def clean_up(self, id: str, tx: Tx, conferences: Ids = None) -> Round:
        """Open a clean-up round for the seats that a published round left, to all who have none. Returns the new round."""
        round = await self._for_update(id, tx, conferences)
        if not domain.is_cleanable(round):
            refusal = Worded(
                "the round is %(state)s; a clean-up round follows a published one, at most %(most)s times",
                state=domain.WORDS[round.state],
                most=MAX_CLEAN_UPS,
            )
            raise Conflict(refusal)
        if await self._rounds.get_for_update(round.following, tx):
            raise Conflict(Worded("round %(id)s already follows this round", id=repr(round.following)))
        first = await self._for_update(round.root, tx)
        hours = first.clean_up.hours if first.clean_up else CLEAN_UP_HOURS
        seats = await self._seats.get_many(await self._entries.free(id, tx), tx)
        left = {listing_id for listing_id, its in seats.items() if its.free > 0}
        elsewhere = await self._rounds.take_listings(left, round.following, tx)
        if elsewhere:  # then none are taken
            left -= elsewhere.keys()
            await self._rounds.take_listings(left, round.following, tx)
        following = domain.clean_up(round, sorted(left), CleanUp(rounds=round.number + 1, hours=hours), tx.now)
        if following is None:
            raise Conflict(Worded("the round has no seats left"))
        await self._rounds.add(following, tx)
        return await save_and_publish(following, self._rounds, tx)

    async def lock_if_due(self, id: str, tx: Tx) -> None:
        """Lock the round if its time is up."""
        round = await self._for_update(id, tx)
        if round.state == "open" and round.closes_at and round.closes_at <= tx.now:
            await save_and_publish(domain.lock(round), self._rounds, tx)

    # Attendees and hosts

    async def rank_listings(self, id: str, attendee_id: str, listing_ids: list[str], tx: Tx) -> None:
        """Store the attendee's ranking. It replaces an earlier one."""
        round = await self._open_for_update(id, tx)
        person = (await self._candidates.get_many([attendee_id], tx)).get(attendee_id)
        if person is None or person.empty:
            raise NotFound("attendee", attendee_id, which="who may be matched")
        if round.clean_up_of:
            await self._check_without_seat(round, attendee_id)
        if foreign := sorted(set(listing_ids) - set(round.listing_ids)):
            raise Invalid(
                "listing_ids",
                Worded("not in this round: %(foreign)s; leave them out, or correct their ids", foreign=", ".join(foreign[:5])),
            )
        _check_listings(listing_ids, await self._catalogue.listings(listing_ids, tx))
        before = await self._rankings.of_attendee(id, attendee_id, tx)
        if listing_ids == before.listing_ids:
            return
        if not before.listing_ids:
            if round.attendees >= MAX_ATTENDEES:
                raise Conflict(
                    Worded("%(most)s attendees have ranked, which is the most that a round takes", most=f"{MAX_ATTENDEES:,}")
                )
            await self._rounds.save(replace(round, attendees=round.attendees + 1), tx)
        await self._save_ranking(id, before, listing_ids, tx)

    async def withdraw_ranking(self, id: str, attendee_id: str, tx: Tx) -> None:
        """Withdraw the attendee's ranking."""
        round = await self._open_for_update(id, tx)
        before = await self._rankings.of_attendee(id, attendee_id, tx)
        if not before.listing_ids:
            raise NotFound("ranking of attendee", attendee_id, which=f"in round {id!r}")
        await self._rounds.save(replace(round, attendees=round.attendees - 1), tx)
        await self._save_ranking(id, before, [], tx)

    async def _save_ranking(self, id: str, before: StoredRanking, listing_ids: list[str], tx: Tx) -> None:
        ranking = replace(before, listing_ids=listing_ids, version=before.version + 1)
        await self._rankings.save(id, ranking, tx)
        publish_ranking(id, ranking, tx)

    async def rank_attendees(self, id: str, listing_id: str, ranking: HostRanking, tx: Tx, hosts: Ids = None) -> list[str]:
        """Store the host's ranking for the listing. Returns the ranked attendees who have not ranked the listing yet."""
        wanted = {listing_id, ranking.reverts_to or listing_id}
        known = await self._catalogue.listings(wanted, tx)
        listings = {id: one for id, one in known.items() if _is_among(one.organization_id, hosts)}
        if hosts is not None and listing_id not in listings:
            raise NotFound("listing", listing_id)
        round = await self._for_update(id, tx)
        if listing_id not in round.listing_ids:
            raise NotFound("listing", listing_id, which=f"in round {id!r}")
        domain.check_open(round, tx.now)
        own = listings[listing_id]
        if not own.open:
            raise Conflict(
                Worded(
                    "listing %(listing_id)s is withdrawn; publish it again first, or do not rank for it",
                    listing_id=repr(listing_id),
                )
            )
        if ranking.seats is not None and ranking.seats > own.seats:
            raise Invalid("seats", Worded("must be at most %(seats)s, the seats of the listing", seats=own.seats))
        if ranking.reserves:
            await self._check_reserves(round, ranking, own, tx)
        if ranking.reverts_to is not None:
            await self._check_reversion(round, listing_id, ranking.reverts_to, listings, tx)
        await self._rankings.put_host(id, listing_id, ranking, tx)
        if not ranking.attendee_ids:
            return []
        applied = await self._rankings.applied(id, listing_id, ranking.attendee_ids, tx)
        return [attendee_id for attendee_id in ranking.attendee_ids if attendee_id not in applied]

    async def limit(self, id: str, organization_id: str, limits: HostLimits, tx: Tx, hosts: Ids = None) -> None:
        """Store the limits of the organization's listings. They replace earlier ones."""
        if not _is_among(organization_id, hosts):
            raise NotFound("organization", organization_id)
        round = await self._open_for_update(id, tx)
        ids = {listing_id for limit in limits.limits for listing_id in limit.listing_ids}
        listings = await self._catalogue.listings(ids, tx)
        in_round = set(round.listing_ids)
        own = {one.id for one in listings.values() if one.organization_id == organization_id and one.id in in_round}
        if foreign := sorted(ids - own):
            shown = ", ".join(foreign[:5])
            raise Invalid(
                "limits", Worded("not listings of the organization in this round: %(foreign)s; leave them out", foreign=shown)
            )
        if reserving := await self._rankings.reserving([*round.earlier, id], ids, tx):
            told = Worded("have minimums for disciplines: %(listings)s; leave these out", listings=", ".join(reserving[:5]))
            raise Invalid("limits", told)
        await self._rankings.put_limits(id, organization_id, limits, tx)

    async def _check_reserves(self, round: Round, ranking: HostRanking, listing: Listing, tx: Tx) -> None:
        seats = listing.seats if ranking.seats is None else ranking.seats
        if sum(ranking.reserves.values()) > seats:
            raise Invalid("reserves", Worded("must be at most %(seats)s together, as many as there are seats", seats=seats))
        limits = await self._rankings.limits_of([*round.earlier, round.id], listing.organization_id, tx)
        if any(ranking.reserves.values()) and any(listing.id in limit.listing_ids for limit in limits.limits):
            raise Invalid("reserves", Worded("are not possible for a listing under a limit; end the limit first"))

    async def _check_reversion(self, round: Round, id: str, to: str, listings: dict[str, Listing], tx: Tx) -> None:
        field = "reverts_to"
        if to == id:
            raise Invalid(field, Worded("is the listing itself; name another one, or none"))
        if to not in round.listing_ids or to not in listings:
            raise Invalid(field, Worded("listing %(to)s is not in this round; name one that is, or none", to=repr(to)))
        if not listings[to].open:
            raise Invalid(field, Worded("listing %(to)s is withdrawn; name another one, or none", to=repr(to)))
        if listings[to].organization_id != listings[id].organization_id:
            raise Invalid(
                field, Worded("listing %(to)s belongs to another organization; name one of your own, or none", to=repr(to))
            )
        rounds = [*round.earlier, round.id]
        onward = await self._rankings.of_listing(rounds, to, tx)
        if onward and onward[1].reverts_to:
            raise Invalid(
                field,
                Worded(
                    "listing %(to)s gives its own unfilled seats to %(reverts_to)s; name that one, or none",
                    to=repr(to),
                    reverts_to=repr(onward[1].reverts_to),
                ),
            )
        if sources := await self._rankings.reverting_to(rounds, id, tx):
            raise Invalid(
                field,
                Worded(
                    "this listing receives the unfilled seats of %(sources)s, so it must keep its own; leave this out",
                    sources=repr(sources[0]),
                ),
            )

    async def _check_without_seat(self, round: Round, attendee_id: str) -> None:
        # Outcomes of published rounds do not change, except by an erasure.
        before = await self._entries.of_attendee(round.earlier, attendee_id)
        seat = next((outcome.listing_id for _, _, outcome in before if outcome and outcome.listing_id), None)
        if seat is not None:
            raise Conflict(
                Worded("the attendee has a seat in listing %(seat)s; this round is for attendees without a seat", seat=repr(seat))
            )

    # Helpers

    async def _for_update(self, id: str, tx: Tx, conferences: Ids = None) -> Round:
        round = await self._rounds.get_for_update(id, tx)
        if round is None or not _is_among(round.conference_id, conferences):
            raise NotFound("round", id)
        return round

    async def _open_for_update(self, id: str, tx: Tx) -> Round:
        round = await self._for_update(id, tx)
        domain.check_open(round, tx.now)
        return round

    async def _change(self, id: str, decide: Callable[[Round], Round], tx: Tx, conferences: Ids) -> Round:
        known = await self._for_update(id, tx, conferences)
        round = decide(known)
        if (round.state, round.version) == (known.state, known.version):
            if round != known:  # pending work for the worker, but nothing to announce
                await self._rounds.save(round, tx)
            return round
        return await save_and_publish(round, self._rounds, tx)


def _check_listings(ids: Collection[str], listings: dict[str, Listing]) -> None:
    for what, wrong in (
        (Worded("unknown"), [id for id in ids if id not in listings]),
        (Worded("withdrawn"), [id for id in ids if id in listings and not listings[id].open]),
    ):
        if wrong:
            shown = ", ".join(wrong[:5])
            if len(wrong) > 5:
                shown = Worded("%(ids)s and %(count)s more", ids=shown, count=len(wrong) - 5)
            text = Worded("%(what)s: %(wrong)s; leave these out", what=what, wrong=shown)
            raise Invalid("listing_ids", text)


def _is_among(id: str | None, ids: Ids) -> bool:
    return ids is None or id in ids


def _takes_part(listing: Listing, conference: str | None) -> bool:
    """Whether the listing's host takes part in the conference or names none. ``conference`` None: any."""
    return conference is None or not listing.conference_ids or conference in listing.conference_ids
