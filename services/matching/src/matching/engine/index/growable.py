"""Arrays that rows can be appended to."""

from collections.abc import Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

SLACK = 1.25
"""How much more memory is allocated than needed. The system does not provide memory until it is written to."""


class GrowableArray:
    """Rows of one type. Appending a row takes constant time, amortised.

    ``rows`` is a view of all rows; it is valid until the next append.
    """

    def __init__(self, dtype: type[np.generic], *shape: int) -> None:
        self._memory: NDArray[Any] = np.empty((0, *shape), dtype)
        self.rows = self._memory

    def __len__(self) -> int:
        return len(self.rows)

    def append(self, rows: Any) -> None:
        """Add rows at the end."""
        more = np.asarray(rows, self._memory.dtype).reshape(-1, *self._memory.shape[1:])
        old, new = len(self.rows), len(self.rows) + len(more)
        if new > len(self._memory):
            memory = np.empty((int(new * SLACK) + 8, *self._memory.shape[1:]), self._memory.dtype)
            memory[:old] = self.rows
            self._memory = memory
        self._memory[old:new] = more
        self.rows = self._memory[:new]

    def keep(self, places: NDArray[Any]) -> None:
        """Keep only the rows at these places, in this order."""
        self._memory = self.rows = self.rows[places]

    def copy(self) -> "GrowableArray":
        """An independent copy. The memory is shared until either of the two changes."""
        copy = GrowableArray(self.rows.dtype.type)
        copy._memory = copy.rows = self.rows  # without slack, so that the next append allocates
        return copy


class RaggedArray:
    """Rows of different lengths in one or more columns, as in a CSR matrix: row i is ``column[starts[i]:starts[i + 1]]``."""

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
        """(all values,): the row that each value belongs to."""
        return np.repeat(np.arange(len(self.starts) - 1, dtype=np.int32), np.diff(self.starts))

    @property
    def columns(self) -> list[NDArray[Any]]:
        """The columns, each of shape (all values,)."""
        return [column.rows for column in self._columns]

    def row(self, place: int) -> list[NDArray[Any]]:
        """The values of one row, by column."""
        begin, end = self.starts[place], self.starts[place + 1]
        return [column.rows[begin:end] for column in self._columns]

    def append(self, *columns: Sequence[Sequence[Any]]) -> None:
        """Add rows at the end; each argument has one column's values, row by row."""
        lengths = np.fromiter(map(len, columns[0]), np.int64)
        for column, rows in zip(self._columns, columns, strict=True):
            column.append(list(chain.from_iterable(rows)))
        self._starts.append(self.starts[-1] + np.cumsum(lengths))

    def keep(self, rows: NDArray[Any]) -> None:
        """Keep only these rows, in this order."""
        lengths = np.diff(self.starts)[rows]
        begin = np.cumsum(lengths) - lengths
        places = np.repeat(self.starts[rows] - begin, lengths) + np.arange(lengths.sum())
        for column in self._columns:
            column.keep(places)
        self._starts = GrowableArray(np.int64)
        self._starts.append(np.append(begin, lengths.sum()))

    def copy(self) -> "RaggedArray":
        """An independent copy."""
        copy = RaggedArray()
        copy._starts, copy._columns = self._starts.copy(), [column.copy() for column in self._columns]
        return copy
