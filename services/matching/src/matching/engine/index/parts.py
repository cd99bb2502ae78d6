"""What listings say, in numbers: all that goes into the arrays, whatever the market."""

from bisect import bisect_left
from collections.abc import Iterable

import numpy as np

from matching.engine.index.arrays import Longs
from matching.engine.index.growable import GrowableArray, RaggedArray
from matching.engine.index.names import DISCIPLINES, NEVER, Names, hashes, microseconds, ordinal
from matching.engine.score import KINDS
from matching.model.listings import Listing

CONDITIONS, DEADLINE, BELONGS, CROSSING, SEATS = slice(0, 6), 6, 7, 8, 9
"""The columns of the facts; ``BELONGS`` holds a bit for each discipline."""

PAST, DISTANT = 0, NEVER << 32
"""The deadlines, in microseconds since 1970, of what nobody can have, and of what has none."""


class Parts:
    """All open listings, in the order of their ids. Never changed."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._facts = GrowableArray(np.int64, 10)
        self.requested_terms = RaggedArray(np.int32, np.float64, np.float64, np.int8)
        """Terms, weights, what suffices, numbers of the kinds; in the order of the terms' keys"""
        self.mentors = RaggedArray(np.int64)
        """Hashes, as those of the conferences"""
        self.conferences = RaggedArray(np.int64)

    @property
    def facts(self) -> Longs:
        """(n, 10)"""
        return self._facts.rows

    def changed(self, listings: Iterable[Listing], names: Names) -> "Parts":
        """The parts where these listings are as they are now; those that stay are not looked at."""
        latest = {listing.id: listing for listing in listings}
        new = [listing for listing in latest.values() if listing.open]
        ids, rows = self.ids.copy(), list(range(len(self.ids)))
        for id in latest:
            place = bisect_left(ids, id)
            if ids[place : place + 1] == [id]:
                del ids[place], rows[place]
        for row, listing in enumerate(new, len(self.ids)):
            place = bisect_left(ids, listing.id)
            ids.insert(place, listing.id)
            rows.insert(place, row)

        parts = Parts()
        parts.ids = ids
        parts._facts, parts.requested_terms = self._facts.copy(), self.requested_terms.copy()
        parts.mentors, parts.conferences = self.mentors.copy(), self.conferences.copy()
        rows_of_terms = [_requested_terms(listing, names) for listing in new]
        parts._facts.append([_facts(listing, names) for listing in new])
        parts.requested_terms.append(*([[term[column] for term in terms] for terms in rows_of_terms] for column in range(4)))
        parts.mentors.append([hashes(sorted(set(listing.mentor_ids))) for listing in new])
        parts.conferences.append([hashes(sorted(set(listing.conference_ids))) for listing in new])
        for part in (parts._facts, parts.requested_terms, parts.mentors, parts.conferences):
            part.keep(np.array(rows, np.int64))
        return parts


def _requested_terms(listing: Listing, names: Names) -> list[tuple[int, float, float, int]]:
    requested = sorted(listing.requested_terms.items())
    return [(names.term(key), term.weight, term.suffices, KINDS.index(term.kind)) for key, term in requested]


def _facts(listing: Listing, names: Names) -> tuple[int, ...]:
    conditions, deadline = listing.conditions, DISTANT if listing.deadline is None else microseconds(listing.deadline)
    return (
        ordinal(conditions.starts or conditions.ends, NEVER),
        ordinal(conditions.ends or conditions.starts, 0),
        conditions.hours_per_week or 0,
        names.country(conditions.country),
        conditions.remote,
        conditions.work_permission,
        deadline if listing.approved and listing.seats > 0 else PAST,
        sum(1 << DISCIPLINES[discipline] for discipline in set(listing.disciplines)),
        listing.crossing,
        listing.seats,
    )
