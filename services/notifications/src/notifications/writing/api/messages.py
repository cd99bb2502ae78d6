"""HTTP in for operators and other systems: what became of the mails."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AfterValidator, BaseModel, Field

from notifications.contacts.repository import Contacts
from notifications.mail_kinds import KINDS
from notifications.messages.domain.states import State
from notifications.messages.repository.messages import Messages
from notifications.rules.repository.scheduled_mails import ScheduledMails
from shared import clock
from shared.contract.events.fields import Id


def _kind(name: str) -> str:
    if name not in KINDS:
        raise ValueError(f"must be one of {', '.join(KINDS)}")
    return name


KindName = Annotated[str, AfterValidator(_kind), Field(json_schema_extra={"enum": list(KINDS)})]


class MessageView(BaseModel):
    """A mail, without what it says and to which address."""

    id: str
    token: str = Field(description="what stands for it in its Message-ID, and in `notifications.deliveries`")
    kind: str
    recipient: str = Field(description="the person's id")
    cause: str = Field(description="the event that caused it")
    about: str = Field(description='what it is about, such as `application/ID`; "" where that is nothing particular')
    state: State
    listing_ids: list[str] = Field(description="of a digest of matches: those that it tells of for the first time")
    correlation_id: str
    created_at: datetime
    changed_at: datetime
    not_after: datetime = Field(description="until when it is worth sending")
    deferrals: int = Field(description="how often the mail server asked to come back later")
    answer: str = Field(default="", description="the mail server's last answer, or the trouble with it")
    body_sha256: str = Field(default="", description="of the mail as it was sent, which itself is dropped")
    feedback: str = Field(default="", description="what came back after it was sent: `bounced`, `complained`")
    feedback_reason: str = Field(default="", description="what that said, such as `hard bounce 5.1.1`")


class Statistics(BaseModel):
    """How many of each there are now: of people, then of mails. Those that ended count for KEEP_RECORDS_DAYS."""

    contacts: int
    hosts: int
    waiting_for_consent: int
    unsubscribed: int
    scheduled: int = Field(description="mails that are to be written, now or on later days")
    pending: int = Field(description="what is to be written now, and digests whose window is to come")
    queued: int = Field(description="mails that were written and whose end is open")
    sent: int
    failed: int
    suppressed: int
    expired: int
    unknown: int
    cancelled: int


def create_router(contacts: Contacts, scheduled_mails: ScheduledMails, messages: Messages) -> APIRouter:
    """``/messages`` and ``/statistics``."""
    router = APIRouter(tags=["notifications"])

    @router.get("/messages")
    async def find_messages(
        person_id: Annotated[Id, Query()],
        kind: Annotated[KindName | None, Query(description="only mails of this kind")] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> list[MessageView]:
        """The mails to a person, the newest first."""
        return [MessageView(**message) for message in await messages.find_by_recipient(person_id, limit, kind)]

    @router.get("/statistics")
    async def get_statistics() -> Statistics:
        known = await contacts.statistics()
        known["pending"] += await scheduled_mails.count_due(clock.now())
        return Statistics(**known, scheduled=await scheduled_mails.count_open(), **await messages.statistics())

    return router
