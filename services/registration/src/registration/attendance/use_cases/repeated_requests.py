"""Recognises repeated requests, so that publishers can safely resend when they got no response."""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from typing import Final

from registration.attendance.repository.requests import Requests
from shared.database.mongo import Tx
from shared.refusals import Invalid

REPEATABLE_FOR: Final = timedelta(hours=24)
"""How long an idempotency key is remembered."""


class RepeatedRequests:
    """Recognises requests by the idempotency key that their sender chose (draft-ietf-httpapi-idempotency-key-header).

    If two arrive at once, both write the same document. Their transactions conflict, and the later one runs again and finds the
    first. It gets the same response; the draft would refuse it with 409.
    """

    def __init__(self, requests: Requests) -> None:
        self._requests = requests

    async def first_answer(self, sender: str, idempotency_key: str, content: Iterable[bytes], answer: str, tx: Tx) -> str | None:
        """The response when this request was sent before; None if this is the first time.

        The first time, ``answer`` is stored for ``REPEATABLE_FOR``.

        Raises:
            Invalid: the key was used for a request with another content.
        """
        id, digest = _digest([sender.encode(), idempotency_key.encode()]), _digest(content)
        known = await self._requests.get(id, tx)
        if known is None:
            await self._requests.remember(id, digest, answer, tx.now + REPEATABLE_FOR, tx)
            return None
        if known[0] != digest:
            raise Invalid("header.Idempotency-Key", "was used for another request within the last 24 hours; choose a new one")
        return known[1]


def _digest(parts: Iterable[bytes]) -> bytes:
    """A hash of the parts that depends on where each part ends."""
    return sha256(b"".join(sha256(part).digest() for part in parts)).digest()
