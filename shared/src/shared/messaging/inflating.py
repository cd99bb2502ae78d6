"""Compressed batches of records are inflated up to a limit: some hundred kilobytes can hold gigabytes.

aiokafka inflates a whole batch at once, whatever its size. ``bound_inflation`` puts a reader of batches in front of its own.
"""

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

import cramjam
from aiokafka.consumer import fetcher
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.memory_records import MemoryRecords

from shared.contract.topics import MAX_RECORD_BYTES

MAX_BATCH_BYTES: Final = 4 * MAX_RECORD_BYTES
"""Of a batch's records, inflated. Clients make batches of 16 KB to 1 MB unless told otherwise."""

_LENGTH: Final = struct.Struct(">qi")
_HEADER_BYTES: Final = 61
_MAGIC_AT: Final = 16
_ATTRIBUTES: Final = struct.Struct(">h")
_ATTRIBUTES_AT: Final = 21
_CODEC: Final = 0x07
_TOO_LARGE: Final = f"its records have more than {MAX_BATCH_BYTES:,} bytes when decompressed; send smaller batches"
_XERIAL: Final = b"\x82SNAPPY\x00"


class BatchUnreadable(Exception):
    """A batch of records that cannot be inflated, or not within the limit. ``next_offset`` is that of what comes behind it."""

    def __init__(self, reason: str, next_offset: int) -> None:
        super().__init__(reason)
        self.next_offset = next_offset


def bound_inflation() -> None:
    """From now on, every consumer of this process inflates batches up to ``MAX_BATCH_BYTES``. Doing it again is harmless."""
    fetcher.MemoryRecords = BoundedRecords


class BoundedRecords:
    """The batches of a fetch, as ``aiokafka``'s ``MemoryRecords``. Its own classes are used for all but the inflating."""

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self._at = 0

    def size_in_bytes(self) -> int:
        return len(self._data)

    def has_next(self) -> bool:
        return self._end() is not None

    def next_batch(self) -> Any:
        """Raises ``BatchUnreadable`` where it is compressed in the form of before Kafka 0.11, which cannot be bounded."""
        end = self._end()
        if end is None:
            return None
        batch = self._data[self._at : end]
        self._at = end
        if len(batch) <= _MAGIC_AT or batch[_MAGIC_AT] < 2 or len(batch) < _HEADER_BYTES:
            return _legacy(batch)
        codec = _ATTRIBUTES.unpack_from(batch, _ATTRIBUTES_AT)[0] & _CODEC
        return _Compressed(batch, codec) if codec else DefaultRecordBatch(batch)

    def _end(self) -> int | None:
        """Where the next batch ends; None where it is not there as a whole, as the last of a fetch may be."""
        if len(self._data) - self._at < _LENGTH.size:
            return None
        end: int = self._at + _LENGTH.size + _LENGTH.unpack_from(self._data, self._at)[1]
        return end if self._at + _LENGTH.size <= end <= len(self._data) else None


def _legacy(batch: memoryview) -> Any:
    if len(batch) > _MAGIC_AT + 1 and batch[_MAGIC_AT + 1] & _CODEC:
        offset = _LENGTH.unpack_from(batch)[0]
        raise BatchUnreadable("the batch is compressed in the format used before Kafka 0.11", offset + 1)
    return MemoryRecords(bytes(batch)).next_batch()


class _Compressed:
    """A batch that is inflated when it is iterated. What it says of itself is said by aiokafka's own class."""

    def __init__(self, batch: memoryview, codec: int) -> None:
        self._batch = batch
        self._codec = codec
        self._as_it_came = DefaultRecordBatch(batch)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._as_it_came, name)

    def __iter__(self) -> Iterator[Any]:
        try:
            records = inflate(self._codec, self._batch[_HEADER_BYTES:], MAX_BATCH_BYTES)
        except Exception as error:
            # Codecs raise errors of their own, and the rest of the batch cannot be read.
            cause = _TOO_LARGE if isinstance(error, BatchTooLarge) else f"it cannot be decompressed ({type(error).__name__})"
            raise BatchUnreadable(f"the batch was not read: {cause}", self._as_it_came.next_offset) from error
        attributes = _ATTRIBUTES.unpack_from(self._batch, _ATTRIBUTES_AT)[0] & ~_CODEC
        header = bytearray(self._batch[:_HEADER_BYTES])
        _ATTRIBUTES.pack_into(header, _ATTRIBUTES_AT, attributes)
        _LENGTH.pack_into(header, 0, _LENGTH.unpack_from(header)[0], _HEADER_BYTES - _LENGTH.size + len(records))
        return iter(DefaultRecordBatch(bytes(header) + records))


class BatchTooLarge(Exception):
    """More would come of it than the limit."""


def inflate(codec: int, data: memoryview, limit: int) -> bytes:
    """What was compressed by this codec of Kafka's.

    Raises:
        BatchTooLarge: it would have more bytes than the limit. No more than that is held at any time.
        Exception: it is broken; of the codec's own kind.
    """
    return _CODECS[codec](data, limit)


def _gzip(data: memoryview, limit: int) -> bytes:
    member = zlib.decompressobj(wbits=31)
    inflated = member.decompress(data, limit + 1)
    if len(inflated) > limit:
        raise BatchTooLarge
    if not member.eof or member.unused_data:  # clients make one member; a file may have any number
        raise EOFError
    return inflated


def _snappy(data: memoryview, limit: int) -> bytes:
    if bytes(data[:8]) != _XERIAL:
        return _snappy_block(bytes(data), limit)
    blocks, at, left = [], 16, limit  # the header of the form that Java's library writes
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        blocks.append(_snappy_block(bytes(data[at + 4 : at + 4 + length]), left))
        left -= len(blocks[-1])
        at += 4 + length
    return b"".join(blocks)


def _snappy_block(data: bytes, limit: int) -> bytes:
    if cramjam.snappy.decompress_raw_len(data) > limit:
        raise BatchTooLarge
    return bytes(cramjam.snappy.decompress_raw(data))


def _into_buffer(codec: Any) -> Callable[[memoryview, int], bytes]:
    def inflate(data: memoryview, limit: int) -> bytes:
        buffer = bytearray(min(limit, 64 * 1024))
        while True:  # a small buffer does for nearly all
            try:
                return bytes(memoryview(buffer)[: codec.decompress_into(bytes(data), buffer)])
            except cramjam.DecompressionError as error:
                if "whole buffer" not in str(error):
                    raise
                if len(buffer) >= limit:
                    raise BatchTooLarge from None
                buffer = bytearray(min(limit, 8 * len(buffer)))

    return inflate


_CODECS: Final[dict[int, Callable[[memoryview, int], bytes]]] = {
    1: _gzip,
    2: _snappy,
    3: _into_buffer(cramjam.lz4),
    4: _into_buffer(cramjam.zstd),
}
