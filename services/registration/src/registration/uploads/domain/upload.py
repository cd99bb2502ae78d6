"""An upload: a file of attendance, how far it has got, and the faults in its rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from registration.uploads.domain.header import Header

CHUNK_BYTES: Final = 512 * 1024
"""The size of every chunk of a file but the last. To change it, wait until no upload is being received or published."""

MAX_REPORTED: Final = 10_000
"""How many faults of an upload are stored for its report. All are counted."""

State = Literal["receiving", "running", "done", "failed", "interrupted"]


@dataclass(slots=True)
class Upload:
    """An attendance file: received in chunks, then published row by row.

    ``offset`` and ``line`` say where the next row begins. All rows before it are published and counted.
    """

    id: str
    conference_id: str
    header: Header
    timezone: str | None
    dry_run: bool
    correlation_id: str
    created_at: datetime
    offset: int
    line: int
    state: State = "receiving"
    bytes: int = 0
    rows: int = 0
    accepted: int = 0
    refused: int = 0
    skipped: int = 0
    reported: int = 0
    failures: int = 0
    reason: str = ""
    ended_at: datetime | None = None

    @property
    def chunks(self) -> range:
        """The numbers of the chunks that are received and not yet published."""
        return range(self.offset // CHUNK_BYTES, -(-self.bytes // CHUNK_BYTES))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a row: the number of its first line (the header's is 1), the column, and the reason.

    The reason does not quote the value, which may be personal.
    """

    line: int
    field: str
    reason: str
