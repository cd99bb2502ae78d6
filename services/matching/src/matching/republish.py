"""What matching publishes again after its database was restored."""

from operator import attrgetter

from matching.applications.domain.application import event_of as application_event
from matching.applications.repository.applications import ApplicationsRepository
from matching.model.candidates import Candidate
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

    async def ranked(documents: list[Document], tx: Tx) -> None:
        for round_id, ranking in rankings.of(documents):
            publish_ranking(round_id, ranking, tx, republished=True)

    def recommended(candidate: Candidate) -> RecommendationsChanged:
        return RecommendationsChanged(attendee_id=candidate.id, version=candidate.matches_version, matches=candidate.matches)

    return [], [
        Republished.each(SEATS, seats.versions, seats.of, seats_event, attrgetter("listing_id")),
        Republished.each(PLACEMENTS, placements.versions, placements.of, placement_event),
        Republished.each(APPLICATIONS, applications.versions, applications.of, application_event),
        Republished.each(NOMINATIONS, nominations.versions, nominations.of, nomination_event),
        Republished.each(ROUNDS, rounds.versions, rounds.of, round_event),
        Republished(RANKINGS, rankings.versions, ranked),
        Republished.each(RECOMMENDATIONS, candidates.versions, candidates.of, recommended),
    ]
