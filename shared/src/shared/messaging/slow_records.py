"""Records that are too slow even alone. Their batch is delivered again, so the service remembers here what it found out."""

from shared.contract.envelope import Event

MOST = 1000
"""How many records are remembered at most."""

_Identity = tuple[str, int, int, str, str]
"""Where a record is, and which event it has."""


class SlowRecords:
    """Counts for each slow record how often only it was to blame, and not the database."""

    def __init__(self) -> None:
        self._blamed: dict[_Identity, int] = {}

    def __contains__(self, event: Event) -> bool:
        return _identity(event) in self._blamed

    def remember(self, event: Event) -> None:
        """Note that the record was too slow. It is not to blame yet."""
        while len(self._blamed) >= MOST:
            del self._blamed[next(iter(self._blamed))]
        self._blamed.setdefault(_identity(event), 0)

    def blame(self, event: Event) -> None:
        """Note that only this record was to blame."""
        self._blamed[_identity(event)] = self.blamed(event) + 1

    def blamed(self, event: Event) -> int:
        """How often only this record was to blame."""
        return self._blamed.get(_identity(event), 0)

    def forget(self, event: Event) -> None:
        self._blamed.pop(_identity(event), None)

    def forget_all(self) -> None:
        self._blamed.clear()


def _identity(event: Event) -> _Identity:
    record = event.record
    return record.topic, record.partition, record.offset, event.source, event.id
