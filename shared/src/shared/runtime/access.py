"""Who may use a service: what each service but registration does with the API keys that registration publishes."""

from shared.contract.topics import KEYS
from shared.runtime.service import Service
from shared.web.access.copies import KeyCopies
from shared.web.access.guard import Guard


def guard_by_copies(service: Service) -> Guard:
    """Read registration's keys into the service's database, and check requests by these copies."""
    copies = KeyCopies(service.database.db)
    service.consume(KEYS, handler=copies.apply, group="keys")
    return Guard(copies)
