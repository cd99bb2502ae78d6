"""Acts on bounces and complaints: suppresses bad addresses, and unsubscribes people who complain.

Only the token is trusted, in the address that a bounce came to or in its copy of our mail: it identifies the message, and so the
address that the message went to, and only recipients of our mails have one. An address that the bounce itself names can only
prevent a suppression.
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
from notifications.mail.message import Message
from notifications.messages.domain.records import ReturnedMessage
from notifications.messages.domain.states import IN_HAND, OPEN
from notifications.messages.repository.messages import Messages
from notifications.messages.use_cases import publish_state_changes
from notifications.preferences.use_cases import Subscriptions
from notifications.suppressions.repository import AddressRecord, Suppressions
from notifications.suppressions.use_cases import suppress_address
from shared.database.mongo import Tx
from shared.logging import correlated
from shared.refusals import Busy

log = structlog.get_logger(__name__)

INBOUND = Counter("opportunity_desk_mails_inbound", "mails passed to POST /inbound, by what they say", ["understood"])

_LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BounceOutcome:
    """What a mail said, and whether that changed anything."""

    understood: Understood
    applied: bool
    """False if it came before, or is about none of our messages."""
    message_id: str = ""
    """The message that it is about; "" if it is about none of ours."""


class MessageInHand(Busy):
    """The message that came back is still being sent. Its bounce can be applied once the message has ended."""

    def __init__(self) -> None:
        super().__init__("the message that came back is still being sent; hand its bounce over again later", retry_after=60)


class Bounces:
    """Use cases; each runs in the transaction it is given."""

    def __init__(
        self,
        contacts: Contacts,
        messages: Messages,
        suppressions: Suppressions,
        subscriptions: Subscriptions,
        links: Links,
        soft_bounces: int,
    ) -> None:
        """``soft_bounces``: how many in a row suppress an address."""
        self._contacts = contacts
        self._messages = messages
        self._suppressions = suppressions
        self._subscriptions = subscriptions
        self._links = links
        self._soft_bounces = soft_bounces

    async def take(self, report: Report, tx: Tx) -> BounceOutcome:
        """Act on a mail's report. The same mail again changes nothing.

        Raises:
            MessageInHand: the mail must be handed over again later.
        """
        addressees = [self._links.addressee(address) for address in report.came_to]
        tokens = [addressee.token for addressee in addressees if isinstance(addressee, MessageAddress)] + list(report.tokens)
        persons = [addressee.person_id for addressee in addressees if isinstance(addressee, UnsubscribeAddress)]
        if persons and report.understood in ("other", "automatic_reply"):
            return BounceOutcome("unsubscribe", await self._subscriptions.subscribe(persons[0], False, tx))
        for token in dict.fromkeys(tokens):
            if returned := await self._messages.find_returned(token, tx):
                message = returned.message
                with correlated(message.correlation_id):
                    return BounceOutcome(report.understood, await self._act_upon(returned, report, tx), message.id)
        return BounceOutcome(report.understood, False)

    async def _act_upon(self, returned: ReturnedMessage, report: Report, tx: Tx) -> bool:
        complained = report.understood == "complaint"
        if report.understood not in ("hard_bounce", "soft_bounce", "policy_bounce", "complaint"):
            return False
        if returned.feedback == "complained" or (returned.feedback == "bounced" and not complained):
            return False
        if returned.state in IN_HAND:
            raise MessageInHand
        message, ended = returned.message, returned.state not in OPEN
        if ended:
            reason = report.understood.replace("_", " ") + (f" {report.status}" if report.status else "")
            change = await self._messages.add_feedback(message, "complained" if complained else "bounced", reason, tx)
            publish_state_changes([change], tx)
        if address_id := await self._address_id(returned, tx):
            if report.understood == "soft_bounce" or self._is_about_another_address(report, address_id):
                if ended:  # a message that is queued again keeps no feedback, so the same bounce could count twice
                    await self._count_soft_bounce(returned, address_id, tx)
            elif report.understood != "policy_bounce":
                await self._suppress(message, address_id, report.understood, tx)
        if complained:
            await self._subscriptions.subscribe(message.recipient, False, tx)
        return True

    def _is_about_another_address(self, report: Report, address_id: str) -> bool:
        """Whether our address exists, and forwards to the one that does not."""
        return (
            report.understood == "hard_bounce"
            and report.failed_at != ""
            and address_id not in self._suppressions.ids(report.failed_at)
        )

    async def _suppress(self, message: Message, address_id: str, reason: str, tx: Tx) -> None:
        await suppress_address(self._suppressions, self._messages, address_id, message, reason, tx)

    async def _address_id(self, returned: ReturnedMessage, tx: Tx) -> str:
        """``Suppressions.id`` of the address that the message went to, or "" if none is known.

        A message of an older key's time has the id under that key: if the person still has the address, it is renewed.
        """
        contact = (await self._contacts.get_many([returned.message.recipient], tx)).get(returned.message.recipient)
        email = contact.mailbox.email if contact and contact.mailbox else ""
        if not email or (returned.address_id and returned.address_id not in self._suppressions.ids(email)):
            return returned.address_id
        await self._suppressions.renew([email], tx)
        return self._suppressions.id(email)

    async def _count_soft_bounce(self, returned: ReturnedMessage, address_id: str, tx: Tx) -> None:
        """Count one more in a row, unless a mail sent between the last soft bounce and this one arrived.

        The times of sending count. A bounce may take days, so a mail sent yesterday does not prove yet that it arrived.
        """
        known = await self._suppressions.find(address_id, tx) or AddressRecord()
        last, sent_at = known.soft_bounced or _LONG_AGO, returned.changed_at
        arrived = known.soft_bounces and await self._messages.has_arrived_between(returned.message.recipient, last, sent_at, tx)
        count = 1 if arrived else known.soft_bounces + 1
        await self._suppressions.record_soft_bounce(address_id, count, max(last, sent_at), tx)
        if count >= self._soft_bounces:
            await self._suppress(returned.message, address_id, "soft_bounces", tx)


def log_outcome(report: Report, outcome: BounceOutcome) -> None:
    """Count and log a mail that came back, as an error if a server refuses us."""
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
