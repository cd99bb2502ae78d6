"""Webhooks: taken in at once, worked off after."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from typing import Final

import structlog
from prometheus_client import Counter
from pydantic import SecretStr

from registration.domain.connections import Connection
from registration.domain.deliveries import KEPT_FOR, Delivery, State, delivery_id
from registration.domain.objects import Sighting
from registration.domain.traces import persons_in
from registration.encryption import Cipher
from registration.repository.connections import Connections
from registration.repository.deliveries import Deliveries
from registration.systems import WEBHOOKS, standard
from registration.systems.base import Reading, Request, Stale, Unverified, fingerprint
from registration.use_cases.intake import Intake, Statement
from registration.use_cases.observing import Observing
from shared.envelope import Rejected
from shared.logging import correlated
from shared.mongo import Tx
from shared.persons import person_id
from shared.problems import Problem, conflict, not_found

log = structlog.get_logger(__name__)

WEBHOOKS_RECEIVED = Counter("webhooks_received", "webhooks by system and what was answered", ["system", "answer"])

_KEPT_HEADERS: Final = ("webhook-id",)
"""What is needed besides the body to read it again."""


class Accepting:
    """Takes webhooks in: verified, kept, answered. Nothing is fetched here, so that the answer comes at once."""

    def __init__(self, connections: Connections, deliveries: Deliveries, cipher: Cipher, person_key: SecretStr) -> None:
        self._connections = connections
        self._deliveries = deliveries
        self._cipher = cipher
        self._person_key = person_key

    async def verify(self, connection_id: str, request: Request, now: datetime) -> Connection:
        """The connection whose system made this request.

        Raises:
            Problem: there is no such connection (404), it takes nothing in (403), or the request does not prove to come from
                its system (401), now (403).
        """
        connection = await self._connections.get(connection_id)
        if connection is None:
            raise not_found("connection", connection_id)
        try:
            if connection.disabled:
                raise Stale("the connection is disabled")
            if connection.system not in WEBHOOKS:
                raise Stale(f"{connection.system} sends no webhooks; it is polled")
            secrets = [self._cipher.decrypt(secret.encrypted) for secret in connection.valid_secrets(now)]
            WEBHOOKS[connection.system].verify(request, secrets, now)
        except Unverified as unverified:
            raise _refused(connection, unverified) from None
        return connection

    async def receive(self, connection: Connection, request: Request, now: datetime) -> Delivery:
        """Keep a verified webhook. A repeat changes nothing, but has a failed one tried again.

        Raises:
            Rejected: it cannot be read; it is kept as failed.
            Problem: 403, it is a replay of an earlier attempt to deliver the same.
        """
        webhooks = WEBHOOKS[connection.system]
        rejected, key, reading = None, fingerprint(request.body), Reading()
        try:
            key = webhooks.key(request, now)
            reading = webhooks.read(request, connection)
        except Rejected as unreadable:
            rejected = unreadable
        delivery = self._delivery(connection, request, key, reading, rejected, now)
        persons = persons_in(delivery.body or b"", connection.source, lambda text: person_id(text, self._person_key))
        if not await self._deliveries.add(delivery, persons):
            await self._repeated(connection, delivery, persons)
        answer = "unreadable" if rejected else delivery.state
        WEBHOOKS_RECEIVED.labels(connection.system, answer).inc()
        log.info("webhook_received", connection_id=connection.id, delivery_id=delivery.id, answer=answer)
        if rejected:
            raise rejected
        return delivery

    def _delivery(
        self, connection: Connection, request: Request, key: str, reading: Reading, rejected: Rejected | None, now: datetime
    ) -> Delivery:
        state: State = "failed" if rejected else "ignored" if reading.ignored else "waiting"
        return Delivery(
            id=delivery_id(connection.id, key),
            connection_id=connection.id,
            state=state,
            received_at=now,
            due_at=now if state == "waiting" else now + KEPT_FOR,
            body=None if reading.ignored else request.body,
            headers={name: request.headers[name] for name in _KEPT_HEADERS if name in request.headers},
            sent=standard.attempt(request) if connection.system == "standard" else 0,
            reason=str(rejected or reading.ignored),
        )

    async def _repeated(self, connection: Connection, delivery: Delivery, persons: set[str]) -> None:
        if connection.system == "standard" and not await self._deliveries.sent_again(delivery.id, delivery.sent):
            raise _refused(connection, Stale("this attempt to deliver was made before: a replay"))
        if delivery.state == "waiting":
            await self._deliveries.renew(delivery, persons)


@dataclass(frozen=True, slots=True)
class WorkedOff:
    """A delivery, what it said, and what was fetched for it."""

    delivery: Delivery
    reading: Reading
    fetched: list[Sighting]


class Delivered:
    """Makes attendance of deliveries, in the transaction given."""

    def __init__(self, connections: Connections, deliveries: Deliveries, observing: Observing, intake: Intake) -> None:
        self._connections = connections
        self._deliveries = deliveries
        self._observing = observing
        self._intake = intake

    async def apply(self, connection: Connection, worked_off: Collection[WorkedOff], tx: Tx) -> None:
        """Take over what a connection's deliveries said, and end them.

        Raises:
            LeaseLost: another instance has one of them in hand.
        """
        ignored = {one.delivery.id: one.reading.ignored for one in worked_off if one.reading.ignored}
        await self._deliveries.finish([one.delivery for one in worked_off], ignored, tx)
        sightings = [
            replace(seen, cause=one.delivery.id) for one in worked_off for seen in (*one.reading.sightings, *one.fetched)
        ]
        # As it is now: its sessions may have been changed since these were taken in hand.
        now = await self._connections.get(connection.id, tx.session) or connection
        await self._observing.observe(now, sightings, tx)
        for one in worked_off:
            with correlated(one.delivery.id):
                self._intake.state((Statement(told.source, told.id, told.time, told.data) for told in one.reading.told), tx)


class Inspecting:
    """Shows operators what became of deliveries, and has failed ones tried again."""

    def __init__(self, deliveries: Deliveries) -> None:
        self._deliveries = deliveries

    async def latest(self, connection_id: str, state: State | None, before: datetime | None, limit: int) -> list[Delivery]:
        """A connection's deliveries, the latest first."""
        return await self._deliveries.latest(connection_id, state, before, limit)

    async def retry(self, connection_id: str, id: str, now: datetime) -> None:
        """Try a failed delivery again from the start.

        Raises:
            Problem: there is none of this id (404), or it has not failed (409).
        """
        if await self._deliveries.retry(connection_id, now, id):
            return
        delivery = await self._deliveries.get(id)
        if delivery is None or delivery.connection_id != connection_id:
            raise not_found("delivery", id)
        raise conflict(f"the delivery {id!r} is {delivery.state}; only a failed one is tried again")

    async def retry_all(self, connection_id: str, now: datetime) -> int:
        """Try all of a connection's failed deliveries again. Returns how many there are."""
        return await self._deliveries.retry(connection_id, now)


def _refused(connection: Connection, reason: Unverified) -> Problem:
    WEBHOOKS_RECEIVED.labels(connection.system, "refused").inc()
    log.warning("webhook_refused", connection_id=connection.id, reason=str(reason))
    if isinstance(reason, Stale):
        return Problem(HTTPStatus.FORBIDDEN, str(reason))
    scheme = "Basic" if connection.system in ("pretix", "eventbrite") else "Signature"
    return Problem(HTTPStatus.UNAUTHORIZED, str(reason), headers={"WWW-Authenticate": f'{scheme} realm="webhooks"'})
