"""Arrays that grow at their end."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

SLACK = 1.25
"""How much more room there is made than is needed: memory that is not written to is not taken."""


class GrowableArray:
    """Rows of one type that are appended: amortised, a row costs the same however many there are.

    ``rows`` is the array of those that are there; it is good until the next append.
    """

    def __init__(self, dtype: type[np.generic], *shape: int) -> None:
        self._room: NDArray[Any] = np.empty((0, *shape), dtype)
        self.rows = self._room

    def __len__(self) -> int:
        return len(self.rows)

    def append(self, rows: Any) -> None:
        """Add rows at the end."""
        more = np.asarray(rows, self._room.dtype).reshape(-1, *self._room.shape[1:])
        old, new = len(self.rows), len(self.rows) + len(more)
        if new > len(self._room):
            room = np.empty((int(new * SLACK) + 8, *self._room.shape[1:]), self._room.dtype)
            room[:old] = self.rows
            self._room = room
        self._room[old:new] = more
        self.rows = self._room[:new]

    def keep(self, places: NDArray[Any]) -> None:
        """Only the rows at these places, in this order."""
        self._room = self.rows = self.rows[places]

    def copy(self) -> "GrowableArray":
        """The same rows, on their own: what is appended to one, or kept of it, does not change the other."""
        copy = GrowableArray(self.rows.dtype.type)
        copy._room = copy.rows = self.rows  # without slack, so that the next append takes room of its own
        return copy


class RaggedArray:
    """Rows of different lengths, one after the other, in one or more columns: row i is ``column[starts[i]:starts[i + 1]]``."""

    def __init__(self, *dtypes: type[np.generic]) -> None:
        self._starts = GrowableArray(np.int64)
        self._starts.append([0])
        self._columns = [GrowableArray(dtype) for dtype in dtypes]

    @property
    def starts(self) -> NDArray[np.int64]:
        """(rows + 1,)"""
        return self._starts.rows

    @property
    def owners(self) -> NDArray[np.int32]:
        """(all values,): the row of each."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))

    @property
    def columns(self) -> list[NDArray[Any]]:
        """Each (all values,)"""
        return [column.rows for column in self._columns]

    def row(self, place: int) -> list[NDArray[Any]]:
        """One row of each column."""
        begin, end = self.starts[place], self.starts[place + 1]
        return [column.rows[begin:end] for column in self._columns]

    def append(self, *columns: Sequence[Sequence[Any]]) -> None:
        """Add rows at the end: for each column, what each of the rows has in it."""
        lengths = np.fromiter(map(len, columns[0]), np.int64)
        for column, rows in zip(self._columns, columns, strict=True):
            column.append(list(chain.from_iterable(rows)))
        self._starts.append(self.starts[-1] + np.cumsum(lengths))

    def keep(self, rows: NDArray[Any]) -> None:
        """Only these rows, in this order."""
        lengths = np.diff(self.starts)[rows]
        begin = np.cumsum(lengths) - lengths
        places = np.repeat(self.starts[rows] - begin, lengths) + np.arange(lengths.sum())
        for column in self._columns:
            column.keep(places)
        self._starts = GrowableArray(np.int64)
        self._starts.append(np.append(begin, lengths.sum()))

    def copy(self) -> "RaggedArray":
        """The same rows, on their own."""
        copy = RaggedArray()
        copy._starts, copy._columns = self._starts.copy(), [column.copy() for column in self._columns]
        return copy
