"""Acts upon what came back: bad addresses are suppressed, and people who complained are unsubscribed.

The token in the address that a bounce came to, or in its copy of our mail, is what is trusted: it says which message, and so
which address it went to, and nobody who did not get a mail of ours has one. An address that a bounce names can only spare ours.
"""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog
from prometheus_client import Counter

from notifications.bounces.domain import Report, Understood
from notifications.contacts.repository import Contacts
from notifications.links import Links, MessageAddress, UnsubscribeAddress
from notifications.messages.domain import OPEN, ReturnedMessage
from notifications.messages.repository.feedback import FeedbackRecords
from notifications.messages.repository.messages import Messages
from notifications.messages.use_cases import publish_state_changes
from notifications.preferences.use_cases import Subscriptions
from notifications.suppressions.repository import AddressRecord, Suppressions
from notifications.suppressions.use_cases import suppress_address
from shared.database.mongo import Tx
from shared.logging import correlated

log = structlog.get_logger(__name__)

INBOUND = Counter("mails_inbound", "mails passed to POST /inbound, by what they say", ["understood"])

_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BounceOutcome:
    """What a mail said, and whether that changed anything: not where it came again, or is about none of our messages."""

    understood: Understood
    applied: bool
    message_id: str = ""
    """Of the message that it is about; "" where it is about none of ours."""


class MessageInHand(Exception):
    """The message is being sent at this very moment: what became of it can only be told once that has ended."""


class Bounces:
    """The use cases; each runs in the transaction it is given. ``soft_bounces``: how many in a row suppress an address."""

    def __init__(
        self,
        feedback: FeedbackRecords,
        contacts: Contacts,
        messages: Messages,
        suppressions: Suppressions,
        subscriptions: Subscriptions,
        links: Links,
        soft_bounces: int,
    ) -> None:
        self._feedback = feedback
        self._contacts = contacts
        self._messages = messages
        self._suppressions = suppressions
        self._subscriptions = subscriptions
        self._links = links
        self._soft_bounces = soft_bounces

    async def take(self, report: Report, tx: Tx) -> BounceOutcome:
        """Act upon what a mail said. The same again changes nothing.

        Raises:
            MessageInHand: it is to be handed over once more, later.
        """
        concerned = [self._links.addressee(address) for address in report.came_to]
        tokens = [one.token for one in concerned if isinstance(one, MessageAddress)] + list(report.tokens)
        persons = [one.person_id for one in concerned if isinstance(one, UnsubscribeAddress)]
        if persons and report.understood in ("other", "automatic_reply"):
            return BounceOutcome("unsubscribe", await self._subscriptions.subscribe(persons[0], False, tx))
        for token in dict.fromkeys(tokens):
            if message := await self._feedback.message(token, tx):
                with correlated(message.record.correlation_id):
                    return BounceOutcome(report.understood, await self._act_upon(message, report, tx), message.id)
        return BounceOutcome(report.understood, False)

    async def _act_upon(self, message: ReturnedMessage, report: Report, tx: Tx) -> bool:
        complained = report.understood == "complaint"
        if report.understood not in ("hard_bounce", "soft_bounce", "policy_bounce", "complaint"):
            return False
        if message.feedback == "complained" or (message.feedback == "bounced" and not complained):
            return False
        if message.state in ("claimed", "sending"):
            raise MessageInHand
        ended = message.state not in OPEN
        if ended:
            reason = report.understood.replace("_", " ") + (f" {report.status}" if report.status else "")
            change = await self._feedback.record(message, "complained" if complained else "bounced", reason, tx)
            publish_state_changes([change], tx)
        if address_id := message.address_id or await self._address_id(message.record.recipient, tx):
            if report.understood == "soft_bounce" or self._is_about_another_address(report, address_id):
                if ended:  # one that is queued once more keeps no record of it, so it could count twice
                    await self._count_soft_bounce(message, address_id, tx)
            elif report.understood != "policy_bounce":
                await self._suppress(message, address_id, report.understood, tx)
        if complained:
            await self._subscriptions.subscribe(message.record.recipient, False, tx)
        return True

    def _is_about_another_address(self, report: Report, address_id: str) -> bool:
        """Whether our address is there, and it is one that it forwards to, perhaps among others, that does not exist."""
        return (
            report.understood == "hard_bounce"
            and report.failed_at != ""
            and self._suppressions.id(report.failed_at) != address_id
        )

    async def _suppress(self, message: ReturnedMessage, address_id: str, reason: str, tx: Tx) -> None:
        record = message.record
        await suppress_address(self._suppressions, self._messages, address_id, record.recipient, reason, record.token, tx)

    async def _address_id(self, person_id: str, tx: Tx) -> str:
        """Of the person's address now, where the one that the message went to was not kept; "" where none is known."""
        contact = (await self._contacts.get_many([person_id], tx)).get(person_id)
        return self._suppressions.id(contact.mailbox.email) if contact and contact.mailbox else ""

    async def _count_soft_bounce(self, message: ReturnedMessage, address_id: str, tx: Tx) -> None:
        """One more in a row, unless a mail sent between the last one that came back and this one arrived.

        By the times of sending, as a bounce may take days: a mail sent yesterday has not proven anything yet.
        """
        known = await self._suppressions.find(address_id, tx) or AddressRecord()
        last = known.soft_bounced or _LONG_AGO
        arrived = known.soft_bounces and await self._feedback.arrived_between(
            message.record.recipient, last, message.changed_at, tx
        )
        count = 1 if arrived else known.soft_bounces + 1
        await self._suppressions.bounced_softly(address_id, count, max(last, message.changed_at), tx)
        if count >= self._soft_bounces:
            await self._suppress(message, address_id, "soft_bounces", tx)


def note(report: Report, outcome: BounceOutcome) -> None:
    """Count what came back, and log it; loudly where it is us that a server refuses."""
    INBOUND.labels(outcome.understood).inc()
    level = logging.ERROR if report.understood == "policy_bounce" and outcome.applied else logging.INFO
    log.log(
        level,
        "mail_came_back",
        understood=outcome.understood,
        applied=outcome.applied,
        message_id=outcome.message_id,
        status=report.status,
        fault=report.fault,
    )
