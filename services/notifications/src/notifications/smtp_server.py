"""The mail server, as the setting ``SMTP_URL`` names it."""

import re
import ssl
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

_PORTS: Final = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_FORM: Final = (
    "must look like smtp://, smtps:// or smtp+starttls://[user:password@]host[:port] "
    "(an @, : or / in user or password is written %40, %3A, %2F)"
)
_HOST: Final = re.compile(r"[\w-]+(?:\.[\w-]+)*\.?|[0-9a-f:.]+")
_UNFIT: Final = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A mail server and how to reach it."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: str | None

    @classmethod
    def parse(cls, url: SecretStr) -> Self:
        """Raises ``ValueError`` where it is no such URL. The URL is not quoted there: it may hold a password."""
        text = url.get_secret_value()
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise ValueError(_FORM) from None
        # A path, or an @ that is not escaped, is what a password with a / in it makes of the rest.
        spare = parts.path.strip("/") or parts.query or parts.fragment or parts.netloc.count("@") > 1 or _UNFIT.search(text)
        if parts.scheme not in _PORTS or not parts.hostname or not _HOST.fullmatch(parts.hostname) or port == 0 or spare:
            raise ValueError(_FORM)
        if bool(parts.username) != bool(parts.password):
            raise ValueError("needs user and password, or neither (an @, : or / in them is written %40, %3A, %2F)")
        user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
        return cls(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], user, password)

    def tls(self) -> ssl.SSLContext | None:
        """To be made once and shared by all connections: to read the system's certificates takes 20 ms of processor time."""
        return None if self.scheme == "smtp" else ssl.create_default_context()
