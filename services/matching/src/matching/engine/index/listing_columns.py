"""Open listings as columns of numbers, without values that depend on other listings or on candidates."""

from bisect import bisect_left
from collections.abc import Iterable

import numpy as np

from matching.engine.index.arrays import Longs
from matching.engine.index.growable import GrowableArray, RaggedArray
from matching.engine.index.numbering import DISCIPLINES, NEVER, Numbering, hashes, microseconds, ordinal
from matching.engine.score import KINDS
from matching.model.commitments import commitment_of
from matching.model.listings import Listing

CONDITIONS, DEADLINE, DISCIPLINE_BITS, CROSSING, SEATS, BEGINS, FINISHES = slice(0, 6), 6, 7, 8, 9, 10, 11
"""The columns of ``facts``. ``DISCIPLINE_BITS`` has one bit for each discipline. ``BEGINS`` and ``FINISHES`` are the days of the
listing's ``Commitment``, where an unknown day is open-ended."""

UNAVAILABLE, NO_DEADLINE = 0, NEVER << 32
"""Deadlines, in microseconds since 1970: of a listing that is not available, and of one without a deadline."""


class ListingColumns:
    """All open listings, in the order of their ids. Immutable."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._facts = GrowableArray(np.int64, 12)
        self.requested_terms = RaggedArray(np.int32, np.float64, np.float64, np.int8)
        """Columns: terms, weights, sufficient masteries, kinds; each row in the order of the terms' keys."""
        self.words = RaggedArray(np.int32, np.float64)
        """Columns: words, and their weights; each row in the order of the stems."""
        self.mentors = RaggedArray(np.int64)
        """Hashes of the mentors' ids; ``conferences`` has hashes, too."""
        self.conferences = RaggedArray(np.int64)

    @property
    def facts(self) -> Longs:
        """The facts of all listings, of shape (n, 12)."""
        return self._facts.rows

    def changed(self, listings: Iterable[Listing], numbering: Numbering) -> "ListingColumns":
        """New columns in which these listings are up to date. Unchanged listings are not read again."""
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

        columns = ListingColumns()
        columns.ids = ids
        columns._facts, columns.requested_terms = self._facts.copy(), self.requested_terms.copy()
        columns.words, columns.mentors, columns.conferences = self.words.copy(), self.mentors.copy(), self.conferences.copy()
        rows_of_terms = [_requested_terms(listing, numbering) for listing in new]
        columns._facts.append([_facts(listing, numbering) for listing in new])
        columns.requested_terms.append(*([[term[number] for term in terms] for terms in rows_of_terms] for number in range(4)))
        words = [sorted(listing.words.items()) for listing in new]
        columns.words.append(
            [[numbering.word(stem) for stem, _ in row] for row in words], [[word.weight for _, word in row] for row in words]
        )
        columns.mentors.append([hashes(sorted(set(listing.mentor_ids))) for listing in new])
        columns.conferences.append([hashes(sorted(set(listing.conference_ids))) for listing in new])
        for column in (columns._facts, columns.requested_terms, columns.words, columns.mentors, columns.conferences):
            column.keep(np.array(rows, np.int64))
        return columns


def _requested_terms(listing: Listing, numbering: Numbering) -> list[tuple[int, float, float, int]]:
    requested = sorted(listing.requested_terms.items())
    return [(numbering.term(key), term.weight, term.suffices, KINDS.index(term.kind)) for key, term in requested]


def _facts(listing: Listing, numbering: Numbering) -> tuple[int, ...]:
    conditions, commitment = listing.conditions, commitment_of(listing.conditions)
    deadline = NO_DEADLINE if listing.deadline is None else microseconds(listing.deadline)
    return (
        ordinal(conditions.starts or conditions.ends, NEVER),
        ordinal(conditions.ends or conditions.starts, 0),
        conditions.hours_per_week or 0,
        numbering.country(conditions.country),
        conditions.remote,
        conditions.work_permission,
        deadline if listing.recruits and listing.seats > 0 else UNAVAILABLE,
        sum(1 << DISCIPLINES[discipline] for discipline in set(listing.disciplines)),
        listing.crossing,
        listing.seats,
        commitment.first.toordinal(),
        commitment.last.toordinal(),
    )
