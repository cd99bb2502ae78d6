"""Secrets that are needed in clear again: kept encrypted, by keys that can be changed."""

from base64 import b64decode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr


class Undecryptable(RuntimeError):
    """What is kept was encrypted by a key that SECRETS_KEY does not hold (any more), or was changed."""


class Cipher:
    """Encrypts and authenticates by the first key, decrypts by any of them (Fernet: AES-128-CBC and HMAC-SHA256)."""

    def __init__(self, keys: SecretStr) -> None:
        """Raises ``ValueError``, which does not show them, where the keys are none; see ``checked``."""
        self._fernet = MultiFernet([Fernet(key) for key in checked(keys)])

    def encrypt(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def decrypt(self, encrypted: bytes) -> str:
        """Raises ``Undecryptable``."""
        try:
            return self._fernet.decrypt(encrypted).decode()
        except InvalidToken:
            raise Undecryptable("no key in SECRETS_KEY decrypts this; add the one it was encrypted by, at the end") from None

    def renew(self, encrypted: bytes) -> bytes:
        """The same, encrypted by the first key. Raises ``Undecryptable``."""
        return self.encrypt(self.decrypt(encrypted))


def checked(keys: SecretStr) -> list[str]:
    """The keys of a setting that holds them separated by commas.

    Raises:
        ValueError: one of them is not 32 bytes of URL-safe Base64. The message counts, and does not show it.
    """
    parts = [part.strip() for part in keys.get_secret_value().split(",")]
    for number, part in enumerate(parts, 1):
        try:
            right = len(b64decode(part, altchars=b"-_", validate=True)) == 32
        except ValueError:
            right = False
        if not right:
            raise ValueError(
                f"key {number} of {len(parts)} is not 32 bytes in URL-safe Base64; "
                "make one by: openssl rand -base64 32 | tr '+/' '-_'"
            )
    return parts
