"""Drafts: a scheduled mail's messages before their text is written. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from notifications.contacts.domain import Contact
from notifications.mail.content import MailContent
from notifications.mail.message import Message, message_id
from notifications.rules.domain.scheduled_mails import ScheduledMail


@dataclass(frozen=True, slots=True)
class Draft:
    """A scheduled mail and whom to write to."""

    scheduled: ScheduledMail
    contacts: Mapping[str, Contact]
    messages: list[Message]
    """Some may exist already."""
    after: str
    """Up to which id these are, of a large audience of which there are more; else ""."""


def drafted(scheduled: ScheduledMail, cause: str, recipient: str, now: datetime) -> Message:
    """The message of a scheduled mail to one of its recipients."""
    return Message(
        id=message_id(cause, scheduled.kind.name, recipient),
        kind=scheduled.kind,
        recipient=recipient,
        cause=cause,
        correlation_id=scheduled.correlation_id,
        created_at=now,
        due_at=now,
        not_after=scheduled.not_after,
        about=scheduled.about,
        caused_by=scheduled.caused_by,
        about_persons=tuple({scheduled.details.person_id} - {"", recipient}),
        order=scheduled.version,
    )


def naming(message: Message, content: MailContent) -> Message:
    """The message with everybody whom its content names."""
    return replace(message, about_persons=tuple(dict.fromkeys((*message.about_persons, *content.named))))
