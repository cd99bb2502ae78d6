"""Matches as pages show them, and which of them are new to the attendee.

A cookie has digests of the matches that the attendee has seen, each with the day it was first seen, so reading a page stores
nothing on our side.
"""

from collections.abc import Collection, Mapping, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from matching.attendee_pages.reading import Attendee, Voice, attendee_of, conditions_of
from matching.catalogue.repository import CatalogueRepository
from matching.model.listings import Listing
from matching.recommendations.hiding.domain import HiddenListing
from matching.recommendations.hiding.repository import HiddenListingsRepository
from matching.recommendations.repository import CandidatesRepository
from matching.roles.repository import RolesRepository
from shared.contract.events.matching import Match
from shared.database.mongo import Tx
from shared.wording.reason_texts import MOST_SENTENCES

_MOST_SEEN: Final = 60


class MatchCard(NamedTuple):
    """A match as a page shows it."""

    listing_id: str
    title: str
    organization: str
    score: float
    reasons: list[str]
    conditions: list[str]
    new: bool


class MatchReader:
    """Reads what pages say of matches, each in the transaction given."""

    def __init__(
        self,
        candidates: CandidatesRepository,
        catalogue: CatalogueRepository,
        hidden: HiddenListingsRepository,
        roles: RolesRepository,
    ) -> None:
        self._candidates = candidates
        self._catalogue = catalogue
        self._hidden = hidden
        self._roles = roles

    async def attendee(self, ids: tuple[str, ...], tx: Tx) -> Attendee:
        return await attendee_of(ids, self._candidates, tx)

    async def hidden(self, attendee: Attendee, tx: Tx) -> list[HiddenListing]:
        """What they have hidden, the last one first."""
        found = [one for its in (await self._hidden.of(attendee.ids, tx)).values() for one in its.listings]
        return sorted(found, key=lambda one: one.at, reverse=True)

    async def reasons(
        self, matches: Collection[Match], listings: Mapping[str, Listing], voice: Voice, tx: Tx, most: int = MOST_SENTENCES
    ) -> dict[str, list[str]]:
        """Why each of these matches was made, in words, by its listing. A mentor who looks after nobody new is no reason."""
        hosts = {listings[one.listing_id].organization_id for one in matches if one.listing_id in listings}
        known = await self._roles.get_many("organization", hosts, tx) if hosts else {}
        away = {id for holders in known.values() for id in holders.mentors_away(tx.now.date())}
        there = {one.listing_id: [it for it in one.reasons if it.person_id not in away] for one in matches}
        return {
            one.listing_id: voice.words.reasons(one.model_copy(update={"reasons": there[one.listing_id]}), most=most)
            for one in matches
        }

    async def cards(self, attendee: Attendee, voice: Voice, tx: Tx, seen: str = "", most: int | None = None) -> list[MatchCard]:
        """The best matches that are not hidden; ``seen`` is the cookie that says which are not new."""
        left_out = {one.listing_id for one in await self.hidden(attendee, tx)}
        matches = attendee.candidate.matches if attendee.candidate else []
        # The list is made again in a moment: until then, what was just hidden is still in it.
        matches = [match for match in matches if match.listing_id not in left_out][:most]
        listings = await self._catalogue.listings([match.listing_id for match in matches], tx)
        reasons = await self.reasons(matches, listings, voice, tx)
        known = _known(seen)
        today = voice.reader.now.toordinal()
        return [
            MatchCard(
                match.listing_id,
                match.title,
                match.organization,
                match.score,
                reasons[match.listing_id],
                voice.brief(conditions_of(listings[match.listing_id])) if match.listing_id in listings else [],
                bool(seen) and known.get(_digest(attendee, match.listing_id), today) >= today,
            )
            for match in matches
        ]


def with_seen(seen: str, attendee: Attendee, cards: Sequence[MatchCard], today: int) -> str:
    """The cookie once these were seen. On the first visit nothing counts as new, because everything would."""
    known = _known(seen)
    for card in cards:
        known.setdefault(_digest(attendee, card.listing_id), today if seen else 0)
    return ".".join(f"{digest}-{day}" for digest, day in list(known.items())[-_MOST_SEEN:]) or "none"


def _digest(attendee: Attendee, listing_id: str) -> str:
    return sha256(f"{attendee.id}\n{listing_id}".encode()).hexdigest()[:10]


def _known(seen: str) -> dict[str, int]:
    """Digests of the matches seen, with the day on which each was first."""
    known = {}
    for one in seen.split(".")[:_MOST_SEEN]:
        digest, _, day = one.partition("-")
        if len(digest) == 10 and day.isascii() and day.isdecimal() and len(day) < 8:
            known[digest] = int(day)
    return known
