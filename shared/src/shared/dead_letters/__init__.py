"""Dead letters: records that could not be applied, kept with the reason. ``python -m shared.dead_letters`` shows them."""

from shared.dead_letters.burying import Burial, PersonsIn
from shared.dead_letters.choosing import filtered, named
from shared.dead_letters.letters import Content, DeadLetter, details, summary
from shared.dead_letters.reading import Page, forget, letters, page
from shared.dead_letters.replaying import NotKept, discard, replay

__all__ = [
    "Burial",
    "Content",
    "DeadLetter",
    "NotKept",
    "Page",
    "PersonsIn",
    "details",
    "discard",
    "filtered",
    "forget",
    "letters",
    "named",
    "page",
    "replay",
    "summary",
]
