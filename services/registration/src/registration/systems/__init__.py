"""Adapters of other systems, one module each: who sent a webhook, what to fetch, and which attendance stands by the answer."""

from typing import Final

from registration.systems import eventbrite, hievents, indico, pretix, standard, swapcard
from registration.systems.base import Facts, Fetched, Polled, Webhooks
from registration.systems.connection import System

WEBHOOKS: Final[dict[System, Webhooks]] = {
    "pretix": pretix,
    "eventbrite": eventbrite,
    "hievents": hievents,
    "swapcard": swapcard,
    "standard": standard,
}
FETCHED: Final[dict[System, Fetched]] = {"pretix": pretix, "eventbrite": eventbrite}
POLLED: Final[dict[System, Polled]] = {"pretix": pretix, "indico": indico}
FACTS: Final[dict[System, Facts]] = {
    "pretix": pretix,
    "eventbrite": eventbrite,
    "hievents": hievents,
    "swapcard": swapcard,
    "indico": indico,
}
SCHEMES: Final[dict[System, str]] = {"pretix": "Token", "eventbrite": "Bearer", "indico": "Bearer"}
"""How a token is sent to the system's API: the scheme of its header ``Authorization``."""
