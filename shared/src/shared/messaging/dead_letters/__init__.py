"""Dead letters: records that could not be applied, with the reason. ``python -m shared.messaging.dead_letters`` lists them."""

from shared.messaging.dead_letters.burying import Burial, PersonsIn
from shared.messaging.dead_letters.choosing import filtered, named
from shared.messaging.dead_letters.letters import Content, DeadLetter, details, event_of, summary
from shared.messaging.dead_letters.quota import Quota
from shared.messaging.dead_letters.reading import LetterPage, forget, letters, page
from shared.messaging.dead_letters.replaying import NotKept, discard, replay

__all__ = [
    "Burial",
    "Content",
    "DeadLetter",
    "LetterPage",
    "NotKept",
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
