"""Writing what is due: digests and plans become messages, with every name looked up and the mail's bytes made once.

It runs in transactions that may run again: the same plan gives the same messages, and one that is there is not written twice.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

import structlog

from notifications.bounces.repository.addresses import Addresses
from notifications.contacts.domain import Draft, Person, To, digest_cause
from notifications.contacts.repository import People
from notifications.mail.writer import Habits, Writer
from notifications.mail_kinds import KINDS
from notifications.messages.domain import Message, View, message_id
from notifications.messages.repository.messages import Messages, Written
from notifications.rules.domain.plans import Plan
from notifications.rules.repository.plans import Plans
from notifications.rules.repository.projections import Surroundings
from notifications.writing.use_cases.audiences import Audiences, NotYet
from notifications.writing.use_cases.views import Views
from shared.contract.envelope import Event
from shared.database.mongo import Tx

log = structlog.get_logger(__name__)

NOT_YET: Final = timedelta(seconds=10)
"""When a plan is looked at again that needs something not known yet."""
LONGEST_WAIT: Final = timedelta(hours=1)
FAULT_WAIT: Final = timedelta(minutes=1)
"""When a plan is looked at again that could not be carried out."""
LIMIT_WAIT: Final = timedelta(minutes=30)
"""When a plan is looked at again whose stranger has set off enough mails for a day."""
DAY: Final = timedelta(days=1)
FEW: Final = ("person", "host", "mentors")
"""The circles of which nobody is left out, as others are not held up by waiting for one of them."""
INTRODUCTIONS: Final = ("mentor_introduction", "mentee_introduction")


@dataclass(slots=True)
class Composed:
    """The ids of the messages that could not be written, with the type of error."""

    failed: dict[str, str] = field(default_factory=dict)


class Writing:
    """The use cases; each runs in the transaction it is given.

    ``keep``: how long mails are kept that are not sensitive. ``stranger_mails``: how many one stranger may set off within a day.
    """

    def __init__(
        self,
        people: People,
        messages: Messages,
        plans: Plans,
        surroundings: Surroundings,
        addresses: Addresses,
        views: Views,
        writer: Writer,
        *,
        keep: timedelta,
        stranger_mails: int,
    ) -> None:
        self._people = people
        self._messages = messages
        self._plans = plans
        self._surroundings = surroundings
        self._addresses = addresses
        self._audiences = Audiences(people, surroundings)
        self._views = views
        self._writer = writer
        self._keep = keep
        self._stranger_mails = stranger_mails

    # Digests

    async def write_digests(self, ids: Collection[str], tx: Tx) -> Composed:
        """Write the digests of these people that are due. One that cannot be written is tried again, later."""
        people = list((await self._people.people(ids, tx)).values())
        due = [one for one in people if one.due_at and one.due_at <= tx.now]
        composed = Composed()
        drafts = {one.id: (one, draft) for one in due if (draft := one.draft()) is not None}
        new = await self._new([_digest(one, draft, tx.now) for one, draft in drafts.values()], tx)
        letters = [(message, self._views.of_digest(drafts[message.recipient][1])) for message in new]
        told = await self._write(letters, {id: one for id, (one, _) in drafts.items()}, composed, tx)
        for id in told:
            one, draft = drafts[id]
            one.remember_mailed(draft)
        for message in new:
            if message.id in composed.failed:
                drafts[message.recipient][0].tell_at = tx.now + LONGEST_WAIT  # once that is mended, it is told
        await self._people.save([], due, tx)
        return composed

    # Plans

    async def write_plan(self, id: str, tx: Tx) -> Composed:
        """Write what this plan says, if it is due still: to a large audience, some of it."""
        composed = Composed()
        if plan := await self._plans.due_now(id, tx):
            try:
                await self._carry_out(plan, composed, tx)
            except NotYet as missing:
                await self._wait(plan, str(missing), NOT_YET, tx)
        return composed

    async def _carry_out(self, plan: Plan, composed: Composed, tx: Tx) -> None:
        if plan.not_after <= tx.now:
            await self._plans.end(plan, "expired", tx)
            log.info("plan_expired", plan=plan.id)
            return
        if await self._too_many(plan, tx):
            await self._wait(plan, "stranger_limit", LIMIT_WAIT, tx)
            return
        ids, more = await self._audiences.next(plan, tx)
        people = await self._people.people(ids, tx)
        if ids and not more and all(one.to is None for one in people.values()) and plan.audience.circle in FEW:
            raise NotYet("an address")
        wanting = {id: one for id, one in people.items() if one.to and one.wants(plan.kind)}
        if plan.kind.name == "listing_closing":
            for id in await self._surroundings.applied(plan.facts.listing_id, wanting.keys(), tx):
                del wanting[id]
        cause = await self._cause(plan, tx)
        new = await self._new([_message(plan, cause, id, tx.now) for id in wanting], tx)
        if new:
            view = await self._views.of_plan(plan, tx)
            if not view.says_nothing_of(plan.kind):
                await self._write([(message, view) for message in new], wanting, composed, tx)
        if composed.failed and (plan.audience.circle in FEW or len(composed.failed) == len(new)):
            await self._wait(plan, "it could not be written", FAULT_WAIT, tx)  # once that is mended, it is told
        elif more:
            await self._plans.go_on(plan, ids[-1], tx)
        else:
            await self._plans.end(plan, "done", tx)

    async def _too_many(self, plan: Plan, tx: Tx) -> bool:
        """Whether somebody sets off more mails than strangers may: an applicant at hosts, or a host about one application."""
        since = tx.now - DAY
        if plan.caused_by and await self._messages.caused_since(plan.caused_by, since, tx) >= self._stranger_mails:
            return True
        if not plan.about or plan.audience.circle not in FEW:
            return False
        return await self._messages.told_since(plan.about, since, tx) >= self._stranger_mails

    async def _cause(self, plan: Plan, tx: Tx) -> str:
        """What the messages of this plan are told for, each once to each person."""
        if plan.kind.name == "host_summary":  # planned for each listing, told once of all that the organization has
            listing = await self._audiences.listing(plan.facts.listing_id, tx)
            return f"summary/{listing.organization_id}@{plan.cause.rpartition('@')[2]}"
        return plan.about if plan.kind.name in INTRODUCTIONS else plan.cause  # introductions are told by several events

    async def _wait(self, plan: Plan, reason: str, wait: timedelta, tx: Tx) -> None:
        """Look again later; the longer it has waited, the later."""
        waited = max(tx.now - plan.created_at, timedelta()) if plan.created_at else timedelta()
        again = tx.now + min(max(wait, waited / 4), LONGEST_WAIT)
        if again >= plan.not_after:
            again = plan.not_after
        await self._plans.wait(plan, again, tx)
        log.info("plan_waits", plan=plan.id, reason=reason)

    # Farewell

    async def say_farewell(self, person: Person, event: Event, tx: Tx) -> None:
        """Confirm an erasure to somebody who is about to be forgotten: the message has the address itself, until it ends."""
        kind = KINDS["erased"]
        until = min(event.time, tx.now) + kind.worth
        if until <= tx.now or person.to is None or await self._addresses.suppressed([person.to.email]):
            return
        id = message_id(event.id, kind.name, person.id)
        message = Message(id, kind, person.id, event.id, event.correlation_id, tx.now, tx.now, until)
        try:
            mail = self._writer.write(message, View(), _habits(person, person.to), tx.now)
        except Exception as error:  # noqa: BLE001 - whatever is wrong with the mail, the person is forgotten
            log.error("mail_not_written", message_id=id, error=type(error).__name__)
            return
        if not await self._messages.known([id], tx):
            await self._messages.add([Written(message, self._writer.token(message), mail, person.to)], self._keep, tx)

    # All of them

    async def _new(self, messages: list[Message], tx: Tx) -> list[Message]:
        """Those of these that are not there yet."""
        known = await self._messages.known([message.id for message in messages], tx)
        return [message for message in messages if message.id not in known]

    async def _write(
        self, letters: list[tuple[Message, View]], people: Mapping[str, Person], composed: Composed, tx: Tx
    ) -> list[str]:
        """Write these mails, which are new, and queue them. Returns the recipients of those that are queued."""
        suppressed = await self._addresses.suppressed([one.to.email for one in people.values() if one.to])
        written = []
        for message, view in letters:
            person = people[message.recipient]
            if person.to is None:
                continue
            if reason := suppressed.get(person.to.email):
                await self._messages.add_suppressed(message, self._writer.token(message), reason, tx)
                continue
            try:
                mail = self._writer.write(message, view, _habits(person, person.to), tx.now)
            except Exception as error:  # noqa: BLE001 - whatever is wrong with one mail, the others go
                composed.failed[message.id] = type(error).__name__
                continue
            address_id = self._addresses.id(person.to.email)
            written.append(Written(message, self._writer.token(message), mail, address_id=address_id))
        await self._messages.add(written, self._keep, tx)
        return [one.message.recipient for one in written]


def _habits(person: Person, to: To) -> Habits:
    return Habits(to, person.locale, person.time_zone)


def _message(plan: Plan, cause: str, recipient: str, now: datetime) -> Message:
    return Message(
        id=message_id(cause, plan.kind.name, recipient),
        kind=plan.kind,
        recipient=recipient,
        cause=cause,
        correlation_id=plan.correlation_id,
        created_at=now,
        due_at=now,
        not_after=plan.not_after,
        about=plan.about,
        caused_by=plan.caused_by,
        of=plan.facts.person_id if plan.facts.person_id != recipient else "",
    )


def _digest(person: Person, draft: Draft, now: datetime) -> Message:
    cause, kind = digest_cause(draft), KINDS["matches"]
    return Message(
        id=message_id(cause, kind.name, person.id),
        kind=kind,
        recipient=person.id,
        cause=cause,
        correlation_id=draft.correlation_id,
        created_at=now,
        due_at=now,
        not_after=now + kind.worth,
        listing_ids=[match.listing_id for match in draft.matches if match.listing_id in draft.new],
    )
