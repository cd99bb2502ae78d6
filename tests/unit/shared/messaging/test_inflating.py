"""A batch of records is inflated up to a limit, by whatever codec; one beyond it is passed over as a whole."""

import gzip
import zlib
from contextlib import suppress
from typing import Any

import cramjam
import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from hypothesis import example, given
from hypothesis import strategies as st

from shared.messaging.inflating import MAX_BATCH_BYTES, BatchTooLarge, BatchUnreadable, bound_inflation, inflate
from support.cost import within

CODECS = {"gzip": 1, "snappy": 2, "lz4": 3, "zstd": 4}
HEADERS = [("name", b"value"), ("null", None)]
COMPRESS: dict[str, Any] = {
    "gzip": gzip.compress,
    "snappy": cramjam.snappy.compress_raw,
    "lz4": cramjam.lz4.compress,
    "zstd": cramjam.zstd.compress,
}


def batch(codec: int, count: int, value: bytes) -> bytes:
    """A batch of records as producers send it; the first has offset 0."""
    builder = DefaultRecordBatchBuilder(
        magic=2,
        compression_type=codec,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=10**9,
    )
    for offset in range(count):
        builder.append(offset, timestamp=1000 + offset, key=b"key", value=value, headers=HEADERS)
    return bytes(builder.build())


def fetched(data: bytes) -> Any:
    """What aiokafka's fetcher makes of it once the bound is there; it looks its reader of batches up in its module."""
    bound_inflation()
    return fetcher.PartitionRecords(TopicPartition("t", 0), fetcher.MemoryRecords(data), None, 0, None, None, True, 0)


@pytest.mark.parametrize("codec", [0, *CODECS.values()])
def test_records_are_read_as_they_were_sent(codec: int) -> None:
    records = list(fetched(batch(codec, 50, b'{"x": 1}' * 20)))
    assert [(record.offset, record.timestamp) for record in records] == [(n, 1000 + n) for n in range(50)]
    assert {(record.key, record.value, record.headers) for record in records} == {(b"key", b'{"x": 1}' * 20, tuple(HEADERS))}


@pytest.mark.parametrize("codec", CODECS.values())
def test_a_batch_that_would_be_too_large_says_where_to_go_on(codec: int) -> None:
    data = batch(codec, 40, bytes(1_000_000))

    def read() -> BatchUnreadable:
        with pytest.raises(BatchUnreadable, match="more than 33,554,432 bytes when decompressed; send smaller batches") as raised:
            list(fetched(data))
        return raised.value

    assert within(1, read).next_offset == 40


def test_a_broken_batch_says_where_to_go_on() -> None:
    data = bytearray(batch(1, 3, b"x" * 100))
    data[70:] = bytes(len(data) - 70)
    records = fetched(bytes(data))
    records._check_crcs = False
    with pytest.raises(BatchUnreadable, match="cannot be decompressed") as raised:
        list(records)
    assert raised.value.next_offset == 3


def test_what_of_a_fetch_is_not_there_to_its_end_is_left_for_the_next() -> None:
    whole = batch(4, 5, b"x" * 100)
    records = fetched(whole + whole[:-1])
    assert len(list(records)) == 5
    assert records.next_fetch_offset == 5


@pytest.mark.parametrize("name", CODECS)
def test_the_limit_is_the_largest_that_is_inflated(name: str) -> None:
    compressed = memoryview(bytes(COMPRESS[name](bytes(100_000))))
    assert inflate(CODECS[name], compressed, 100_000) == bytes(100_000)
    with pytest.raises(BatchTooLarge):
        inflate(CODECS[name], compressed, 99_999)


def test_many_small_members_of_gzip_cost_no_more_than_one() -> None:
    members = gzip.compress(b"x") * 100_000

    def read() -> None:
        with pytest.raises(EOFError):
            inflate(1, memoryview(members), MAX_BATCH_BYTES)

    within(0.5, read)


@given(st.sampled_from(sorted(CODECS)), st.binary(max_size=300), st.integers(min_value=0, max_value=400))
@example("snappy", b"\x82SNAPPY\x00" + bytes(8) + b"\xff\xff\xff\xff", 10)
@example("snappy", b"\x82SNAPPY\x00" + bytes(8) + bytes(4) * 50, 10)
@example("gzip", zlib.compress(b"x"), 10)
def test_whatever_bytes_there_are_the_limit_holds(name: str, data: bytes, limit: int) -> None:
    def read() -> bytes:
        with suppress(Exception):  # a codec's own, but no panic of its native code, which is no ``Exception``
            return inflate(CODECS[name], memoryview(data), limit)
        return b""

    assert len(within(0.5, read)) <= limit
