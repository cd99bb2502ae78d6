"""How pages for organizers describe states. The texts are translated when they are shown."""

from typing import Final

from registration.attendees.domain.attendance import Kind
from registration.organizing.domain import Mend, State
from shared.wording.languages import translatable

SYSTEMS: Final = {
    "pretix": "pretix",
    "eventbrite": "Eventbrite",
    "hievents": "Hi.Events",
    "swapcard": "Swapcard",
    "indico": "Indico",
    "standard": "Standard Webhooks",
}
"""The names of systems, which are the same in all languages."""

STATES: Final[dict[State, tuple[str, str]]] = {
    "off": (translatable("Switched off"), ""),
    "unreachable": (translatable("Does not respond"), "bad"),
    "failing": (translatable("Has errors"), "bad"),
    "silent": (translatable("Silent for 12 hours"), "warn"),
    "new": (translatable("Nothing received yet"), "warn"),
    "working": (translatable("Works"), "good"),
}
"""Each with the tone of its badge."""

MENDS: Final[dict[Mend, str]] = {
    "use_another_id": translatable(
        "Another event of this source has the same id. Ask its publisher to give each event its own id."
    ),
    "ask_operator": translatable(
        "The error was on our side, not yours. Send it again; if it fails again, write to the operator."
    ),
    "announce": translatable("Add the session to the schedule, then send the event again."),
    "correct": translatable("Ask its publisher to correct the event and send it again."),
}

OUTCOMES: Final = {
    "recorded": (translatable("Recorded"), "good"),
    "taken_back": (translatable("Recorded, then reverted"), ""),
    "pending": (translatable("Waiting for the schedule"), "warn"),
    "rejected": (translatable("Not recorded"), "bad"),
    "failed": (translatable("Not recorded, error on our side"), "bad"),
}

KINDS: Final[dict[Kind, str]] = {
    "checked_in": translatable("somebody came to the conference"),
    "session_attended": translatable("somebody attended a session"),
    "person_met": translatable("two people met"),
    "left": translatable("somebody left"),
    "reverted": translatable("an earlier event was reverted"),
    "unknown": "",
}
