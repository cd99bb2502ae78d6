"""The candidates of one shard with their lists, as arrays."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from matching.engine.index.arrays import (
    DISCIPLINE,
    CandidateArrays,
    CandidateRow,
    Encounters,
    Flags,
    Floats,
    Ints,
    KernelWeights,
    ListingArrays,
    Longs,
    Postings,
)
from matching.engine.index.growable import GrowableArray, RaggedArray
from matching.engine.index.lookups import group_by_term
from matching.engine.index.numbering import NEVER
from matching.engine.index.top_k import entered

MIN_REORDER = 1024
"""How many rows may be new, or removed, before a reorder is worth its cost."""


class CandidateList(NamedTuple):
    """A candidate's list: the numbers of its listings, -1 where it has no more, and the score that a new listing must reach."""

    listings: Sequence[int]
    least: int


class Shard:
    """Rows are appended, and marked as removed. Rows that were appended since the last reorder are searched one by one.

    A reorder drops removed rows and indexes new ones. It is done when an eighth of the rows is new or half of them are removed,
    so a row costs constant time, amortised.
    """

    def __init__(self, k: int) -> None:
        self._rows: dict[str, int] = {}
        self.ids: list[str] = []
        """The candidates' ids, by row; empty for a removed row."""
        self._facts = GrowableArray(np.int32, 7)
        self._strongest = GrowableArray(np.float64)
        self._terms = RaggedArray(np.int32, np.uint16)
        self._words = RaggedArray(np.int32, np.uint16)
        self._met = RaggedArray(np.int64)
        self._conferences = RaggedArray(np.int64)
        self._lists = GrowableArray(np.int32, k)
        self._least = GrowableArray(np.int32)
        self._reorder()

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def arrays(self) -> CandidateArrays:
        """All rows, including removed ones."""
        terms, masteries = self._terms.columns
        words, shares = self._words.columns
        (met,), (conferences,) = self._met.columns, self._conferences.columns
        return CandidateArrays(
            self._facts.rows,
            self._strongest.rows,
            self._terms.starts,
            terms,
            masteries,
            self._words.starts,
            words,
            shares,
            self._met.starts,
            met,
            self._conferences.starts,
            conferences,
        )

    @property
    def lists(self) -> Ints:
        """(rows, k): the numbers of the listings in each list, -1 where it has no more."""
        return self._lists.rows

    @property
    def alive(self) -> Ints:
        """The rows that were not removed."""
        return np.flatnonzero(self._least.rows != NEVER).astype(np.int32)

    def put(self, candidates: Sequence[tuple[str, CandidateRow, CandidateList]]) -> None:
        """Add or replace these candidates, each named once."""
        new = []
        for id, row, best in candidates:
            place = self._rows.get(id)
            if place is not None and self._equals(place, row):
                self._lists.rows[place], self._least.rows[place] = best
            else:
                new.append((id, row, best))
        for id, _, _ in new:
            self.remove(id)
            self._rows[id] = len(self.ids)
            self.ids.append(id)
        if not new:
            return
        rows, lists = [row for _, row, _ in new], [best for _, _, best in new]
        self._facts.append([row.facts for row in rows])
        self._strongest.append([row.strongest for row in rows])
        self._terms.append([row.terms for row in rows], [row.masteries for row in rows])
        self._words.append([row.words for row in rows], [row.shares for row in rows])
        self._met.append([row.met for row in rows])
        self._conferences.append([row.conferences for row in rows])
        self._lists.append([best.listings for best in lists])
        self._least.append([best.least for best in lists])
        if len(self.ids) - self._indexed > max(MIN_REORDER, self._indexed // 8) or len(self.ids) > MIN_REORDER + 2 * len(
            self._rows
        ):
            self._reorder()

    def remove(self, id: str) -> None:
        """Remove a candidate, if it is there."""
        row = self._rows.pop(id, None)
        if row is not None:
            self.ids[row] = ""
            self._least.rows[row] = NEVER
            self._lists.rows[row] = -1

    def _equals(self, place: int, row: CandidateRow) -> bool:
        """Whether the row at this place is equal to ``row``."""
        if tuple(self._facts.rows[place]) != row.facts or self._strongest.rows[place] != row.strongest:
            return False
        here = [*self._terms.row(place), *self._words.row(place), *self._met.row(place), *self._conferences.row(place)]
        return all(
            np.array_equal(stored, new)
            for stored, new in zip(here, (row.terms, row.masteries, row.words, row.shares, row.met, row.conferences), strict=True)
        )

    def _reorder(self) -> None:
        """Drop removed rows, and index new ones."""
        alive = self.alive
        if len(alive) < len(self.ids):
            rows = (self._facts, self._strongest, self._terms, self._words, self._met, self._conferences)
            for array in (*rows, self._lists, self._least):
                array.keep(alive)
            self.ids = [id for id in self.ids if id]
            self._rows = {id: row for row, id in enumerate(self.ids)}
        self._of_terms, self._of_words = _postings(self._terms), _postings(self._words)
        by_person = np.argsort(self._met.columns[0])
        self._of_persons = Encounters(self._met.columns[0][by_person], self._met.owners[by_person])
        self._indexed = len(self.ids)

    def entered(
        self,
        listing: ListingArrays,
        terms: Ints,
        words: Ints,
        masteries: Floats,
        allowed_countries: Flags,
        weights: KernelWeights,
    ) -> tuple[Ints, Ints]:
        """The rows whose list the listing may enter, and their scores with it; see ``top_k.entered``."""
        return entered(
            listing,
            terms,
            words,
            self.arrays,
            self._of_terms,
            self._of_words,
            self._of_persons,
            self._indexed,
            masteries,
            allowed_countries,
            weights,
            self._least.rows,
        )

    def terms_with_owners(self) -> tuple[Ints, Ints]:
        """The terms of all candidates, one after the other, and the row of each."""
        owners = self._terms.owners
        kept = (self._least.rows != NEVER)[owners]
        return self._terms.columns[0][kept], owners[kept]

    def similar(self, terms: Sequence[int], discipline: int) -> Longs:
        """(rows,): how many of these terms each candidate has; without terms, 1 for those of the discipline."""
        if not terms:
            return np.asarray(self._facts.rows[:, DISCIPLINE] == discipline, np.int64)
        its, owners = self.terms_with_owners()
        counts: Longs = np.bincount(owners[np.isin(its, terms)], minlength=len(self.ids))
        return counts

    def least(self, rows: Ints) -> Ints:
        """The score that a new listing must reach, by row."""
        least: Ints = self._least.rows[rows]
        return least


def _postings(array: RaggedArray) -> Postings:
    """The rows grouped by their values in the first column, with the values of the second one."""
    values, masteries = array.columns
    starts, slots = group_by_term(values, int(values.max(initial=-1)) + 1)
    postings = Postings(starts, np.empty(len(values), np.int32), np.empty(len(values), np.uint16))
    postings.rows[slots], postings.masteries[slots] = array.owners, masteries
    return postings
