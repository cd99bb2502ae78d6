"""The mail server in the setting ``SMTP_URL``."""

import re
import ssl
from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

_PORTS: Final = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_FORM: Final = (
    "must look like smtp://, smtps:// or smtp+starttls://[user:password@]host[:port] "
    "(write an @, : or / in user or password as %40, %3A, %2F)"
)
_HOST: Final = re.compile(r"[\w-]+(?:\.[\w-]+)*\.?|[0-9a-f:.]+")
_BLANK: Final = re.compile(r"[\x00-\x20\x7f]")


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
        """Read the setting.

        Raises:
            ValueError: it is not such a URL. The message does not quote the URL, which may contain a password.
        """
        text = url.get_secret_value()
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise ValueError(_FORM) from None
        # A password with an unescaped / or @ leads to a path, or to a second @.
        excess = parts.path.strip("/") or parts.query or parts.fragment or parts.netloc.count("@") > 1 or _BLANK.search(text)
        if parts.scheme not in _PORTS or not parts.hostname or not _HOST.fullmatch(parts.hostname) or port == 0 or excess:
            raise ValueError(_FORM)
        if bool(parts.username) != bool(parts.password):
            raise ValueError("needs both user and password, or neither (write an @, : or / in them as %40, %3A, %2F)")
        user, password = (unquote(part) if part else None for part in (parts.username, parts.password))
        return cls(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], user, password)

    def tls(self) -> ssl.SSLContext | None:
        """The TLS context; None without TLS. Share one among all connections, as loading the certificates takes 20 ms."""
        return None if self.scheme == "smtp" else ssl.create_default_context()
