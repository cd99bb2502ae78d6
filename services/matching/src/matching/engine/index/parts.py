"""What openings say, in numbers: all that goes into the arrays, whatever the market."""

from bisect import bisect_left
from collections.abc import Iterable

import numpy as np

from matching.engine.index.arrays import Longs
from matching.engine.index.grown import Grown, Ragged
from matching.engine.index.names import DISCIPLINES, NEVER, Names, hashes, microseconds, ordinal
from matching.engine.score import KINDS
from matching.model.openings import Opening

CONDITIONS, DEADLINE, BELONGS, CROSSING, SEATS = slice(0, 6), 6, 7, 8, 9
"""The columns of the facts; ``BELONGS`` holds a bit for each discipline."""

PAST, DISTANT = 0, NEVER << 32
"""The deadlines, in microseconds since 1970, of what nobody can have, and of what has none."""


class Parts:
    """All open openings, in the order of their ids. Never changed."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._facts = Grown(np.int64, 10)
        self.asks = Ragged(np.int32, np.float64, np.float64, np.int8)
        """Terms, weights, what suffices, numbers of the kinds; in the order of the terms' keys"""
        self.mentors = Ragged(np.int64)
        """Hashes, as those of the conferences"""
        self.conferences = Ragged(np.int64)

    @property
    def facts(self) -> Longs:
        """(n, 10)"""
        return self._facts.rows

    def changed(self, openings: Iterable[Opening], names: Names) -> "Parts":
        """The parts where these openings are as they are now; those that stay are not looked at."""
        latest = {opening.id: opening for opening in openings}
        new = [opening for opening in latest.values() if opening.open]
        ids, rows = self.ids.copy(), list(range(len(self.ids)))
        for id in latest:
            place = bisect_left(ids, id)
            if ids[place : place + 1] == [id]:
                del ids[place], rows[place]
        for row, opening in enumerate(new, len(self.ids)):
            place = bisect_left(ids, opening.id)
            ids.insert(place, opening.id)
            rows.insert(place, row)

        parts = Parts()
        parts.ids = ids
        parts._facts, parts.asks = self._facts.copy(), self.asks.copy()
        parts.mentors, parts.conferences = self.mentors.copy(), self.conferences.copy()
        asked = [_asks(opening, names) for opening in new]
        parts._facts.append([_facts(opening, names) for opening in new])
        parts.asks.append(*([[ask[column] for ask in asks] for asks in asked] for column in range(4)))
        parts.mentors.append([hashes(sorted(set(opening.mentor_ids))) for opening in new])
        parts.conferences.append([hashes(sorted(set(opening.conference_ids))) for opening in new])
        for part in (parts._facts, parts.asks, parts.mentors, parts.conferences):
            part.keep(np.array(rows, np.int64))
        return parts


def _asks(opening: Opening, names: Names) -> list[tuple[int, float, float, int]]:
    asks = sorted(opening.asks.items())
    return [(names.term(key), ask.weight, ask.suffices, KINDS.index(ask.kind)) for key, ask in asks]


def _facts(opening: Opening, names: Names) -> tuple[int, ...]:
    asks, deadline = opening.conditions, DISTANT if opening.deadline is None else microseconds(opening.deadline)
    return (
        ordinal(asks.starts or asks.ends, NEVER),
        ordinal(asks.ends or asks.starts, 0),
        asks.hours_per_week or 0,
        names.country(asks.country),
        asks.remote,
        asks.work_permission,
        deadline if opening.approved and opening.seats > 0 else PAST,
        sum(1 << DISCIPLINES[discipline] for discipline in set(opening.disciplines)),
        opening.crossing,
        opening.seats,
    )
