"""Dead letters: records that could not be applied, kept with the reason. ``python -m shared.dead_letters`` shows them."""

from shared.dead_letters.burying import Burial, PersonsIn
from shared.dead_letters.letters import Content, DeadLetter
from shared.dead_letters.reading import Page, forget, letters, page
from shared.dead_letters.replaying import NotKept, discard, replay

__all__ = ["Burial", "Content", "DeadLetter", "NotKept", "Page", "PersonsIn", "discard", "forget", "letters", "page", "replay"]
