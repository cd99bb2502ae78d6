"""Applying mail rules to what other services publish: listings, applications, placements, rounds, nominations."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Final

from notifications.messages.repository.messages import Messages
from notifications.messages.use_cases import cancel_messages
from notifications.rules.domain.application_mails import on_applicant_erased, on_application
from notifications.rules.domain.applications import Application, application_after
from notifications.rules.domain.ideas import Idea, idea_after, on_idea, on_idea_erased
from notifications.rules.domain.invitations import on_invitation
from notifications.rules.domain.listings import on_listing, on_listing_gone
from notifications.rules.domain.nominations import on_nomination
from notifications.rules.domain.placements import on_placement, on_seat
from notifications.rules.domain.progress import nomination_progress, placement_progress, round_progress, seat_progress
from notifications.rules.domain.rounds import on_outcome, on_round
from notifications.rules.domain.scheduled_mails import (
    GatheredChanges,
    ScheduleChanges,
    Trigger,
    one_person,
    scheduled_mail_id,
    without_news,
)
from notifications.rules.repository.projections import Listing, Projections
from notifications.rules.repository.scheduled_mails import ScheduledMails
from notifications.rules.use_cases.event_batch import EventBatch
from shared.contract.envelope import Event
from shared.contract.events.listings import Conditions, IdeaChanged, ListingPublished, ListingWithdrawn, OrganizationChanged
from shared.contract.events.matching import (
    ApplicationChanged,
    InvitationSent,
    NominationChanged,
    OutcomeDecided,
    PlacementChanged,
    PlacementMade,
    RankingChanged,
    RoundChanged,
)
from shared.contract.topics import APPLICATIONS, IDEAS, INVITATIONS, NOMINATIONS, PLACEMENTS, RANKINGS
from shared.database.mongo import Tx
from shared.wording.conditions import ListingConditions

NAMING_SEVERAL: Final = ("round_result_host",)
"""Kinds of mails that name several people."""


class MailRules:
    """Applies the mail rules to batches of events. Rules schedule mails, and cancel others."""

    def __init__(self, messages: Messages, scheduled_mails: ScheduledMails, projections: Projections, zone: str) -> None:
        self._messages = messages
        self._scheduled_mails = scheduled_mails
        self._projections = projections
        self._zone = zone

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Apply events that are newer than the stored state, and schedule the mails that follow from them."""
        for erased, some in groupby(events, lambda event: event.data is None):
            if erased:
                for event in some:
                    await self._forget(event, tx)
            else:
                await self._apply(list(some), tx)

    async def _apply(self, events: list[Event], tx: Tx) -> None:
        applications, listings, progress = _ids(events)
        batch = EventBatch(
            await self._projections.listings(listings, tx),
            await self._projections.applications(applications, tx),
            await self._projections.progress(progress, tx),
        )
        changes = GatheredChanges()
        for event in events:
            caused = await self._changes_of(event, batch, tx)
            changes.add(without_news(caused, event_time(event, tx)) if event.republished else caused, tx.now)
        await batch.save(self._projections, tx)
        await self._write(changes, tx)

    async def _write(self, changes: GatheredChanges, tx: Tx) -> None:
        await self._scheduled_mails.cancel(changes.cancellations, tx)
        await cancel_messages(self._messages, changes.cancellations, tx)
        await self._scheduled_mails.add(changes.scheduled_mails, tx)

    async def _forget(self, event: Event, tx: Tx) -> None:
        """Forget what was of a person who was erased: a ranking, application, nomination, placement, idea; and mails naming them.

        The tombstone of the person's contact does the same, but may have come before the last events about these.
        """
        topic, id = event.record.topic, event.key
        if topic.endswith(RANKINGS.name):
            await self._projections.forget_ranking(id, tx)
        elif topic.endswith(APPLICATIONS.name):
            for application in (await self._projections.applications([id], tx)).values():
                await self._call_off_interview(application, event, tx)
            await self._scheduled_mails.forget_about(f"application/{id}", tx)
            await self._projections.forget_application(id, tx)
        elif topic.endswith(NOMINATIONS.name):
            await self._scheduled_mails.forget_about(f"nomination/{id}", tx)
            await self._projections.forget_progress(f"nomination/{id}", tx)
        elif topic.endswith(INVITATIONS.name):
            await self._scheduled_mails.forget_about(f"invitation/{id}", tx)
        elif topic.endswith(PLACEMENTS.name):
            await self._scheduled_mails.forget_about(f"placement/{id}", tx)
            await self._projections.forget_placement(id, tx)
        elif topic.endswith(IDEAS.name) and (idea := await self._projections.ideas.get(id, tx)):
            await self._forget_idea(idea, event, tx)

    async def _forget_idea(self, idea: Idea, event: Event, tx: Tx) -> None:
        """Delete an idea whose author was erased. Hosts that asked to adopt it get a mail that it is gone."""
        await self._scheduled_mails.forget_about(f"idea/{idea.id}", tx)
        changes = GatheredChanges()
        changes.add(on_idea_erased(idea, event.correlation_id or event.id, tx.now), tx.now)
        await self._write(changes, tx)
        await self._projections.ideas.forget(idea.id, tx)

    async def _changes_of(self, event: Event, batch: EventBatch, tx: Tx) -> ScheduleChanges:
        correlation_id, now = event.correlation_id, event_time(event, tx)
        match event.data:
            case ListingPublished() | ListingWithdrawn() as data:
                known = batch.listings.get(data.listing_id)
                if known is None or data.version > known.version:
                    if (listing := _listing(data, known, now)) is not None:
                        batch.listings.put(listing)
                    if isinstance(data, ListingPublished):
                        return on_listing(data, correlation_id, now)
                    return on_listing_gone(data.listing_id)
            case ApplicationChanged() as data:
                application = batch.applications.get(data.application_id)
                if application is None or data.version > application.version:
                    batch.applications.put(application_after(data, application, now))
                    return on_application(data, application, correlation_id, now, self._zone)
            case PlacementMade() as data:
                if batch.advance(seat_progress(data, now)) is not None:
                    return on_seat(data, correlation_id, now)
            case PlacementChanged() as data:
                if (before := batch.advance(placement_progress(data, now))) is not None:
                    return on_placement(data, before, correlation_id, now, self._zone)
            case RoundChanged() as data:
                if batch.advance(round_progress(data, now)) is not None:
                    await self._projections.save_round(data.round_id, data.name, data.listing_ids, tx)
                    return on_round(data, correlation_id, now)
            case NominationChanged() as data:
                if (before := batch.advance(nomination_progress(data, now))) is not None:
                    applied = batch.has_applied(data.attendee_id, data.listing_id) or bool(
                        await self._projections.applied(data.listing_id, [data.attendee_id], tx)
                    )
                    return on_nomination(data, before, correlation_id, now, applied=applied)
            case InvitationSent() as data:  # it has one version, and so one mail, by the scheduled mail's id
                return on_invitation(data, correlation_id, now)
            case OutcomeDecided() as data:  # one mail for each version, by the scheduled mail's id
                if data.listing_id:
                    await self._projections.mark_seated(data.round_id, data.attendee_id, tx)
                return on_outcome(data, correlation_id, now)
            case RankingChanged() as data:
                await self._projections.save_ranking(event.key, data.round_id, data.attendee_id, data.listings, tx)
            case IdeaChanged() as data:
                idea = await self._projections.ideas.get(data.idea_id, tx)
                if idea is None or data.version > idea.version:
                    await self._projections.ideas.save(idea_after(data, idea, now), tx)
                    return on_idea(data, idea, correlation_id, now)
            case OrganizationChanged() as data:
                batch.organizations.append(data)
        return ScheduleChanges()

    async def schedule_welcomes(self, events: Sequence[tuple[str, Event]], tx: Tx) -> None:
        """Schedule welcome mails for these attendees, who became known by these events."""
        welcomes = [
            Trigger("", once(event), event.correlation_id, event_time(event, tx)).schedule("welcome", one_person(id))
            for id, event in events
        ]
        await self._scheduled_mails.add(welcomes, tx)

    async def forget_applicant(self, attendee_id: str, event: Event, tx: Tx) -> None:
        """Delete the applications, rankings and ideas of an erased attendee, and the scheduled mails for or about them.

        Hosts with whom they had an interview get a mail that it is cancelled, and those that asked to adopt an idea that it is
        gone. Unsent mails that name several people are written again without them: call it before their messages are forgotten,
        which would cancel these.
        """
        unwritten = await self._messages.unwrite(attendee_id, NAMING_SEVERAL, tx)
        await self._scheduled_mails.reopen([scheduled_mail_id(message.cause, message.kind) for message in unwritten], tx)
        for application in await self._projections.applications_of(attendee_id, tx):
            await self._call_off_interview(application, event, tx)
        for idea in await self._projections.ideas.of_author(attendee_id, tx):
            await self._forget_idea(idea, event, tx)
        await self._scheduled_mails.forget(attendee_id, tx)
        await self._projections.forget(attendee_id, tx)

    async def _call_off_interview(self, application: Application, tombstone: Event, tx: Tx) -> None:
        changes = on_applicant_erased(application, tombstone.correlation_id or tombstone.id, tx.now)
        await self._scheduled_mails.add(changes.scheduled_mails, tx)


def once(event: Event) -> str:
    """A cause that no other event has. Versions, and so ids of events, begin again once somebody returns after an erasure."""
    return f"{event.id}/{event.time:%Y%m%dT%H%M%S.%f}"


def _ids(events: Iterable[Event]) -> tuple[set[str], set[str], set[str]]:
    """The ids of the applications and listings that these events are about, and of the progress of other things."""
    applications, listings, progress = set[str](), set[str](), set[str]()
    for event in events:
        match event.data:
            case ListingPublished() | ListingWithdrawn() as data:
                listings.add(data.listing_id)
            case ApplicationChanged() as data:
                applications.add(data.application_id)
            case PlacementMade() | PlacementChanged() as data:
                progress.add(f"placement/{data.placement_id}")
            case RoundChanged() as data:
                progress.add(f"round/{data.round_id}")
            case NominationChanged() as data:
                progress.add(f"nomination/{data.nomination_id}")
    return applications, listings, progress


def event_time(event: Event, tx: Tx) -> datetime:
    """The time of the event, not the present: old events, as on a first start, must not be sent as news."""
    return min(event.time, tx.now)


def _listing(data: ListingPublished | ListingWithdrawn, known: Listing | None, now: datetime) -> Listing | None:
    if isinstance(data, ListingWithdrawn):
        return replace(known, version=data.version, open=False, closed_at=now) if known else None
    return Listing(
        data.listing_id,
        data.version,
        data.title,
        data.organization_id,
        data.organization,
        data.url or "",
        tuple(data.mentor_person_ids),
        conditions=_conditions(data),
    )


def _conditions(data: ListingPublished) -> ListingConditions:
    conditions, pay = data.conditions or Conditions(), data.pay
    return ListingConditions(
        conditions.starts,
        conditions.ends,
        conditions.hours_per_week,
        conditions.place or "",
        conditions.remote,
        pay.amount if pay else None,
        pay.currency if pay else None,
        pay.period if pay else None,
        data.deadline,
    )
