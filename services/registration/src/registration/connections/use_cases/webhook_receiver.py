"""Receives webhooks: verifies and stores them, and responds at once. They are processed later."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import prometheus_client
import structlog
from pydantic import SecretStr

from registration.attendees.domain.mentions import persons_in
from registration.connections.domain.deliveries import KEPT_FOR, Delivery, State, delivery_id
from registration.connections.repository.connections import Connections
from registration.connections.repository.deliveries import Deliveries
from registration.systems import WEBHOOK_ADAPTERS, standard_webhooks
from registration.systems.adapter import WebhookContent, WebhookRefused, WebhookRequest
from registration.systems.connection import Connection
from registration.systems.signatures import fingerprint
from shared.contract.envelope import Rejected
from shared.encryption import Cipher
from shared.persons import person_id
from shared.refusals import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated

log = structlog.get_logger(__name__)

WEBHOOKS_RECEIVED = prometheus_client.Counter(
    "opportunity_desk_webhooks_received", "webhooks, by system and response", ["system", "answer"]
)

_KEPT_HEADERS: Final = ("webhook-id",)
"""The headers that are stored with the body, because reading the webhook again needs them."""
MAX_PERSONS: Final = 5_000
"""The most persons whose addresses or accounts one webhook may contain."""
MAX_QUEUED: Final = 50
"""The most webhooks of one connection that wait to be read."""
MAX_KEPT_BYTES: Final = 256 * 1024 * 1024
"""The most bytes of one connection's webhooks that wait or have failed."""


@dataclass(frozen=True, slots=True)
class ReceivedWebhook:
    """A webhook that is stored. ``repeated``: exactly this attempt to deliver it was received before, and changes nothing."""

    delivery_id: str
    repeated: bool = False


class WebhookReceiver:
    """Verifies and stores webhooks. It fetches nothing, so that it can respond at once.

    A webhook is read in a thread, one at a time for each connection: a large one delays only its own connection's.
    """

    def __init__(self, connections: Connections, deliveries: Deliveries, cipher: Cipher, person_key: SecretStr) -> None:
        self._connections = connections
        self._deliveries = deliveries
        self._cipher = cipher
        self._person_key = person_key
        self._reading = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(1))
        self._queued = Counter[str]()
        self._kept: dict[str, int] = {}
        """How many bytes of webhooks are stored for each connection, as far as this instance knows."""

    async def verify(self, connection_id: str, request: WebhookRequest, now: datetime) -> Connection:
        """The connection whose system made this request.

        Raises:
            NotFound: there is no such connection.
            Unauthenticated: the request does not prove to come from its system.
            Forbidden: it was sent too long ago, or the connection accepts no webhooks.
        """
        connection = await self._connections.get(connection_id)
        if connection is None:
            raise NotFound("connection", connection_id)
        try:
            if connection.system not in WEBHOOK_ADAPTERS:
                raise WebhookRefused(f"{connection.system} sends no webhooks; it is polled", verified=True)
            secrets = [self._cipher.decrypt(secret.encrypted) for secret in connection.valid_secrets(now)]
            WEBHOOK_ADAPTERS[connection.system].verify(request, secrets, now)
            if connection.disabled:
                raise WebhookRefused("the connection is disabled", verified=True)
        except WebhookRefused as refused:
            raise _refused(connection, refused) from None
        return connection

    async def receive(self, connection: Connection, request: WebhookRequest, now: datetime) -> ReceivedWebhook:
        """Store a verified webhook. A repeat changes nothing, except that a failed delivery is tried again.

        Raises:
            Rejected: it cannot be read. It is stored as failed.
            Invalid: it names too many persons. Like those below, it is not stored.
            Conflict: its id was used for another webhook.
            TooMany: too many of its connection's webhooks wait already.
        """
        full = self._kept.get(connection.id, 0) + len(request.body) > MAX_KEPT_BYTES
        if self._queued[connection.id] >= MAX_QUEUED:
            raise _too_many(connection, "send it again in a few seconds", 5)
        self._queued[connection.id] += 1
        try:
            async with self._reading[connection.id]:
                delivery, persons, rejected = await asyncio.to_thread(self._examine, connection, request, now)
        finally:
            self._queued[connection.id] -= 1
        if full and delivery.body is not None:
            if rejected:
                raise rejected
            raise _too_many(connection, f"{MAX_KEPT_BYTES:,} bytes of its webhooks are waiting or failed; see its deliveries", 60)
        repeated = False
        if not await self._deliveries.add(delivery, persons):
            repeated = await self._is_repeated(connection, delivery, persons)
        else:
            self._kept[connection.id] = self._kept.get(connection.id, 0) + (delivery.size if delivery.body else 0)
        answer = "unreadable" if rejected else "repeated" if repeated else delivery.state
        WEBHOOKS_RECEIVED.labels(connection.system, answer).inc()
        log.info("webhook_received", connection_id=connection.id, delivery_id=delivery.id, answer=answer)
        if rejected:
            raise rejected
        return ReceivedWebhook(delivery.id, repeated)

    async def measure(self) -> None:
        """Count again how much is stored: other tasks and instances change it."""
        self._kept = await self._deliveries.kept_bytes()

    def _examine(
        self, connection: Connection, request: WebhookRequest, now: datetime
    ) -> tuple[Delivery, frozenset[str], Rejected | None]:
        """The delivery to store, the persons whom it names, and the error if it cannot be read."""
        adapter = WEBHOOK_ADAPTERS[connection.system]
        rejected, key, content = None, fingerprint(request.body), WebhookContent()
        try:
            key = adapter.key(request, now)
            content = adapter.read(request, connection)
        except Rejected as unreadable:
            rejected = unreadable
        delivery = _delivery(connection, request, key, content, rejected, now)
        persons = persons_in([delivery.body or b""], connection.source, lambda text: person_id(text, self._person_key))
        if not persons.complete or len(persons.ids) > MAX_PERSONS:
            raise Invalid(
                "body",
                f"names more than {MAX_PERSONS:,} persons, the most of one webhook; send several",
            )
        return delivery, persons.ids, rejected

    async def _is_repeated(self, connection: Connection, delivery: Delivery, persons: Collection[str]) -> bool:
        """Whether exactly this attempt was received before. If not, a failed delivery is tried again."""
        known = await self._deliveries.get(delivery.id)
        if connection.system == "standard" and known:
            is_other = known.content not in ("", delivery.content)
            if is_other and known.state != "failed":
                raise Conflict("webhook-id: was used for other content; give each webhook its own id")
            if not (await self._deliveries.sent_again(delivery.id, delivery.sent) or is_other):
                return True
        if delivery.state == "waiting":
            await self._deliveries.renew(delivery, persons)
        return False


def _delivery(
    connection: Connection, request: WebhookRequest, key: str, content: WebhookContent, rejected: Rejected | None, now: datetime
) -> Delivery:
    state: State = "failed" if rejected else "ignored" if content.ignored else "waiting"
    return Delivery(
        id=delivery_id(connection.id, key),
        connection_id=connection.id,
        state=state,
        received_at=now,
        due_at=now if state == "waiting" else now + KEPT_FOR,
        body=None if content.ignored else request.body,
        size=0 if content.ignored else len(request.body),
        content=fingerprint(request.body),
        headers={name: request.headers[name] for name in _KEPT_HEADERS if name in request.headers},
        sent=standard_webhooks.attempt(request) if connection.system == "standard" else 0,
        reason=str(rejected or content.ignored),
    )


def _too_many(connection: Connection, detail: str, seconds: int) -> TooMany:
    WEBHOOKS_RECEIVED.labels(connection.system, "postponed").inc()
    return TooMany(f"too many of the connection's webhooks are waiting: {detail}", retry_after=seconds)


def _refused(connection: Connection, refused: WebhookRefused) -> Forbidden | Unauthenticated:
    WEBHOOKS_RECEIVED.labels(connection.system, "refused").inc()
    log.warning("webhook_refused", connection_id=connection.id, reason=str(refused))
    if refused.verified:
        return Forbidden(str(refused))
    scheme = "Basic" if connection.system in ("pretix", "eventbrite") else "Signature"
    return Unauthenticated(str(refused), f'{scheme} realm="webhooks"')
