"""Settings that hold several keys, comma-separated, so that a key can be replaced while the old one is still accepted."""

import hmac
from typing import Final

from pydantic import SecretStr

SHORTEST_KEY: Final = 16
"""The minimum length of a key, so that nobody can guess it."""


def keys_of(setting: SecretStr) -> tuple[str, ...]:
    """The keys in a setting, without duplicates. The first is used for anything new; all are accepted."""
    return tuple(dict.fromkeys(key.strip() for key in setting.get_secret_value().split(",")))


def contains(setting: SecretStr, given: str) -> bool:
    """Whether ``given`` is one of the keys in a setting. Each is compared, in constant time."""
    fits = [hmac.compare_digest(given.encode(), key.encode()) for key in keys_of(setting)]
    return any(fits)


def checked(setting: SecretStr) -> SecretStr:
    """The setting, if each of its keys is long enough.

    Raises:
        ValueError: one is too short. The message says which one, without showing it.
    """
    keys = keys_of(setting)
    for number, key in enumerate(keys, 1):
        if len(key) < SHORTEST_KEY:
            which = f"key {number} of {len(keys)}" if len(keys) > 1 else "the key"
            raise ValueError(
                f"{which} has fewer than {SHORTEST_KEY} characters; a comma ends a key, so no key may contain one; "
                "make one with: openssl rand -hex 32"
            )
    return setting
