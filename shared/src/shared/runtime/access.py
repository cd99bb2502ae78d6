"""Who may use a service: what each service does with the API keys that registration publishes, and with sessions."""

from typing import Final

from shared.contract.topics import KEYS, SESSIONS, SIGNING_KEYS
from shared.runtime.service import Service
from shared.web.access.copies import KeyCopies
from shared.web.access.guard import Guard
from shared.web.access.roles import GrantLookup
from shared.web.access.session_copies import SessionCopies
from shared.web.access.signed_in import People

_UNKNOWN: Final = (
    "this key is unknown here; a new key is known within seconds. "
    "A person's own key, for /me, is for the registration service only: for this one, sign in, or use a key with "
    "a scope of this service"
)


def guard_by_copies(service: Service, people: People, grants: GrantLookup | None = None) -> Guard:
    """Read registration's keys into the service's database, and check requests by these copies, or by who is signed in.

    ``grants``: the roles that the service itself knows of.
    """
    copies = KeyCopies(service.database.db)
    service.consume(KEYS, handler=copies.apply, group="keys")
    return Guard(copies, people=people, grants=grants, unknown=_UNKNOWN)


def people_by_copies(service: Service) -> People:
    """Read which keys sign sessions, and which sessions have ended, into the service's database, and know by it who is signed in.

    Notifications, which publishes these, records them itself.
    """
    copies = SessionCopies(service.database.db)
    service.on_start(copies.ensure_indexes)
    service.consume(SIGNING_KEYS, SESSIONS, handler=copies.apply, group="sessions")
    service.every(600.0, copies.sweep)
    return People(copies)
