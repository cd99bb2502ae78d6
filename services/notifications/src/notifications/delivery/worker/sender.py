"""A sender: one mail after the other over one connection, so that a crash at any moment neither loses nor repeats a mail.

    queued → claimed → sending → sent | failed | expired | suppressed | unknown

That a mail begins is recorded after the server agreed to take it (MAIL, RCPT) and before its data leaves (DATA). So a mail that
was cut off is one that the server has not got (claimed: it is claimed again), or one that it may have (sending: by its kind it
is sent once more under the same Message-ID, or left to the provider's word).
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Final

import structlog

from notifications.delivery.domain.breaker import Breaker, Permit
from notifications.delivery.domain.pacing import Pace
from notifications.delivery.domain.replies import Outcome
from notifications.delivery.domain.retries import next_try, pause
from notifications.delivery.worker.claims import LOOK_SECONDS, Addressed, Claims
from notifications.delivery.worker.recording import Recorder
from notifications.delivery.worker.smtp import Connection
from notifications.mail.content import Mailbox
from notifications.mail.headers import wire_address
from notifications.mail.mime import addressed
from notifications.mail_kinds import Lane
from notifications.messages.domain import Begun, Ended, Postponed, State
from notifications.metrics import BREAKER_OPEN, MAILS
from shared import clock
from shared.logging import correlated, without_addresses

log = structlog.get_logger(__name__)

_STOP_SECONDS: Final = 5.0
"""How long a sender that stops may take to leave the rest to others."""
_LEVELS: Final = {"failed": logging.WARNING, "expired": logging.WARNING, "unknown": logging.ERROR}


@dataclass(frozen=True, slots=True)
class Shared:
    """What the senders of an instance have in common."""

    recorder: Recorder
    breaker: Breaker
    pace: Pace
    envelope_sender: Callable[[str], str]
    """The address for bounces of the message with this token (VERP)."""
    first_pause: timedelta
    give_up_after: timedelta
    queued: asyncio.Event
    random: Random


class Sender:
    """Sends the mails of one lane."""

    def __init__(self, lane: Lane, claims: Claims, connection: Connection, shared: Shared) -> None:
        self._lane = lane
        self._claims = claims
        self._connection = connection
        self._shared = shared
        self._recorded: asyncio.Future[bool] | None = None
        """Of the mail before this one: its end. The next one begins after it, so that no two can be cut off together."""
        self._stopping = asyncio.Event()
        self._woken = False

    async def run(self) -> None:
        """Send until cancelled. A mail in hand is ended first: in the middle of it, nobody could say whether it went."""
        self._stopping.clear()
        working = asyncio.create_task(self._work())
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            self._stopping.set()
            # Its failure must not take the place of the cancellation, or whoever runs this would begin anew.
            with suppress(Exception):
                await working
            raise

    async def _work(self) -> None:
        try:
            while not self._stopping.is_set():
                self._woken = not await self._send_next() and await self._rest()
            if self._recorded:
                await asyncio.shield(self._recorded)
        finally:
            with suppress(Exception):
                async with asyncio.timeout(_STOP_SECONDS):
                    await asyncio.gather(self._connection.close(), self._claims.release())

    async def _rest(self) -> bool:
        """Until mails were queued, or it is time to look. Returns whether they were."""
        await self._wait(LOOK_SECONDS / 20)  # what cannot be sent yet, though it is queued, must not keep it busy
        waits = [asyncio.create_task(self._shared.queued.wait()), asyncio.create_task(self._stopping.wait())]
        await asyncio.wait(waits, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return waits[0].done() and not waits[0].cancelled()

    async def _wait(self, seconds: float) -> bool:
        """Returns whether it was told to stop meanwhile."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), seconds)
        return self._stopping.is_set()

    async def _send_next(self) -> bool:
        """Send the next mail. Returns whether there was one."""
        breaker = self._shared.breaker
        permit = breaker.enter(clock.now())
        if permit is None:
            await self._claims.release()
            return False
        try:
            one = await self._claims.take(self._woken)
            if one is None:
                return False
            try:
                with correlated(one.claimed.message.correlation_id):
                    if outcome := await self._send(one):
                        self._settle(one, outcome)
                        self._judge(one, outcome, permit)
            finally:
                self._claims.done(one)
        finally:
            breaker.leave(permit)
        return True

    async def _send(self, one: Addressed) -> Outcome | None:
        """Returns what came of it; None where it was not offered to the server, and why is recorded."""
        message = one.claimed.message
        if message.not_after <= clock.now():
            self._end(one, "expired", "it was worth sending no more")
        elif one.mailbox is None:
            self._end(one, "cancelled", "no address is known")
        elif one.suppressed:
            self._end(one, "suppressed", one.suppressed)
        elif not one.wanted:
            self._end(one, "suppressed", "it is not wanted any more")
        elif not one.claimed.mail:
            self._end(one, "failed", "what it says is not kept any more")
        else:
            return await self._hand_over(one, one.mailbox)
        return None

    async def _hand_over(self, one: Addressed, mailbox: Mailbox) -> Outcome | None:
        try:
            recipient = wire_address(mailbox.email)
            mail = addressed(one.claimed.mail, mailbox.name, mailbox.email)
        except ValueError as error:
            self._end(one, "failed", str(error))
            return None
        if (wait := self._shared.pace.turn(self._lane, time.monotonic())) and await self._wait(wait):
            await self._claims.give_back(one)
            return None
        sender = self._shared.envelope_sender(one.claimed.record.token)
        if refusal := await self._connection.offer(sender, recipient):
            return refusal
        try:
            begun = await self._begin(one)
        except BaseException:
            await self._connection.withdraw()
            raise
        if not begun:
            await self._connection.withdraw()
            return None
        return await self._connection.transmit(mail)

    async def _begin(self, one: Addressed) -> bool:
        address_id = "" if one.claimed.mailbox else one.address_id  # of whom everything is forgotten, nothing more is kept
        begun = await asyncio.shield(self._shared.recorder.record(Begun(one.claimed, address_id)))
        if self._recorded:
            await asyncio.shield(self._recorded)  # is done by now; raises where the end of the mail before could not be recorded
        return begun

    def _settle(self, one: Addressed, outcome: Outcome) -> None:
        """Record what came of it."""
        answer = _without_address(outcome.answer, one)
        match outcome.verdict:
            case "taken":
                self._end(one, "sent", answer)
            case "bad_address":
                self._end(one, "failed", answer, suppress=one.address_id)
            case "refused":
                self._end(one, "failed", answer)
            case "unclear" if one.claimed.message.kind.unclear == "resend" and not one.claimed.message.resent:
                self._postpone(one, outcome, answer, resent=True)
            case "unclear":
                self._end(one, "unknown", answer)
            case "later" | "away" | "ours":
                self._postpone(one, outcome, answer)

    def _judge(self, one: Addressed, outcome: Outcome, permit: Permit) -> None:
        """What it says about the server, whatever became of the mail."""
        breaker, now, answer = self._shared.breaker, clock.now(), without_addresses(outcome.answer)
        if outcome.verdict in ("away", "ours", "unclear"):
            opened = breaker.fail(now, permit, one.claimed.message.id, outcome.every)
            if outcome.verdict == "ours":
                log.error("mail_server_refuses_us", answer=answer, meaning="our configuration or reputation, not the recipient")
            if opened is not None:
                log.error("mail_breaker_opened", answer=answer, pause=opened.total_seconds())
        else:
            breaker.succeed()
        BREAKER_OPEN.set(breaker.state(now) != "closed")

    def _end(self, one: Addressed, state: State, answer: str, suppress: str = "") -> None:
        self._record(Ended(one.claimed, state, answer, suppress), state, one, answer)

    def _postpone(self, one: Addressed, outcome: Outcome, answer: str, *, resent: bool = False) -> None:
        message, shared, now = one.claimed.message, self._shared, clock.now()
        its_own = not outcome.every  # what every mail meets says nothing of this one: it is tried as long as it is worth sending
        deferrals, since = message.deferrals + its_own, one.claimed.tried_since or (now if its_own else None)
        wait = pause(max(1, deferrals), shared.first_pause, shared.random.random(), outcome.wait)
        at = next_try(now, wait, since if since and its_own else now, shared.give_up_after, message.not_after)
        if isinstance(at, str):
            self._end(one, "unknown" if resent else at, answer if resent else f"given up: {answer}")
        else:
            status = "resent" if resent else "deferred"
            self._record(Postponed(one.claimed, answer, at, deferrals, since, resent), status, one, answer)

    def _record(self, change: Ended | Postponed, status: str, one: Addressed, answer: str) -> None:
        """Not waited for: the next mail is offered meanwhile."""
        message = one.claimed.message

        def tell(recorded: asyncio.Future[bool]) -> None:
            if recorded.cancelled() or recorded.exception():
                error = "" if recorded.cancelled() else type(recorded.exception()).__name__
                ids = {"message_id": message.id, "correlation_id": message.correlation_id}
                log.error("mail_not_recorded", **ids, status=status, error=error)
            elif recorded.result():
                MAILS.labels(status).inc()
                level = _LEVELS.get(status, logging.INFO)
                ids = {"message_id": message.id, "recipient": message.recipient, "correlation_id": message.correlation_id}
                log.log(level, f"mail_{status}", **ids, kind=message.kind.name, answer=answer)

        self._recorded = self._shared.recorder.record(change)
        self._recorded.add_done_callback(tell)


def _without_address(answer: str, one: Addressed) -> str:
    """Servers like to quote the address, which is kept with the contact and nowhere else."""
    if one.mailbox and "@" in answer:
        answer = re.sub(re.escape(one.mailbox.email), "(recipient)", answer, flags=re.IGNORECASE)
    return without_addresses(answer)
