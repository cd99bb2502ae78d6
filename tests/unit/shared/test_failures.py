"""Which errors pass by themselves, and how they are described: only what is plainly the record's does not pass."""

from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError
from bson.errors import InvalidDocument
from pydantic import BaseModel, ValidationError
from pymongo.errors import (
    AutoReconnect,
    BulkWriteError,
    DocumentTooLarge,
    DuplicateKeyError,
    ExecutionTimeout,
    InvalidOperation,
    OperationFailure,
    WriteConcernError,
)

from shared.transient_errors import MAX_DESCRIPTION, TooSlow, described, passes


def bulk(*codes: int, **more: Any) -> BulkWriteError:
    return BulkWriteError(
        {"writeErrors": [{"code": code, "errmsg": "x", "op": {"email": "ada@example.org"}} for code in codes], **more}
    )


def invalid() -> ValidationError:
    class Model(BaseModel):
        number: int

    try:
        Model.model_validate({"number": "x"})
    except ValidationError as error:
        return error
    raise AssertionError


PASSING = [
    OperationFailure("out of disk", 1),
    OperationFailure("no code"),
    OperationFailure("not primary", 10107),
    OperationFailure("a code of tomorrow", 99999),
    OperationFailure("bad value", 2, {"errorLabels": ["TransientTransactionError"]}),
    OperationFailure("conflict", 112),
    OperationFailure("not authorized", 13),
    WriteConcernError("timeout", 64),
    ExecutionTimeout("slow", 50),
    AutoReconnect("away"),
    InvalidOperation("closed"),
    bulk(1),
    bulk(10334, 1),
    bulk(writeConcernErrors=[{"code": 64}]),
    KafkaConnectionError(),
    TimeoutError(),
    OSError(28, "No space left on device"),
    MemoryError(),
]
THE_RECORDS = [
    bulk(10334),
    bulk(17419),
    bulk(17420, 10334),
    bulk(11000),
    OperationFailure("too large", 10334),
    OperationFailure("the transaction is too large", 257),
    OperationFailure("the cache is too small for it", 373),
    OperationFailure("bad value", 2),
    OperationFailure("a name with a dollar", 52),
    DuplicateKeyError("twice", 11000),
    DocumentTooLarge("17 MB"),
    InvalidDocument("a NUL"),
    OverflowError("8 bytes"),
    invalid(),
    ValueError("x"),
    KeyError("x"),
    TypeError("x"),
    ZeroDivisionError("x"),
    TooSlow("60 s"),
]


@pytest.mark.parametrize("error", PASSING, ids=described)
def test_what_is_not_plainly_the_record_s_passes(error: Exception) -> None:
    assert passes(error)


@pytest.mark.parametrize("error", THE_RECORDS, ids=lambda error: type(error).__name__)
def test_what_follows_the_record_does_not_pass(error: Exception) -> None:
    assert not passes(error)


def test_an_error_is_described_shortly_and_without_documents() -> None:
    assert described(bulk(10334, 10334)) == "BulkWriteError(code=65: 10334)"
    assert described(OperationFailure("ada@example.org", 1)) == "OperationFailure(code=1)"
    assert described(ValueError("x")) == "ValueError('x')"
    assert len(described(ValueError("x" * 1_000_000))) == MAX_DESCRIPTION
