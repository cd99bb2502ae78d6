"""Which links of strangers may stand in a mail. Pure."""

from collections.abc import Collection
from urllib.parse import urlsplit


def allowed_link(url: str, hosts: Collection[str]) -> str:
    """The link, where its host is one of these; "" otherwise. ``*.example.org`` stands for all below it, ``*`` for any."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not host or parts.username is not None:
        return ""
    return url if any(_is(host, allowed.lower()) for allowed in hosts) else ""


def _is(host: str, allowed: str) -> bool:
    return allowed == "*" or host == allowed or (allowed.startswith("*.") and host.endswith(allowed[1:]))
