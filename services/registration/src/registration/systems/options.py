"""Helpers by which adapters read a connection's options and API address."""

from urllib.parse import quote

from registration.systems.connection import Connection
from shared.contract.envelope import Rejected


def api_path(connection: Connection, version: str, path: str) -> str:
    """A path below the connection's ``api_url``, which may end with the API's version (``/api/v1``) or not."""
    return path if (connection.api_url or "").rstrip("/").endswith(f"/{version}") else f"{version}/{path}"


def path_option(connection: Connection, name: str) -> str:
    """An option of the connection, quoted as a part of a path. Raises ``Rejected`` if it is missing."""
    if value := connection.options.get(name):
        return quote(value, safe="")
    raise Rejected(f"options.{name}: is needed to poll {connection.system}", [(f"options.{name}", "is missing")])


def wrong_id(connection: Connection, **ids: str | None) -> str:
    """Why an object is not the connection's: one of these ids differs from the connection's option. Empty if none does."""
    for name, value in ids.items():
        wanted = connection.options.get(name)
        if wanted and value != wanted:
            return f"it is about another {name} than the connection's, {wanted!r}"
    return ""
