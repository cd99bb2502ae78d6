"""Which mails of a batch wait for others, and when somebody causes too many."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from notifications.mail_kinds import KINDS
from notifications.rules.domain.scheduled_mails import OpenMail, ScheduledMail, one_person
from notifications.writing.use_cases.order import Order

NOW: Final = datetime(2026, 12, 1, tzinfo=UTC)
LATER: Final = ScheduledMail(
    KINDS["application_rejected"],
    "application/1@2",
    one_person("ada"),
    "c",
    NOW,
    NOW + timedelta(days=1),
    about="application/1",
    caused_by="host",
    version=2,
)
EARLIER: Final = replace(LATER, kind=KINDS["application_sent"], cause="application/1@1", version=1)


def opened(one: ScheduledMail) -> OpenMail:
    return OpenMail(one.id, one.about, one.kind.lane, one.audience.group, frozenset(one.audience.ids), one.version)


def test_a_mail_waits_for_an_earlier_one_until_that_has_ended() -> None:
    order = Order([opened(EARLIER), opened(LATER)], {}, {}, 9)
    assert (order.must_wait(LATER), order.must_wait(EARLIER)) == (True, False)
    order.ended(EARLIER)
    assert not order.must_wait(LATER)


@pytest.mark.parametrize(
    "other",
    [
        replace(EARLIER, about="application/2"),
        replace(EARLIER, audience=one_person("grace")),
        replace(EARLIER, kind=KINDS["welcome"]),
        replace(EARLIER, version=0),
    ],
    ids=["about something else", "to somebody else", "in the other lane", "in any order"],
)
def test_a_mail_waits_for_no_other(other: ScheduledMail) -> None:
    assert not Order([opened(other)], {}, {}, 9).must_wait(LATER)


def test_what_a_batch_causes_counts_towards_the_limit_of_the_person_and_of_the_thing() -> None:
    order = Order([], {"host": {"a"}}, {"application/1": set()}, 2)
    assert not order.is_over_limit(LATER)
    order.caused(LATER, LATER.cause)
    order.caused(LATER, LATER.cause)  # to a second recipient
    assert order.is_over_limit(LATER)
    assert not order.is_over_limit(replace(LATER, caused_by="another")), "about this, there is one"
    order.caused(EARLIER, EARLIER.cause)
    assert order.is_over_limit(replace(LATER, caused_by="another"))


def test_mails_to_many_are_not_limited_by_what_they_are_about() -> None:
    order = Order([], {}, {"application/1": {"a", "b"}}, 2)
    assert not order.is_over_limit(replace(LATER, audience=replace(LATER.audience, group="ranked"), caused_by=""))
