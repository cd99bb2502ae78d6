"""A sender: one mail after the other over one connection. Crashes neither lose nor duplicate mail, except in one window.

A message becomes ``sending`` after the server accepted its recipient (MAIL, RCPT) and before the text leaves (DATA). If a sender
crashes, the server has none of the ``claimed`` messages, so they are claimed again. It may have those that were ``sending``:
depending on their kind, they are sent once more under the same Message-ID, or end as ``unknown``.
"""

import asyncio
import logging
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Final

import structlog
from opentelemetry.trace import SpanKind

from notifications.delivery.domain.breaker import Breaker, Permit
from notifications.delivery.domain.pacing import Pace
from notifications.delivery.domain.replies import Outcome
from notifications.delivery.domain.retries import next_try, pause
from notifications.delivery.worker.claims import LOOK_SECONDS, Addressed, Claims
from notifications.delivery.worker.group_commit import GroupCommit
from notifications.delivery.worker.smtp import Connection
from notifications.mail.content import Mailbox
from notifications.mail.headers import wire_address
from notifications.mail.mime import with_recipient
from notifications.mail_kinds import Lane
from notifications.messages.domain.records import Begun, Ended, Postponed
from notifications.messages.domain.states import RESEND, End, after_silence
from notifications.metrics import BREAKER_OPEN, MAILS
from shared import clock, tracing
from shared.logging import correlated, without_addresses

log = structlog.get_logger(__name__)

_STOP_SECONDS: Final = 5.0
"""How long a stopping sender may take to return its messages to the queue."""
_LEVELS: Final = {"failed": logging.WARNING, "expired": logging.WARNING, "unknown": logging.ERROR}


@dataclass(frozen=True, slots=True)
class SharedState:
    """What the senders of an instance share."""

    recorder: GroupCommit
    breaker: Breaker
    pace: Pace
    envelope_sender: Callable[[str], str]
    """The bounce address for a message's token (VERP)."""
    first_pause: timedelta
    give_up_after: timedelta
    queued: asyncio.Event
    random: Random


class Sender:
    """Sends the mails of one lane."""

    def __init__(self, lane: Lane, claims: Claims, connection: Connection, shared: SharedState) -> None:
        self._lane = lane
        self._claims = claims
        self._connection = connection
        self._shared = shared
        self._recorded: asyncio.Future[bool] | None = None
        """Done once the end of the previous mail is recorded. The next one begins after that: a crash cuts off one mail only."""
        self._stopping = asyncio.Event()
        self._woken_at: datetime | None = None

    async def run(self) -> None:
        """Send until cancelled. A mail that is being sent is finished first, as nobody could tell whether it arrived."""
        self._stopping.clear()
        working = asyncio.create_task(self._work())
        try:
            await asyncio.shield(working)
        except asyncio.CancelledError:
            self._stopping.set()
            # A failure must not replace the cancellation, or the caller would start the sender again.
            with suppress(Exception):
                await working
            raise

    async def _work(self) -> None:
        try:
            while not self._stopping.is_set():
                self._woken_at = None if await self._send_next() else await self._rest()
            if self._recorded:
                await asyncio.shield(self._recorded)
        finally:
            with suppress(Exception):
                async with asyncio.timeout(_STOP_SECONDS):
                    await asyncio.gather(self._connection.close(), self._claims.release())

    async def _rest(self) -> datetime | None:
        """Wait until messages are queued, or it is time to look. Returns when it was woken; None if none were queued."""
        await self._wait(LOOK_SECONDS / 20)  # no busy loop while queued messages cannot be sent yet
        waits = [asyncio.create_task(self._shared.queued.wait()), asyncio.create_task(self._stopping.wait())]
        await asyncio.wait(waits, timeout=LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
        for wait in waits:
            wait.cancel()
        return clock.now() if waits[0].done() and not waits[0].cancelled() else None

    async def _wait(self, seconds: float) -> bool:
        """Returns whether the sender was stopped meanwhile."""
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
            addressed = await self._claims.take(self._woken_at)
            if addressed is None:
                return False
            try:
                with correlated(addressed.claimed.message.correlation_id), _span(addressed):
                    if outcome := await self._send(addressed):
                        self._record_outcome(addressed, outcome)
                        self._update_breaker(addressed, outcome, permit)
            finally:
                self._claims.done(addressed)
        finally:
            breaker.leave(permit)
        return True

    async def _send(self, addressed: Addressed) -> Outcome | None:
        """Returns the outcome; None if the mail was not offered to the server. The reason is recorded then."""
        message = addressed.claimed.message
        if message.not_after <= clock.now():
            self._end(addressed, "expired", "it is too late to be worth sending")
        elif addressed.mailbox is None:
            self._end(addressed, "cancelled", "no address is known")
        elif addressed.suppressed:
            self._end(addressed, "suppressed", addressed.suppressed)
        elif not addressed.wanted:
            self._end(addressed, "suppressed", "the recipient does not want it any more")
        elif not addressed.claimed.mail:
            self._end(addressed, "failed", "its text is not kept any more")
        else:
            return await self._hand_over(addressed, addressed.mailbox)
        return None

    async def _hand_over(self, addressed: Addressed, mailbox: Mailbox) -> Outcome | None:
        try:
            recipient = wire_address(mailbox.email)
            mail = with_recipient(addressed.claimed.mail, mailbox.name, mailbox.email)
        except ValueError as error:
            self._end(addressed, "failed", str(error))
            return None
        if (wait := self._shared.pace.turn(self._lane, time.monotonic())) and await self._wait(wait):
            await self._claims.put_back(addressed)
            return None
        sender = self._shared.envelope_sender(addressed.claimed.message.token)
        if refusal := await self._connection.offer(sender, recipient):
            return refusal
        try:
            begun = await self._begin(addressed)
        except BaseException:
            await self._connection.withdraw()
            raise
        if not begun:
            await self._connection.withdraw()
            return None
        return await self._connection.transmit(mail)

    async def _begin(self, addressed: Addressed) -> bool:
        address_id = "" if addressed.claimed.mailbox else addressed.address_id  # nothing more is kept of an erased person
        begun = await asyncio.shield(self._shared.recorder.record(Begun(addressed.claimed, address_id)))
        if self._recorded:
            await asyncio.shield(self._recorded)  # done by now; raises if the end of the previous mail could not be recorded
        return begun

    def _record_outcome(self, addressed: Addressed, outcome: Outcome) -> None:
        answer = _without_address(outcome.answer, addressed)
        match outcome.verdict:
            case "taken":
                self._end(addressed, "sent", answer)
            case "bad_address":
                self._end(addressed, "failed", answer, suppress=addressed.address_id)
            case "refused":
                self._end(addressed, "failed", answer)
            case "unclear" if after_silence(addressed.claimed.message.kind, resent=addressed.claimed.message.resent) is RESEND:
                self._postpone(addressed, outcome, answer, resent=True)
            case "unclear":
                self._end(addressed, "unknown", answer)
            case "later" | "away" | "ours":
                self._postpone(addressed, outcome, answer)

    def _update_breaker(self, addressed: Addressed, outcome: Outcome, permit: Permit) -> None:
        """Open or close the breaker by what the outcome says about the server."""
        breaker, now, answer = self._shared.breaker, clock.now(), without_addresses(outcome.answer)
        if outcome.verdict in ("away", "ours", "unclear"):
            opened = breaker.fail(now, permit, addressed.claimed.message.id, outcome.every)
            if outcome.verdict == "ours":
                log.error("mail_server_refuses_us", answer=answer, meaning="our configuration or reputation, not the recipient")
            if opened is not None:
                log.error("mail_breaker_opened", answer=answer, pause=opened.total_seconds())
        else:
            breaker.succeed()
        BREAKER_OPEN.set(breaker.state(now) != "closed")

    def _end(self, addressed: Addressed, state: End, answer: str, suppress: str = "") -> None:
        self._record(Ended(addressed.claimed, state, answer, suppress), state, addressed, answer)

    def _postpone(self, addressed: Addressed, outcome: Outcome, answer: str, *, resent: bool = False) -> None:
        message, shared, now = addressed.claimed.message, self._shared, clock.now()
        its_own = not outcome.every  # a fault that every mail meets does not count against this one
        deferrals, since = message.deferrals + its_own, message.tried_since or (now if its_own else None)
        wait = pause(max(1, deferrals), shared.first_pause, shared.random.random(), outcome.wait)
        at = next_try(now, wait, since if since and its_own else now, shared.give_up_after, message.not_after)
        if isinstance(at, str):
            self._end(addressed, "unknown" if resent else at, answer if resent else f"given up: {answer}")
        else:
            status = "resent" if resent else "deferred"
            self._record(Postponed(addressed.claimed, answer, at, deferrals, since, resent), status, addressed, answer)

    def _record(self, change: Ended | Postponed, status: str, addressed: Addressed, answer: str) -> None:
        """Does not wait, so that the next mail can be offered meanwhile."""
        message = addressed.claimed.message

        def report(recorded: asyncio.Future[bool]) -> None:
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
        self._recorded.add_done_callback(report)


def _span(addressed: Addressed) -> AbstractContextManager[None]:
    about = {"opportunity_desk.mail.kind": addressed.claimed.message.kind.name}
    return tracing.span("send mail", SpanKind.CLIENT, [addressed.claimed.traceparent], about)


def _without_address(answer: str, addressed: Addressed) -> str:
    """The answer without the recipient's address, which servers like to quote: it is kept in the contact only."""
    if addressed.mailbox and "@" in answer:
        answer = re.sub(re.escape(addressed.mailbox.email), "(recipient)", answer, flags=re.IGNORECASE)
    return without_addresses(answer)
