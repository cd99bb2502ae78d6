"""What is an attendee's turn: what waits for their answer, the most urgent first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from matching.applications.domain.application import Application
from matching.applications.repository import ApplicationsRepository
from matching.attendee_pages.reading import Attendee, Voice
from matching.nominations.domain.nomination import Nomination, Viewer
from matching.nominations.repository import NominationsRepository
from shared.database.mongo import Tx

MOST_NOMINATIONS = 100


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


class Turns:
    """Finds what is somebody's turn, in the transaction given."""

    def __init__(self, applications: ApplicationsRepository, nominations: NominationsRepository) -> None:
        self._applications = applications
        self._nominations = nominations

    async def find(self, attendee: Attendee, says: Voice, tx: Tx) -> list[Turn]:
        """All of it: first what has a deadline, the nearest one first."""
        now = tx.now
        turns: list[Turn] = []
        for application in await self._applications.live(attendee.ids, tx):
            turns += _of_application(application, says, now)
        viewer = Viewer(nominees=attendee.ids)
        for nomination in await self._nominations.page(viewer, "", MOST_NOMINATIONS):
            turns += _of_nomination(nomination, says)
        return sorted(turns, key=lambda turn: (turn.until is None, turn.until or now))


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


def _of_nomination(nomination: Nomination, says: Voice) -> Iterator[Turn]:
    if nomination.state == "proposed":
        words = says.gettext("A mentor wants to nominate you")
        yield Turn(words, nomination.title, f"/my/nominations/{nomination.id}", says.gettext("Answer"))
