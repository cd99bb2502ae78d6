"""What a restored database learns of attendees from what was published about them."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from registration.attendees.domain.attendance import Attendee, Detail
from registration.attendees.repository.attendees import Attendees
from registration.attendees.repository.identities import Identities
from registration.people.use_cases.recall import LostAttendees
from shared.contract.envelope import Event, Received
from shared.contract.events.registration import AttendeeProfiled, ContactChanged
from support.documents import MemoryDatabase, run

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def contact(id: str, version: int, mail: bool = True, at: datetime = NOW) -> Event:
    data = ContactChanged(attendee_id=id, version=version, email=f"{id}@example.org", name="Eve", locale=None, mail_consent=mail)
    return Event("id", "registration", "", at, "", data, Received("registration.contacts", b"x", [], id.encode()))


def profile(id: str, version: int, **fields: Any) -> Event:
    empty: dict[str, Any] = {"conference_ids": [], "interests": [], "met": []}
    data = AttendeeProfiled(attendee_id=id, version=version, **(empty | fields))
    return Event("id", "registration", "", NOW, "", data, Received("registration.profiles", b"x", [], id.encode()))


def tombstone(id: str) -> Event:
    return Event("", "", "", NOW, "", None, Received("registration.contacts", None, [], id.encode()))


class Restored:
    """Registration's restored database."""

    def __init__(self, *attendees: Attendee, erased_at: datetime | None = None) -> None:
        self.database = MemoryDatabase("registration", NOW)
        self.attendees, identities = Attendees(self.database.db), Identities(self.database.db)
        self.lost = LostAttendees(self.attendees, identities)
        run(self.database.transact(partial(self.attendees.save, attendees, [])))
        if erased_at:
            erased = {"_id": "eve", "group": ["eve"], "merge": None, "erased_at": erased_at}
            run(self.database["identities"].insert_many([erased]))

    def recall(self, *events: Event) -> Attendee | None:
        """What is known of Eve after these events, each in a batch of its own."""
        for event in events:
            profiled = event.record.topic.endswith("profiles")
            work = self.lost.recall_consents if profiled else self.lost.recall_contacts
            run(self.database.transact(partial(work, [event])))
        return run(self.database.transact(partial(self.attendees.get_many, ["eve"]))).get("eve")


def known(**details: bool) -> Attendee:
    said = {name: Detail(NOW - timedelta(days=9), "[1]", value) for name, value in details.items()}
    return Attendee("eve", "eve@example.org", said, facts=1, contact_version=2, profile_version=2)


def test_an_attendee_who_is_not_known_is_known_again_with_what_they_agreed_to() -> None:
    eve = Restored().recall(contact("eve", 4), profile("eve", 3, conference_ids=["c1"], sharing_consent=True))
    assert eve is not None
    assert (eve.email, eve.contact_version) == ("eve@example.org", 4)
    assert all(eve.agrees(purpose) for purpose in ("mail", "matching", "sharing"))
    silent = Restored().recall(contact("eve", 4, mail=False), profile("eve", 3))
    assert silent is not None
    assert not any(silent.agrees(purpose) for purpose in ("mail", "matching", "sharing"))


def test_whoever_was_erased_since_stays_erased() -> None:
    assert Restored(erased_at=NOW).recall(contact("eve", 4)) is None
    assert Restored().recall(contact("eve", 4), tombstone("eve")) is None
    assert Restored(erased_at=NOW - timedelta(days=1)).recall(contact("eve", 1)) is not None, "they came back"


def test_consent_that_was_withdrawn_since_the_backup_stays_withdrawn() -> None:
    eve = Restored(known(mail=True, matching=True)).recall(contact("eve", 3, mail=False), profile("eve", 3))
    assert eve is not None
    assert not eve.agrees("mail")
    assert not eve.agrees("matching")
    again = Restored(known(mail=True)).recall(contact("eve", 3, mail=False), contact("eve", 4))
    assert again is not None
    assert again.agrees("mail")


def test_what_the_database_knows_already_changes_nothing() -> None:
    for events in (
        [contact("eve", 2, mail=False)],
        [profile("eve", 2)],
        [contact("eve", 3), profile("eve", 3, conference_ids=["c"])],
    ):
        assert Restored(known(mail=True, matching=True)).recall(*events) == known(mail=True, matching=True)
    assert Restored(known(mail=True)).recall(tombstone("eve")) == known(mail=True)
