"""Errors of the database, Kafka and the system: which are transient, and how logs describe them."""

from typing import Final

from aiokafka.errors import KafkaError
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

MAX_DESCRIPTION: Final = 500
"""How many characters describe an error, at most: it may quote what came."""

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
        return {code for write in failed if isinstance(code := write.get("code"), int)}
    return {error.code} if isinstance(error, OperationFailure) and error.code is not None else set()


def passes(error: Exception) -> bool:
    """Whether the fault is ours or transient: a server is down or full, or another transaction conflicts.

    Unless a server clearly blames its input, the input is not at fault: out of disk, one answers "internal error".
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
