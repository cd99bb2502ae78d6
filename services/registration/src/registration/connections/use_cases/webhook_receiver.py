"""Receives webhooks: verifies and stores them, and answers at once. They are processed later."""

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
from registration.encryption import Cipher
from registration.systems import WEBHOOK_ADAPTERS, standard
from registration.systems.base import Request, Stale, Unverified, WebhookContent, fingerprint
from registration.systems.connection import Connection
from shared.contract.envelope import Rejected
from shared.errors import Conflict, Forbidden, Invalid, NotFound, TooMany, Unauthenticated
from shared.persons import person_id

log = structlog.get_logger(__name__)

WEBHOOKS_RECEIVED = prometheus_client.Counter(
    "webhooks_received", "webhooks by system and what was answered", ["system", "answer"]
)

_KEPT_HEADERS: Final = ("webhook-id",)
"""What is needed besides the body to read it again."""
MOST_PERSONS: Final = 5_000
"""Persons whose addresses or accounts one webhook may hold."""
MOST_IN_LINE: Final = 50
"""Webhooks of one connection that wait to be read."""
MOST_KEPT_BYTES: Final = 256 * 1024 * 1024
"""Of the webhooks of one connection that wait or have failed."""


@dataclass(frozen=True, slots=True)
class ReceivedWebhook:
    """A webhook that is kept. ``repeated``: this very attempt to deliver it was made before, and changes nothing."""

    delivery_id: str
    repeated: bool = False


class WebhookReceiver:
    """Takes webhooks in. Nothing is fetched here, so that the answer comes at once.

    A webhook is read in a thread, one of each connection at a time: a large one delays only those of its own connection.
    """

    def __init__(self, connections: Connections, deliveries: Deliveries, cipher: Cipher, person_key: SecretStr) -> None:
        self._connections = connections
        self._deliveries = deliveries
        self._cipher = cipher
        self._person_key = person_key
        self._reading = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(1))
        self._in_line = Counter[str]()
        self._kept: dict[str, int] = {}
        """How many bytes of each connection's webhooks are kept, as far as is known here."""

    async def verify(self, connection_id: str, request: Request, now: datetime) -> Connection:
        """The connection whose system made this request.

        Raises:
            NotFound: there is no such connection.
            Unauthenticated: the request does not prove to come from its system.
            Forbidden: it was not sent now, or the connection takes nothing in.
        """
        connection = await self._connections.get(connection_id)
        if connection is None:
            raise NotFound("connection", connection_id)
        try:
            if connection.system not in WEBHOOK_ADAPTERS:
                raise Stale(f"{connection.system} sends no webhooks; it is polled")
            secrets = [self._cipher.decrypt(secret.encrypted) for secret in connection.valid_secrets(now)]
            WEBHOOK_ADAPTERS[connection.system].verify(request, secrets, now)
            if connection.disabled:
                raise Stale("the connection is disabled")
        except Unverified as unverified:
            raise _refused(connection, unverified) from None
        return connection

    async def receive(self, connection: Connection, request: Request, now: datetime) -> ReceivedWebhook:
        """Keep a verified webhook. A repeat changes nothing, but has a failed one tried again.

        Raises:
            Rejected: it cannot be read; it is kept as failed.
            Invalid: it holds more persons than one webhook may. As with those below, it is not kept.
            Conflict: its id is another one's.
            TooMany: too much of its connection is waiting already.
        """
        full = self._kept.get(connection.id, 0) + len(request.body) > MOST_KEPT_BYTES
        if self._in_line[connection.id] >= MOST_IN_LINE:
            raise _too_much(connection, "send it again in some seconds", 5)
        self._in_line[connection.id] += 1
        try:
            async with self._reading[connection.id]:
                delivery, persons, rejected = await asyncio.to_thread(self._examine, connection, request, now)
        finally:
            self._in_line[connection.id] -= 1
        if full and delivery.body is not None:
            if rejected:
                raise rejected
            raise _too_much(connection, f"{MOST_KEPT_BYTES:,} bytes of its webhooks wait or have failed; see its deliveries", 60)
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
        """Count again what is stored, as other tasks process it."""
        self._kept = await self._deliveries.kept_bytes()

    def _examine(
        self, connection: Connection, request: Request, now: datetime
    ) -> tuple[Delivery, frozenset[str], Rejected | None]:
        """What is to be kept of a webhook, the persons that it holds, and why it cannot be read, where it cannot."""
        webhooks = WEBHOOK_ADAPTERS[connection.system]
        rejected, key, content = None, fingerprint(request.body), WebhookContent()
        try:
            key = webhooks.key(request, now)
            content = webhooks.read(request, connection)
        except Rejected as unreadable:
            rejected = unreadable
        delivery = _delivery(connection, request, key, content, rejected, now)
        persons = persons_in([delivery.body or b""], connection.source, lambda text: person_id(text, self._person_key))
        if not persons.complete or len(persons.ids) > MOST_PERSONS:
            raise Invalid(
                "body",
                f"names more than {MOST_PERSONS:,} persons, which are the most of one webhook; send several",
            )
        return delivery, persons.ids, rejected

    async def _is_repeated(self, connection: Connection, delivery: Delivery, persons: Collection[str]) -> bool:
        """Whether what was delivered before comes by the very same attempt. If not, and it has failed, it is tried again."""
        known = await self._deliveries.get(delivery.id)
        if connection.system == "standard" and known:
            other = known.content not in ("", delivery.content)
            if other and known.state != "failed":
                raise Conflict("webhook-id: was used for another content; give each webhook an id of its own")
            if not (await self._deliveries.sent_again(delivery.id, delivery.sent) or other):
                return True
        if delivery.state == "waiting":
            await self._deliveries.renew(delivery, persons)
        return False


def _delivery(
    connection: Connection, request: Request, key: str, content: WebhookContent, rejected: Rejected | None, now: datetime
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
        sent=standard.attempt(request) if connection.system == "standard" else 0,
        reason=str(rejected or content.ignored),
    )


def _too_much(connection: Connection, detail: str, seconds: int) -> TooMany:
    WEBHOOKS_RECEIVED.labels(connection.system, "postponed").inc()
    problem = f"too many of the connection's webhooks wait: {detail}"
    return TooMany(problem, retry_after=seconds)


def _refused(connection: Connection, reason: Unverified) -> Forbidden | Unauthenticated:
    WEBHOOKS_RECEIVED.labels(connection.system, "refused").inc()
    log.warning("webhook_refused", connection_id=connection.id, reason=str(reason))
    if isinstance(reason, Stale):
        return Forbidden(str(reason))
    scheme = "Basic" if connection.system in ("pretix", "eventbrite") else "Signature"
    return Unauthenticated(str(reason), f'{scheme} realm="webhooks"')
