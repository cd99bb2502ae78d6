"""Which links written by others are allowed in a mail. Pure."""

from collections.abc import Collection

from shared.urls import host_pattern, is_among, web_address


def allowed_link(url: str, hosts: Collection[str]) -> str:
    """The link in its parsed form if its host is one of these; "" otherwise.

    In ``hosts``, ``*.example.org`` stands for all hosts below it, and ``*`` for any.

    Raises:
        ValueError: one of ``hosts`` is neither a host nor such a pattern.
    """
    try:
        address = web_address(url)
    except ValueError:
        return ""
    return address.href if is_among(address.host, map(host_pattern, hosts)) else ""
