"""How a connection's lists and sessions map to a conference's sessions."""

from hashlib import sha256

from registration.conferences.domain import Conference
from registration.systems.connection import Connection


def mapping(connection: Connection, conference: Conference | None) -> str:
    """A version of what a system's objects can be mapped to.

    It changes with each change of the connection's ``sessions``, and once the conference has a session that was named before
    it was known. Attendance is worked out again when it changes.
    """
    if conference is None:
        return "unknown"
    if connection.system == "standard":  # its events name sessions themselves
        return f"version {conference.version}"
    known = sorted((theirs, ours) for theirs, ours in connection.sessions.items() if ours in conference.sessions)
    return sha256(repr(known).encode()).hexdigest()[:16]
