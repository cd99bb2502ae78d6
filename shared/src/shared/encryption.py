"""Encryption of secrets that must be readable again, with keys that can be rotated."""

from base64 import b64decode

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr


class Undecryptable(RuntimeError):
    """A stored secret was encrypted with a key that is no longer in the setting, or was tampered with."""


class Cipher:
    """Encrypts with the first key, and decrypts with any (Fernet: AES-128-CBC and HMAC-SHA256)."""

    def __init__(self, keys: SecretStr, setting: str = "SECRETS_KEY") -> None:
        """``setting`` names the keys in errors. Raises ``ValueError`` if a key is not valid; see ``checked``."""
        self._setting = setting
        self._fernet = MultiFernet([Fernet(key) for key in checked(keys)])

    def encrypt(self, text: str) -> bytes:
        return self._fernet.encrypt(text.encode())

    def decrypt(self, encrypted: bytes) -> str:
        """Raises ``Undecryptable``."""
        try:
            return self._fernet.decrypt(encrypted).decode()
        except InvalidToken:
            raise Undecryptable(
                f"no key in {self._setting} decrypts this; add the key that encrypted it to the end of the list"
            ) from None

    def renew(self, encrypted: bytes) -> bytes:
        """The same secret, encrypted with the first key. Raises ``Undecryptable``."""
        return self.encrypt(self.decrypt(encrypted))


def checked(keys: SecretStr) -> list[str]:
    """The keys of a setting that separates them by commas.

    Raises:
        ValueError: one of them is not 32 bytes in URL-safe Base64. The message says which one, without showing it.
    """
    parts = [part.strip() for part in keys.get_secret_value().split(",")]
    for number, part in enumerate(parts, 1):
        try:
            is_valid = len(b64decode(part, altchars=b"-_", validate=True)) == 32
        except ValueError:
            is_valid = False
        if not is_valid:
            raise ValueError(
                f"key {number} of {len(parts)} is not 32 bytes in URL-safe Base64; "
                "make one with: openssl rand -base64 32 | tr '+/' '-_'"
            )
    return parts
