"""What needs an attendee's answer, the most urgent first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, NamedTuple

from matching.applications.domain.application import Application
from matching.applications.repository.applications import ApplicationsRepository
from matching.attendee_pages.placement_courses import due_feedback, to_confirm
from matching.attendee_pages.reading import Attendee, Voice
from matching.invitations.use_cases import Invitations
from matching.model.listings import Listing
from matching.nominations.domain.nomination import Nomination, Viewer
from matching.nominations.repository import NominationsRepository
from matching.placements.domain.course import start_asked
from matching.placements.domain.placement import Placement
from matching.placements.repository import PlacementsRepository
from matching.rounds.domain.rounds import Round
from matching.rounds.repository.entries import Entries
from matching.rounds.repository.rankings import Rankings
from matching.rounds.repository.rounds import Rounds
from shared.database.mongo import Tx

MOST_NOMINATIONS: Final = 100
MOST_MATCH_DAYS: Final = 20


@dataclass(frozen=True, slots=True)
class Turn:
    """Something that waits for the attendee."""

    words: str
    about: str
    """What it is about, such as a listing's title."""
    path: str
    action: str
    until: datetime | None = None
    """None: there is no deadline."""


class OwnThings(NamedTuple):
    """What an attendee has to do with now."""

    turns: list[Turn]
    """What waits for them: first what has a deadline, the nearest one first."""
    placements: list[Placement]
    """The last one to begin first."""
    ranked: list[Round]
    """The open match days in which they have ranked."""
    waiting: list[Application]
    """Their applications that wait for a host, the last one first."""


class Turns:
    """Finds what needs somebody's answer, in the caller's transaction."""

    def __init__(
        self,
        applications: ApplicationsRepository,
        nominations: NominationsRepository,
        placements: PlacementsRepository,
        rounds: Rounds,
        rankings: Rankings,
        entries: Entries,
        invitations: Invitations,
    ) -> None:
        self._applications = applications
        self._nominations = nominations
        self._placements = placements
        self._rounds = rounds
        self._rankings = rankings
        self._entries = entries
        self._invitations = invitations

    async def find(self, attendee: Attendee, says: Voice, tx: Tx) -> OwnThings:
        """All of it."""
        now = tx.now
        placements, match_days = await self._placed(attendee, tx), await self._match_days(attendee, tx)
        turns: list[Turn] = []
        waiting: list[Application] = []
        for application in await self._applications.live(attendee.ids, tx):
            asked = list(_of_application(application, says, now))
            turns += asked
            if not asked:
                waiting.append(application)
        viewer = Viewer(nominees=attendee.ids)
        if attendee.candidate and not attendee.candidate.empty:
            for _, listing in await self._invitations.waiting(attendee.candidate, attendee.ids, tx):
                turns.append(_of_invitation(listing, says))
        for nomination in await self._nominations.page(viewer, "", MOST_NOMINATIONS):
            turns += _of_nomination(nomination, says)
        for placement in placements:
            turns += _of_placement(placement, says, now)
        for round, ranked in match_days:
            if not ranked:
                words = says.gettext("A match day is open: rank what you want")
                turns.append(Turn(words, round.name, f"/my/match-days/{round.id}", says.gettext("Rank"), round.closes_at))
        waiting.sort(key=lambda one: (one.submitted_at, one.id), reverse=True)
        turns.sort(key=lambda turn: (turn.until is None, turn.until or now))
        return OwnThings(turns, placements, [round for round, ranked in match_days if ranked], waiting)

    async def _placed(self, attendee: Attendee, tx: Tx) -> list[Placement]:
        """The attendee's placements, the last one to begin first."""
        found = [one for its in (await self._placements.of_attendees(attendee.ids, tx)).values() for one in its]
        return sorted(found, key=lambda one: (one.starts or date.max, one.id), reverse=True)

    async def _match_days(self, attendee: Attendee, tx: Tx) -> list[tuple[Round, bool]]:
        """The open match days in which the attendee can take part, and whether they have ranked in each."""
        candidate = attendee.candidate
        if candidate is None or candidate.empty:
            return []
        found = []
        for round in await self._rounds.open_at(candidate.conference_ids, MOST_MATCH_DAYS, tx):
            if round.closes_at is not None and round.closes_at <= tx.now:
                continue
            if round.clean_up_of is not None and not await self._without_seat(attendee, round):
                continue
            ranked = [(await self._rankings.of_attendee(round.id, id, tx)).listing_ids for id in attendee.ids]
            found.append((round, any(ranked)))
        return found

    async def _without_seat(self, attendee: Attendee, round: Round) -> bool:
        """Whether they have no seat of the rounds that this one cleans up after."""
        before = [one for id in attendee.ids for one in await self._entries.of_attendee(round.earlier, id)]
        return not any(outcome and outcome.listing_id for _, _, outcome in before)


def _of_placement(placement: Placement, says: Voice, now: datetime) -> Iterator[Turn]:
    gettext, path = says.gettext, f"/my/placements/{placement.id}"
    if "attendee" in start_asked(placement, now.date()):
        yield Turn(gettext("Has it started?"), placement.title, path, gettext("Answer"))
    if due_feedback(placement, now.date()):
        yield Turn(gettext("You are asked for feedback"), placement.title, path, gettext("Give feedback"))
    if to_confirm(placement):
        words = gettext("%(host)s named skills that you gained") % {"host": placement.organization}
        yield Turn(words, placement.title, path, gettext("Confirm them"))


def _of_application(application: Application, says: Voice, now: datetime) -> Iterator[Turn]:
    gettext, path = says.gettext, f"/my/applications/{application.id}"
    offer = application.offer
    if application.state == "offered" and offer is not None and offer.deadline > now:
        words = gettext("%(host)s offers you a place") % {"host": application.organization}
        yield Turn(words, application.title, path, gettext("Answer the offer"), offer.deadline)
    elif application.changed_terms:
        words = gettext("%(host)s changed %(terms)s. Do you still want it?")
        changed = says.words.terms(application.changed_terms)
        yield Turn(
            words % {"host": application.organization, "terms": changed}, application.title, path, gettext("See the changes")
        )
    if application.state == "interview" and application.interview is None:
        ahead = [slot.starts for slot in application.slots if slot.starts > now]
        if ahead:
            words = gettext("%(host)s invites you to an interview") % {"host": application.organization}
            yield Turn(words, application.title, path, gettext("Pick a time"), min(ahead))


def _of_invitation(listing: Listing, says: Voice) -> Turn:
    words = says.gettext("%(host)s invites you to apply") % {"host": listing.organization}
    return Turn(words, listing.title, f"/my/matches/{listing.id}", says.gettext("Look at it"), listing.deadline)


def _of_nomination(nomination: Nomination, says: Voice) -> Iterator[Turn]:
    if nomination.state == "proposed":
        words = says.gettext("A mentor wants to nominate you")
        yield Turn(words, nomination.title, f"/my/nominations/{nomination.id}", says.gettext("Answer"))
