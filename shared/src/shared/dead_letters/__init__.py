"""Dead letters: records that could not be applied, kept with the reason. ``python -m shared.dead_letters`` shows them."""

from shared.dead_letters.burying import Burial, PersonsIn
from shared.dead_letters.choosing import filtered, named
from shared.dead_letters.letters import Content, DeadLetter, details, event_of, summary
from shared.dead_letters.quota import Quota
from shared.dead_letters.reading import Page, forget, letters, page
from shared.dead_letters.replaying import NotKept, discard, replay

__all__ = [
    "Burial",
    "Content",
    "DeadLetter",
    "NotKept",
    "Page",
    "PersonsIn",
    "Quota",
    "details",
    "discard",
    "event_of",
    "filtered",
    "forget",
    "letters",
    "named",
    "page",
    "replay",
    "summary",
]
