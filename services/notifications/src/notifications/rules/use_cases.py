"""What other services tell of occasions: listings, applications, placements, rounds."""

from dataclasses import replace
from datetime import UTC, datetime, time

from notifications.messages.repository.messages import Messages
from notifications.rules.domain import rules as occasions
from notifications.rules.domain.plans import Steps
from notifications.rules.domain.rules import application_after, on_application, placement_state
from notifications.rules.repository.plans import Plans
from notifications.rules.repository.projections import Course, Offered, Surroundings
from notifications.use_cases.learning import told_at
from shared.contract.envelope import Event
from shared.contract.events.listings import ListingPublished, ListingWithdrawn
from shared.contract.events.matching import (
    ApplicationChanged,
    OutcomeDecided,
    PlacementChanged,
    PlacementMade,
    RankingChanged,
    RoundChanged,
)
from shared.contract.topics import APPLICATIONS, RANKINGS
from shared.database.mongo import Tx


class OccasionLearning:
    """Batches of listings, applications, placements and rounds: what leads to mails."""

    def __init__(self, messages: Messages, plans: Plans, surroundings: Surroundings, zone: str) -> None:
        self._messages = messages
        self._plans = plans
        self._surroundings = surroundings
        self._zone = zone

    async def apply(self, events: list[Event], tx: Tx) -> None:
        """Take over what is newer than what is known, and plan what it leads to."""
        listings = await self._surroundings.listings(
            {event.data.listing_id for event in events if isinstance(event.data, ListingPublished | ListingWithdrawn)}, tx
        )
        applications = await self._surroundings.applications(
            {event.data.application_id for event in events if isinstance(event.data, ApplicationChanged)}, tx
        )
        for event in events:
            now = told_at(event, tx)
            match event.data:
                case ListingPublished() | ListingWithdrawn() as data:
                    known = listings.get(data.listing_id)
                    if known and data.version <= known.version:
                        continue
                    if (listing := _listing(data, known, now)) is not None:
                        listings[data.listing_id] = listing
                        await self._surroundings.save_listing(listing, tx)
                    steps = (
                        occasions.on_listing(data, event.correlation_id, now)
                        if isinstance(data, ListingPublished)
                        else occasions.on_listing_gone(data.listing_id)
                    )
                case ApplicationChanged() as data:
                    application = applications.get(data.application_id)
                    if application and data.version <= application.version:
                        continue
                    steps = on_application(data, application, event.correlation_id, now, self._zone)
                    applications[data.application_id] = after = application_after(data, application, now)
                    await self._surroundings.save_application(after, tx)
                case None:
                    await self._forget(event, tx)
                    continue
                case _:
                    steps = await self._step(event, tx)
            await self._take(steps, tx)

    async def _forget(self, event: Event, tx: Tx) -> None:
        """Another service erased something: a person was forgotten. Their own tombstone sees to the rest."""
        topic = event.record.topic
        if topic.endswith(RANKINGS.name):
            await self._surroundings.forget_ranking(event.key, tx)
        elif topic.endswith(APPLICATIONS.name):
            await self._surroundings.forget_application(event.key, tx)

    async def _step(self, event: Event, tx: Tx) -> Steps:
        correlation_id, now = event.correlation_id, told_at(event, tx)
        match event.data:
            case PlacementMade() as data:
                if await self._surroundings.follow(_seat(data, now), tx) is not None:
                    return occasions.on_seat(data, correlation_id, now)
            case PlacementChanged() as data:
                if (before := await self._surroundings.follow(_placement(data, now), tx)) is not None:
                    return occasions.on_placement(data, before, correlation_id, now)
            case RoundChanged() as data:
                if await self._surroundings.follow(_round(data, now), tx) is not None:
                    await self._surroundings.save_round(data.round_id, data.name, tx)
                    return occasions.on_round(data, correlation_id, now)
            case OutcomeDecided() as data:  # told once for each version, by its plan's id
                if data.listing_id:
                    await self._surroundings.seat(data.round_id, data.attendee_id, tx)
                return occasions.on_outcome(data, correlation_id, now)
            case RankingChanged() as data:
                await self._surroundings.rank(event.key, data.round_id, data.attendee_id, data.listings, tx)
        return Steps()

    async def _take(self, steps: Steps, tx: Tx) -> None:
        causes = [plan.cause for plan in steps.plans] + steps.spared
        await self._plans.cancel(steps.cancels, causes, tx)
        await self._messages.cancel(steps.cancels, causes, tx)
        await self._plans.add([plan for plan in steps.plans if plan.not_after > tx.now], tx)


def _seat(data: PlacementMade, now: datetime) -> Course:
    return Course(f"placement/{data.placement_id}", data.version, "made", now, data.listing_id)


def _placement(data: PlacementChanged, now: datetime) -> Course:
    over_at = max(now, datetime.combine(data.ends, time(), UTC)) if data.ends else now
    return Course(f"placement/{data.placement_id}", data.version, placement_state(data), over_at, data.listing_id)


def _round(data: RoundChanged, now: datetime) -> Course:
    return Course(f"round/{data.round_id}", data.version, data.state, max(now, data.closes_at or now))


def _listing(data: ListingPublished | ListingWithdrawn, known: Offered | None, now: datetime) -> Offered | None:
    if isinstance(data, ListingWithdrawn):
        return replace(known, version=data.version, open=False, closed_at=now) if known else None
    return Offered(
        data.listing_id,
        data.version,
        data.title,
        data.organization_id,
        data.organization,
        data.url or "",
        tuple(data.mentor_person_ids),
    )
