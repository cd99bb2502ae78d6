"""HTTP interface for operators and other systems: what became of the mails."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import AfterValidator, BaseModel, Field

from notifications.contacts.repository import Contacts
from notifications.mail_kinds import KINDS
from notifications.messages.domain.states import State
from notifications.messages.repository.messages import Messages
from notifications.rules.repository.scheduled_mails import ScheduledMails
from shared import clock
from shared.contract.events.fields import Id
from shared.web.access.guard import Guard
from shared.web.access.router import Router


def _known_kind(name: str) -> str:
    if name not in KINDS:
        raise ValueError(f"must be one of {', '.join(KINDS)}")
    return name


KindName = Annotated[str, AfterValidator(_known_kind), Field(json_schema_extra={"enum": list(KINDS)})]


class MessageView(BaseModel):
    """A message, without its text and its address."""

    id: str
    token: str = Field(description="its token in the Message-ID and in the topic `notifications.deliveries`")
    kind: str
    recipient: str = Field(description="the person's id")
    cause: str = Field(description="the event that caused it")
    about: str = Field(description='what it is about, such as `application/ID`; "" for nothing in particular')
    state: State
    listing_ids: list[str] = Field(description="in a digest of matches: the listings that it mentions for the first time")
    correlation_id: str
    created_at: datetime
    changed_at: datetime
    not_after: datetime = Field(description="when it stops being worth sending")
    deferrals: int = Field(description="how often the mail server asked to retry later")
    answer: str = Field(default="", description="the mail server's last response, or why there is none")
    body_sha256: str = Field(default="", description="the hash of the mail as it was sent; the mail itself is deleted earlier")
    feedback: str = Field(default="", description="what happened after it was sent: `bounced` or `complained`")
    feedback_reason: str = Field(default="", description="the reason, such as `hard bounce 5.1.1`")


class Statistics(BaseModel):
    """How many people and mails there are. Mails that have ended count for KEEP_RECORDS_DAYS."""

    contacts: int
    hosts: int
    waiting_for_consent: int
    unsubscribed: int
    scheduled: int = Field(description="mails to be written, now or later")
    pending: int = Field(description="mails to be written now, and digests that wait for their time")
    due: int = Field(description="mails and digests to be written now")
    queued: int = Field(description="mails that are written but have not ended")
    sent: int
    failed: int
    suppressed: int
    expired: int
    unknown: int
    cancelled: int


def create_router(guard: Guard, contacts: Contacts, scheduled_mails: ScheduledMails, messages: Messages) -> Router:
    """``/messages`` and ``/statistics``."""
    router = Router(tags=["notifications"])

    @router.get("/messages", dependencies=[Depends(guard("mails", people=True))])
    async def find_messages(
        person_id: Annotated[Id, Query()],
        kind: Annotated[KindName | None, Query(description="only mails of this kind")] = None,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    ) -> list[MessageView]:
        """Return the mails to a person, the newest first."""
        return [MessageView(**message) for message in await messages.find_by_recipient(person_id, limit, kind)]

    @router.get("/statistics", dependencies=[Depends(guard("operator", people=True))])
    async def get_statistics() -> Statistics:
        now = clock.now()
        known = await contacts.statistics(now)
        mails = await scheduled_mails.count_due(now)
        known["pending"] += mails
        known["due"] += mails
        return Statistics(**known, scheduled=await scheduled_mails.count_open(), **await messages.statistics())

    return router
