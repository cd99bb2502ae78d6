"""Two attendees who agree to go together: one draws a code and passes it on, the other enters it. Pure."""

from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field

from matching.model.requests import RequestBody

ALPHABET: Final = "ACDEFGHJKLMNPQRTUVWXY34679"
"""Letters and digits that are not taken for each other."""
CODE_LENGTH: Final = 8


@dataclass(frozen=True, slots=True)
class Partnership:
    """An attendee's wish to go together with whoever enters the code, and the attendee who did."""

    attendee_id: str
    code: str
    """Empty once it was entered, because it is for one person."""
    partner_id: str | None = None

    @property
    def shown_code(self) -> str:
        """The code in two groups, to read out; empty once somebody entered it."""
        return f"{self.code[:4]} {self.code[4:]}".strip()

    def other(self, attendee_id: str) -> str | None:
        """The other one of the two; None as long as there is none."""
        return self.attendee_id if attendee_id == self.partner_id else self.partner_id


class PartnerCode(RequestBody):
    """The code that somebody else drew."""

    code: Annotated[str, Field(min_length=1, max_length=40, description="spaces, dashes and lower case do not matter")]

    def plain(self) -> str:
        """The code as it was drawn."""
        return "".join(letter for letter in self.code.upper() if letter in ALPHABET)
