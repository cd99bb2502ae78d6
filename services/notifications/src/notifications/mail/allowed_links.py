"""Which links of strangers may stand in a mail. Pure."""

from collections.abc import Collection

from shared.urls import host_pattern, is_among, web_address


def allowed_link(url: str, hosts: Collection[str]) -> str:
    """The link as it was parsed, where its host is one of these; "" otherwise.

    ``hosts``: ``*.example.org`` stands for all below it, ``*`` for any. Raises ``ValueError`` where one of them is none of these.
    """
    try:
        address = web_address(url)
    except ValueError:
        return ""
    return address.href if is_among(address.host, map(host_pattern, hosts)) else ""
