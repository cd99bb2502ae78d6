"""Lists of revoked credentials, in the form of W3C's Bitstring Status List v1.0. Pure."""

import gzip
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

ENTRIES: Final = 131_072
"""The number of entries, the minimum of section 2.4: fetching a list does not reveal which credential is being checked."""
MOST_USED: Final = ENTRIES // 2
"""The most credentials in one list. Half of it stays empty, so that an unused index is found quickly."""


def _nothing() -> bytearray:
    return bytearray(ENTRIES // 8)


@dataclass(slots=True)
class StatusList:
    """A status list. Each credential has a random index in it, which is never reused."""

    id: str
    used: bytearray = field(default_factory=_nothing)
    """One bit for each index, set if it was ever given to a credential. It does not say to which one."""
    revoked: bytearray = field(default_factory=_nothing)
    count: int = 0
    """How many indexes are used."""
    revision: int = 0
    """How often a credential in the list was revoked."""

    def take(self, random_below: Callable[[int], int]) -> int:
        """Use an index. ``random_below(n)`` gives a random number from 0 to n - 1."""
        while _has(self.used, index := random_below(ENTRIES)):
            pass
        _set(self.used, index)
        self.count += 1
        return index

    def revoke(self, index: int) -> None:
        """Revoke the credential with this index, for good. Repeating it changes nothing."""
        if not _has(self.revoked, index):
            _set(self.revoked, index)
            self.revision += 1

    def encoded(self) -> str:
        """``encodedList`` (section 3.3): the bits, compressed by gzip, in multibase's Base64 for URLs."""
        return "u" + urlsafe_b64encode(gzip.compress(bytes(self.revoked), mtime=0)).decode().rstrip("=")


def _has(bits: bytearray, index: int) -> bool:
    return bool(bits[index // 8] & 0x80 >> index % 8)  # the leftmost bit is the first one


def _set(bits: bytearray, index: int) -> None:
    bits[index // 8] |= 0x80 >> index % 8
