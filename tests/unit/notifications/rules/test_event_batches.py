"""Events that are applied together: the same comes of it as of one after the other, by a few commands."""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from notifications.messages.repository.messages import Messages
from notifications.rules.repository.attendances import Attendances
from notifications.rules.repository.projections import Projections
from notifications.rules.repository.scheduled_mails import ScheduledMails
from notifications.rules.use_cases.attendance_updater import AttendanceUpdater
from notifications.rules.use_cases.mail_rules import MailRules
from shared.contract.envelope import Event, Received
from shared.contract.events.listings import ListingPublished
from shared.contract.events.matching import ApplicationChanged, PlacementChanged
from shared.contract.events.registration import AttendeeProfiled
from shared.contract.topics import APPLICATIONS
from support.documents import DocumentCollection, MemoryDatabase, run
from support.scheduled import DAY, NOW

INTERVIEW = {"starts": NOW + 2 * DAY, "ends": NOW + 2 * DAY + timedelta(hours=1), "url": "https://meet.example/1"}
OFFER = {"deadline": NOW + 10 * DAY, "starts": "2026-09-01"}
COURSE: list[tuple[str, dict[str, Any]]] = [
    ("submitted", {}),
    ("interview", {"interview": INTERVIEW}),
    ("interview", {"interview": INTERVIEW | {"starts": NOW + DAY}}),
    ("offered", {"offer": OFFER}),
    ("rejected", {}),
    ("offered", {"offer": OFFER}),
    ("accepted", {"offer": OFFER}),
]
"""What an application goes through."""


def event(data: BaseModel | None, key: str = "", topic: str = APPLICATIONS.name) -> Event:
    return Event("e", "matching", "", NOW, "c", data, Received(topic, None, [], key.encode()))


def application(id: str, step: int) -> Event:
    state, values = COURSE[step]
    data = {"application_id": id, "version": step + 1, "attendee_id": f"of-{id}", "listing_id": "l1", "state": state}
    return event(ApplicationChanged.model_validate(data | {"answer_by": NOW + 20 * DAY} | values), id)


def placement(id: str, version: int) -> Event:
    state = ("confirmed", "started", "completed")[version - 1]
    data = {"placement_id": id, "version": version, "attendee_id": f"of-{id}", "listing_id": "l1", "state": state}
    return event(
        PlacementChanged.model_validate(data | {"starts": "2026-09-01", "ends": "2026-12-01", "mentor_person_ids": []}), id
    )


def listing(version: int) -> Event:
    data = {
        "listing_id": "l1",
        "version": version,
        "organization_id": "o1",
        "organization": "SunPy",
        "title": "Arrays",
        "seats": 1,
    }
    data |= dict.fromkeys(("skills", "topics", "mentor_person_ids", "conference_ids"), ())
    data |= {"url": None, "deadline": NOW + (10 + version) * DAY}
    return event(ListingPublished.model_validate(data), "l1")


class Counting(DocumentCollection):
    """Counts how often each method is called."""

    def __init__(self, calls: Counter[str]) -> None:
        super().__init__()
        self.calls = calls

    def __getattribute__(self, name: str) -> Any:
        if name in ("find", "find_one", "insert_many", "replace_one", "update_one", "update_many", "delete_many"):
            self.calls[name] += 1
        return super().__getattribute__(name)

    async def bulk_write(self, writes: Iterable[Any], *, ordered: bool = True, session: Any = None) -> None:
        before = self.calls.copy()
        await super().bulk_write(writes, ordered=ordered, session=session)
        self.calls.clear()
        self.calls.update(before + Counter(["bulk_write"]))


def applied(*batches: list[Event]) -> MemoryDatabase:
    """Notifications' database after these batches."""
    database = MemoryDatabase("notifications", NOW)
    rules = MailRules(Messages(database.db), ScheduledMails(database.db), Projections(database.db), "UTC")
    for batch in batches:
        run(database.transact(partial(rules.apply, batch)))
    return database


def open_mails(database: MemoryDatabase) -> dict[str, Any]:
    mails = database.contents().get("scheduled_mails", {})
    return {id: mail for id, mail in mails.items() if mail["state"] == "open"}


STEPS = st.lists(
    st.one_of(
        st.builds(application, st.sampled_from("abc"), st.integers(0, len(COURSE) - 1)),
        st.builds(placement, st.sampled_from("pq"), st.integers(1, 3)),
        st.builds(listing, st.integers(1, 3)),
        st.builds(event, st.none(), st.sampled_from("abc")),
    ),
    max_size=20,
)


@given(STEPS)
def test_a_batch_leads_to_the_same_as_its_events_one_after_the_other(events: list[Event]) -> None:
    together, apart = applied(events), applied(*([one] for one in events))
    assert open_mails(together) == open_mails(apart)
    for name in ("applications", "progress", "listings"):
        assert together.contents().get(name) == apart.contents().get(name)


@given(STEPS)
def test_a_batch_that_comes_again_changes_nothing(events: list[Event]) -> None:
    living = [one for one in events if one.data]
    assert open_mails(applied(living, living)) == open_mails(applied(living))


@pytest.mark.parametrize("many", [2, 50])
def test_a_batch_takes_as_many_commands_whatever_its_size(many: int) -> None:
    database, calls = MemoryDatabase("notifications", NOW), Counter[str]()
    for name in ("applications", "scheduled_mails", "messages"):
        database._collections[name] = Counting(calls)
    rules = MailRules(Messages(database.db), ScheduledMails(database.db), Projections(database.db), "UTC")
    events = [application(f"a{number}", step) for step in (0, 1) for number in range(many)]
    run(database.transact(partial(rules.apply, events)))
    assert len(open_mails(database)) > 2 * many
    assert calls.total() <= 6, calls


def profile(id: str, version: int) -> Event:
    empty = dict.fromkeys(("interests", "met", "sessions"), ())
    data = {"attendee_id": id, "version": version, "conference_ids": [f"c{version}"]} | empty
    return event(AttendeeProfiled.model_validate(data), id)


@given(
    st.lists(
        st.one_of(
            st.builds(profile, st.sampled_from("ab"), st.integers(1, 3)), st.builds(event, st.none(), st.sampled_from("ab"))
        ),
        max_size=10,
    )
)
def test_a_batch_of_profiles_leads_to_the_same_as_one_after_the_other(events: list[Event]) -> None:
    def kept(*batches: list[Event]) -> dict[str, Any]:
        database = MemoryDatabase("notifications", NOW)
        updater = AttendanceUpdater(Attendances(database.db))
        for batch in batches:
            run(database.transact(partial(updater.apply, batch)))
        return database.contents()

    assert kept(events) == kept(*([one] for one in events))
