"""The candidates of one shard, as arrays."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from matching.engine.index.arrays import CandidateArrays, CandidateRow, Flags, Floats, Ints, ListingArrays, Shares
from matching.engine.index.growable import GrowableArray, RaggedArray
from matching.engine.index.kernels import entered
from matching.engine.index.lookups import by_term
from matching.engine.index.names import NEVER

FEW = 1024
"""So many rows may be new, or dead, before it is worth to put things in order."""


class Best(NamedTuple):
    """A candidate's list: the numbers of the listings, -1 where it has no more, and the score that another one has to reach."""

    listings: Sequence[int]
    least: int


class Shard:
    """Rows are only added, and die. Those that came since things were put in order are looked through one by one.

    That is done when an eighth of the rows is new, or half of them are dead: amortised, a row costs the same
    however many there are.
    """

    def __init__(self, k: int) -> None:
        self._rows: dict[str, int] = {}
        self.ids: list[str] = []
        """By row; of the dead, an empty one."""
        self._facts = GrowableArray(np.int32, 7)
        self._strongest = GrowableArray(np.float64)
        self._terms = RaggedArray(np.int32, np.uint16)
        self._met = RaggedArray(np.int64)
        self._conferences = RaggedArray(np.int64)
        self._lists = GrowableArray(np.int32, k)
        self._least = GrowableArray(np.int32)
        self._order()

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def arrays(self) -> CandidateArrays:
        """All rows, the dead ones, too."""
        terms, masteries = self._terms.columns
        (met,), (conferences,) = self._met.columns, self._conferences.columns
        return CandidateArrays(
            self._facts.rows,
            self._strongest.rows,
            self._terms.starts,
            terms,
            masteries,
            self._met.starts,
            met,
            self._conferences.starts,
            conferences,
        )

    @property
    def lists(self) -> Ints:
        """(rows, k): the numbers of the listings in each list; -1 where there is none."""
        return self._lists.rows

    @property
    def alive(self) -> Ints:
        """The rows that live."""
        return np.flatnonzero(self._least.rows != NEVER).astype(np.int32)

    def put(self, candidates: Sequence[tuple[str, CandidateRow, Best]]) -> None:
        """Add these, each once, or put them in the place of what was there."""
        new = []
        for id, row, best in candidates:
            place = self._rows.get(id)
            if place is not None and self._is(place, row):
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
        self._met.append([row.met for row in rows])
        self._conferences.append([row.conferences for row in rows])
        self._lists.append([best.listings for best in lists])
        self._least.append([best.least for best in lists])
        if len(self.ids) - self._indexed > max(FEW, self._indexed // 8) or len(self.ids) > FEW + 2 * len(self._rows):
            self._order()

    def remove(self, id: str) -> None:
        """Forget a candidate, if there is such a one."""
        row = self._rows.pop(id, None)
        if row is not None:
            self.ids[row] = ""
            self._least.rows[row] = NEVER
            self._lists.rows[row] = -1

    def _is(self, place: int, row: CandidateRow) -> bool:
        """Whether a row says this already."""
        if tuple(self._facts.rows[place]) != row.facts or self._strongest.rows[place] != row.strongest:
            return False
        here = [*self._terms.row(place), *self._met.row(place), *self._conferences.row(place)]
        return all(
            np.array_equal(one, other)
            for one, other in zip(here, (row.terms, row.masteries, row.met, row.conferences), strict=True)
        )

    def _order(self) -> None:
        """Drop what is dead, and index what is new."""
        alive = self.alive
        if len(alive) < len(self.ids):
            for part in (self._facts, self._strongest, self._terms, self._met, self._conferences, self._lists, self._least):
                part.keep(alive)
            self.ids = [id for id in self.ids if id]
            self._rows = {id: row for row, id in enumerate(self.ids)}
        terms, masteries = self._terms.columns
        self._postings, slots = by_term(terms, int(terms.max(initial=-1)) + 1)
        self._having, self._as_well = np.empty(len(terms), np.int32), np.empty(len(terms), np.uint16)
        self._having[slots], self._as_well[slots] = self._terms.owners, masteries
        self._indexed = len(self.ids)

    def entered(self, listing: ListingArrays, terms: Ints, masteries: Floats, allows: Flags, shares: Shares) -> tuple[Ints, Ints]:
        """The rows whose score with a listing reaches what their list asks for, and the scores; see ``kernels.entered``."""
        return entered(
            listing,
            terms,
            self.arrays,
            self._postings,
            self._having,
            self._as_well,
            self._indexed,
            masteries,
            allows,
            shares,
            self._least.rows,
        )

    def terms(self) -> Ints:
        """The terms of all who live, one after the other."""
        lives = (self._least.rows != NEVER)[self._terms.owners]
        terms: Ints = self._terms.columns[0][lives]
        return terms

    def least(self, rows: Ints) -> Ints:
        """The scores that these rows ask for."""
        least: Ints = self._least.rows[rows]
        return least
