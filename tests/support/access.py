"""API keys in memory, for testing routes without a service."""

from collections.abc import Iterable
from typing import Any, Final

from shared.web.access.keys import ApiKey, digest, generate, text
from shared.web.access.scopes import SCOPES, Scope


class KeysInMemory:
    """An in-memory key repository for a guard: ``Guard(KEYS)``."""

    def __init__(self) -> None:
        self._keys: dict[str, ApiKey] = {}

    async def get(self, id: str, /) -> ApiKey | None:
        return self._keys.get(id)

    def give(self, scopes: Iterable[Scope] = SCOPES, **bounds: Any) -> str:
        """Create a key; ``bounds`` are fields of ``ApiKey``. Returns its text."""
        id, secret = generate()
        self._keys[id] = ApiKey(id=id, scopes=frozenset(scopes), digest=digest(secret), **bounds)
        return text(id, secret)


KEYS: Final = KeysInMemory()
OPERATOR: Final = {"authorization": f"Bearer {KEYS.give()}"}
"""The header with a key of ``KEYS`` that has all scopes."""
