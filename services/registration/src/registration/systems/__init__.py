"""Adapters for other systems, one module for each: check a webhook, say what to fetch, work out the attendance. Pure."""

from typing import Final

from registration.systems import eventbrite, hievents, indico, pretix, standard_webhooks, swapcard
from registration.systems.adapter import AttendanceAdapter, FetchAdapter, PollAdapter, WebhookAdapter
from registration.systems.connection import System

WEBHOOK_ADAPTERS: Final[dict[System, WebhookAdapter]] = {
    "pretix": pretix,
    "eventbrite": eventbrite,
    "hievents": hievents,
    "swapcard": swapcard,
    "standard": standard_webhooks,
}
FETCH_ADAPTERS: Final[dict[System, FetchAdapter]] = {"pretix": pretix, "eventbrite": eventbrite}
POLL_ADAPTERS: Final[dict[System, PollAdapter]] = {"pretix": pretix, "indico": indico}
ATTENDANCE_ADAPTERS: Final[dict[System, AttendanceAdapter]] = {
    "pretix": pretix,
    "eventbrite": eventbrite,
    "hievents": hievents,
    "swapcard": swapcard,
    "indico": indico,
}
AUTHORIZATION_SCHEMES: Final[dict[System, str]] = {"pretix": "Token", "eventbrite": "Bearer", "indico": "Bearer"}
"""The scheme of the header ``Authorization`` with which the system's API expects its token."""
