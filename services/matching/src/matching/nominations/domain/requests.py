"""What mentors send about nominations. Pure."""

from typing import Annotated, Final

from pydantic import AfterValidator, Field

from matching.model.requests import RequestBody
from shared import free_text
from shared.contract.events.fields import Id

MAX_NOTE: Final = 1000


def _paragraphs(text: str) -> str:
    return free_text.paragraphs(text, MAX_NOTE)


class Proposal(RequestBody):
    """Whom a mentor nominates, for which programme, and why."""

    listing_id: Id = Field(description="the programme: a listing of the kind `leadership`")
    attendee_id: Id = Field(description="the nominee")
    organization_id: Id = Field(description="the organization in whose name the mentor nominates")
    mentor_person_id: Id | None = Field(default=None, description="the mentor; mentors who are signed in leave it out")
    note: Annotated[str, AfterValidator(_paragraphs)] = Field(
        default="",
        description=f"why: plain text of at most {MAX_NOTE:,} characters, with line breaks, for the nominee and then the host",
        json_schema_extra={"maxLength": MAX_NOTE, "pattern": free_text.PARAGRAPHS},
    )
