"""What pages for mentors say of placements and nominations. The texts are translated when they are shown."""

from typing import Final

from matching.nominations.domain.transitions import State as NominationState
from matching.placements.domain.placement import State
from shared.wording.languages import translatable

PLACEMENTS: Final[dict[State, tuple[str, str]]] = {
    "confirmed": (translatable("Has not started yet"), ""),
    "started": (translatable("Is under way"), "strong"),
    "completed": (translatable("Completed as planned"), "good"),
    "ended": (translatable("Ended early"), ""),
}
"""Each with the tone of its badge."""
NOMINATIONS: Final[dict[NominationState, tuple[str, str]]] = {
    "proposed": (translatable("Waits for their answer"), ""),
    "agreed": (translatable("They agreed: the host knows of it"), "good"),
    "declined": (translatable("They declined, for good"), "bad"),
    "withdrawn": (translatable("Withdrawn"), ""),
    "expired": (translatable("They did not answer before the programme closed"), ""),
}
DONE: Final = {
    "start": translatable("Noted: it has started."),
    "not-started": translatable("Noted: it has not started yet."),
    "feedback": translatable("Thank you. Your feedback is kept; your mentee does not see it."),
    "skills": translatable("The skills are kept. Your mentee is asked to confirm them."),
    "left": translatable("You no longer look after them. Tell your colleagues, so that somebody else does."),
    "nominated": translatable("They have been asked. Nobody else hears of it before they agree."),
    "withdrawn": translatable("The nomination is withdrawn."),
}
NOT_NOW: Final = translatable("This is not possible at the moment. Nothing was changed.")
STALE: Final = translatable("This has changed since you saw it. Look at it again, then send it once more.")
UNKNOWN: Final = translatable("You cannot nominate them for this programme: you did not meet them at a conference of yours.")
