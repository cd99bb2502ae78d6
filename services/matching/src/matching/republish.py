"""What matching publishes again after its database was restored."""

from matching.applications.domain.application import event_of as application_event
from matching.applications.repository import ApplicationsRepository
from matching.nominations.domain.nomination import event_of as nomination_event
from matching.nominations.repository import NominationsRepository
from matching.placements.domain.placement import event_of as placement_event
from matching.placements.repository import PlacementsRepository
from matching.recommendations.repository import CandidatesRepository
from matching.rounds.domain.rounds import event_of as round_event
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from matching.rounds.use_cases.match_days import publish_ranking
from matching.seats.domain import event_of as seats_event
from matching.seats.repository import SeatsRepository
from matching.settings import Settings
from shared.contract.events.matching import RecommendationsChanged
from shared.contract.topics import APPLICATIONS, NOMINATIONS, PLACEMENTS, RANKINGS, RECOMMENDATIONS, ROUNDS, SEATS
from shared.database.mongo import Database, Document, Tx
from shared.messaging.republishing import Recalled, Republished


def republish(database: Database, _: Settings) -> tuple[list[Recalled], list[Republished]]:
    """All that readers know by its version. Invitations and outcomes have no versions, and cause a mail each: never again."""
    db = database.db
    seats, placements, applications = SeatsRepository(db), PlacementsRepository(db), ApplicationsRepository(db)
    nominations, rounds, rankings, candidates = NominationsRepository(db), Rounds(db), Rankings(db), CandidatesRepository(db)

    async def seated(documents: list[Document], tx: Tx) -> None:
        for one in seats.of(documents):
            tx.publish(SEATS, one.listing_id, seats_event(one), version=one.version, republished=True)

    async def placed(documents: list[Document], tx: Tx) -> None:
        for one in placements.of(documents):
            tx.publish(PLACEMENTS, one.id, placement_event(one), version=one.version, republished=True)

    async def applied(documents: list[Document], tx: Tx) -> None:
        for one in applications.of(documents):
            tx.publish(APPLICATIONS, one.id, application_event(one), version=one.version, republished=True)

    async def nominated(documents: list[Document], tx: Tx) -> None:
        for one in nominations.of(documents):
            tx.publish(NOMINATIONS, one.id, nomination_event(one), version=one.version, republished=True)

    async def held(documents: list[Document], tx: Tx) -> None:
        for one in rounds.of(documents):
            tx.publish(ROUNDS, one.id, round_event(one), version=one.version, republished=True)

    async def ranked(documents: list[Document], tx: Tx) -> None:
        for round_id, ranking in rankings.of(documents):
            publish_ranking(round_id, ranking, tx, republished=True)

    async def recommended(documents: list[Document], tx: Tx) -> None:
        for one in candidates.of(documents):
            event = RecommendationsChanged(attendee_id=one.id, version=one.matches_version, matches=one.matches)
            tx.publish(RECOMMENDATIONS, one.id, event, version=one.matches_version, republished=True)

    return [], [
        Republished(SEATS, seats.versions, seated),
        Republished(PLACEMENTS, placements.versions, placed),
        Republished(APPLICATIONS, applications.versions, applied),
        Republished(NOMINATIONS, nominations.versions, nominated),
        Republished(ROUNDS, rounds.versions, held),
        Republished(RANKINGS, rankings.versions, ranked),
        Republished(RECOMMENDATIONS, candidates.versions, recommended),
    ]
