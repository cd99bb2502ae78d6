"""How a connection's lists and sessions map to a conference's sessions."""

from hashlib import sha256

from registration.conferences.domain import Conference
from registration.systems.connection import Connection


def mapping(connection: Connection, conference: Conference | None) -> str:
    """A version of the mapping: attendance is worked out again when it changes.

    It changes with the connection's ``sessions``, and when the conference gets one of these sessions.
    """
    if conference is None:
        return "unknown"
    if connection.system == "standard":  # its events name sessions themselves
        return f"version {conference.version}"
    known = sorted((list_id, id) for list_id, id in connection.sessions.items() if id in conference.sessions)
    return sha256(repr(known).encode()).hexdigest()[:16]
