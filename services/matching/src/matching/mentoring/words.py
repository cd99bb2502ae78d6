"""What pages for mentors say of placements and nominations. The texts are translated when they are shown."""

from collections.abc import Mapping
from typing import Final

from matching.nominations.domain.transitions import State as NominationState
from matching.placements.domain.placement import State
from shared.refusals import Conflict, Refusal, Stale
from shared.wording.languages import translatable

PLACEMENTS: Final[dict[State, tuple[str, str]]] = {
    "confirmed": (translatable("Has not started yet"), ""),
    "started": (translatable("Is under way"), "strong"),
    "completed": (translatable("Completed as planned"), "good"),
    "ended": (translatable("Ended early"), ""),
}
"""Each with the tone of its badge."""
NOMINATIONS: Final[dict[NominationState, tuple[str, str]]] = {
    "proposed": (translatable("Waiting for their answer"), ""),
    "agreed": (translatable("They agreed: the host can see it"), "good"),
    "declined": (translatable("They declined: this is final"), "bad"),
    "withdrawn": (translatable("Withdrawn"), ""),
    "expired": (translatable("They did not answer before the programme closed"), ""),
}
DONE: Final = {
    "start": translatable("Thank you. We have recorded that it has started."),
    "not-started": translatable("Thank you. We have recorded that it has not started yet."),
    "feedback": translatable("Thank you. Your feedback is saved; your mentee does not see it."),
    "skills": translatable("The skills are saved. Your mentee is asked to confirm them."),
    "left": translatable("You are no longer their mentor. Tell your colleagues, so that somebody else takes over."),
    "nominated": translatable("They have been asked. Nobody else learns of it until they agree."),
    "withdrawn": translatable("The nomination is withdrawn."),
}
STALE: Final = translatable("This has changed since you saw it. Look at it again, then send it again.")
REFUSALS: Final[Mapping[type[Refusal], str]] = {
    Stale: STALE,
    Conflict: translatable("This is not possible at the moment. Nothing was changed."),
}
"""What pages say of a refusal, in words for mentors."""
UNKNOWN: Final = translatable(
    "You cannot nominate them for this programme: you have not met them at one of your organization's conferences."
)
