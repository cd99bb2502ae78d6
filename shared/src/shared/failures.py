"""Whose fault a failure is: the record's, which is dead-lettered, or ours and passing, which is waited out."""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from aiokafka.errors import KafkaError
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

from shared.contract.envelope import PUBLISHER, Event

MAX_DESCRIPTION: Final = 500
"""How many characters describe an error, at most: it may quote what came."""

MAX_PUBLISHER: Final = 64
"""How many bytes of the header that names a publisher count."""

WRITE_CONFLICT: Final = 112
DUPLICATE_KEY: Final = 11000

_OF_THE_DOCUMENT: Final = frozenset(
    {
        2,  # BadValue
        9,  # FailedToParse
        14,  # TypeMismatch
        15,  # Overflow: nested too deep
        16,  # InvalidLength
        22,  # InvalidBSON
        28,  # PathNotViable
        52,  # DollarPrefixedFieldName
        53,  # InvalidIdField
        54,  # NotSingleValueField
        55,  # InvalidDBRef
        56,  # EmptyFieldName
        57,  # DottedFieldName
        66,  # ImmutableField
        121,  # DocumentValidationFailure
        257,  # TransactionTooLarge
        373,  # TransactionTooLargeForCache
        10334,  # BSONObjectTooLarge
        DUPLICATE_KEY,
        17280,  # KeyTooLong
        17419,  # the document is too large after the update
        17420,  # the same, of a document to insert
    }
)
"""Codes by which MongoDB says that what it was given cannot be stored, now or later. Any other is ours, or passes."""


class TooSlow(TimeoutError):
    """A unit of work did not end in time: it is too large, or the database too slow."""


def codes(error: BaseException) -> set[int]:
    """MongoDB's codes for what went wrong: of several writes in one command the code of each that failed."""
    if isinstance(error, BulkWriteError):
        failed = (error.details or {}).get("writeErrors", [])
        return {code for one in failed if isinstance(code := one.get("code"), int)}
    return {error.code} if isinstance(error, OperationFailure) and error.code is not None else set()


def passes(error: Exception) -> bool:
    """Whether this is trouble of ours, or that passes by itself: a server away or full, a conflict with another transaction.

    What a server does not say plainly of what it was given is not held against that: out of disk, one answers "internal error".
    """
    if isinstance(error, TooSlow):
        return False  # fewer at once may do
    if isinstance(error, PyMongoError):
        found = codes(error)
        return error.has_error_label("TransientTransactionError") or not found or not found <= _OF_THE_DOCUMENT
    return isinstance(error, KafkaError | OSError | MemoryError)


def described(error: BaseException) -> str:
    """What went wrong, for logs: MongoDB's errors quote whole documents, so of those only kind and code."""
    if isinstance(error, PyMongoError):
        code = getattr(error, "code", None)
        inner = ", ".join(map(str, sorted(codes(error) - {code})))
        return f"{type(error).__name__}(code={code}{f': {inner}' if inner else ''})"
    text = repr(error)
    return text if len(text) <= MAX_DESCRIPTION else text[: MAX_DESCRIPTION - 1] + "…"


class Streak:
    """Records that failed while none was applied: of one publisher they are its own trouble, of several they are ours.

    Each publisher counts for little more than half of the limit, and each key as well. So however many records one publisher
    sends, or are sent of one person, alone they never reach it. Of what we publish ourselves only the keys are counted.

    The publisher of what came in over HTTP is the API key that brought it, whatever source its events name. Kafka does not say
    who has written a record, so of what was written there directly it is the source, which its writer chooses.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._publishers = Counter[object]()
        self._keys = Counter[object]()
        self._records = 0

    def after(self, failed: Iterable[tuple[Event, str]]) -> "Streak":
        """The streak with these records more, each with the service that publishes its topic."""
        longer = Streak(self._limit)
        longer._publishers, longer._keys, longer._records = self._publishers.copy(), self._keys.copy(), self._records
        for event, service in failed:
            longer._records += 1
            # What is ours is counted one by one: under a number of its own, which is no publisher's name.
            longer._count(longer._publishers, longer._records if event.source == service else publisher_of(event))
            key = event.record.key
            longer._count(longer._keys, hash(event.source if key is None else key))
        return longer

    def _count(self, counts: Counter[object], one: object) -> None:
        if one in counts or len(counts) <= self._limit:  # more could change nothing
            counts[one] += 1

    @property
    def is_ours(self) -> bool:
        """Whether so many failed, of several publishers and keys, that the fault must be ours."""
        most = self._limit // 2 + 1
        return all(sum(min(count, most) for count in counts.values()) > self._limit for counts in (self._publishers, self._keys))

    def __str__(self) -> str:
        return f"{self._records} records in a row failed, of {len(self._publishers)} sources and {len(self._keys)} keys"


def publisher_of(event: Event) -> str:
    """Who published an event, as far as that is known: an API key by its id, or else the source that the event names."""
    for name, value in event.record.headers:
        if name == PUBLISHER and value:
            return f"{PUBLISHER} {value[:MAX_PUBLISHER].decode(errors='replace')}"
    return event.source
