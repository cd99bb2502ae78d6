"""The circuit breaker before the mail server."""

from datetime import UTC, datetime, timedelta

import pytest

from notifications.delivery.domain.breaker import IN_A_ROW, LONGEST_PAUSE, Breaker

NOW = datetime(2026, 7, 1, 12, tzinfo=UTC)
FIRST = timedelta(seconds=5)


@pytest.fixture
def breaker() -> Breaker:
    return Breaker(FIRST)


def opened(breaker: Breaker) -> Breaker:
    assert breaker.fail(NOW, "mail", "a", every=True) == FIRST
    return breaker


def test_what_every_mail_would_meet_opens_it_at_once(breaker: Breaker) -> None:
    assert breaker.enter(NOW) == "mail"
    opened(breaker)
    assert breaker.state(NOW) == "open"
    assert breaker.enter(NOW + FIRST - timedelta(seconds=1)) is None


def test_what_may_be_one_mails_own_fault_opens_it_only_several_times_in_a_row(breaker: Breaker) -> None:
    first, *others = (f"mail {number}" for number in range(IN_A_ROW))
    for mail in others:
        assert breaker.fail(NOW, "mail", mail, every=False) is None
    breaker.succeed()
    for mail in others:
        assert breaker.fail(NOW, "mail", mail, every=False) is None
    assert breaker.fail(NOW, "mail", first, every=False) == FIRST


def test_one_mail_that_is_refused_again_and_again_stops_no_other(breaker: Breaker) -> None:
    for _ in range(10 * IN_A_ROW):
        assert breaker.fail(NOW, "mail", "a", every=False) is None
    assert breaker.state(NOW) == "closed"


def test_after_the_pause_one_mail_probes_and_the_others_wait(breaker: Breaker) -> None:
    opened(breaker)
    later = NOW + FIRST
    assert breaker.state(later) == "half open"
    assert [breaker.enter(later), breaker.enter(later)] == ["probe", None]
    breaker.succeed()
    assert breaker.enter(later) == "mail"
    assert breaker.state(later) == "closed"


def test_a_probe_that_found_nothing_to_send_lets_another_try(breaker: Breaker) -> None:
    opened(breaker)
    permit = breaker.enter(NOW + FIRST)
    assert permit
    breaker.leave(permit)
    assert breaker.enter(NOW + FIRST) == "probe"


def test_each_failed_probe_doubles_the_pause_up_to_ten_minutes_until_one_succeeds(breaker: Breaker) -> None:
    now, pauses = NOW, []
    breaker.fail(now, "mail", "a", every=True)
    for _ in range(10):
        now += LONGEST_PAUSE
        permit = breaker.enter(now)
        assert permit == "probe"
        pauses.append(breaker.fail(now, permit, "a", every=False))
        breaker.leave(permit)
    assert pauses[:3] == [2 * FIRST, 4 * FIRST, 8 * FIRST]
    assert pauses[-1] == LONGEST_PAUSE
    breaker.succeed()
    assert breaker.fail(now, "mail", "a", every=True) == FIRST


def test_the_mails_that_meet_one_outage_together_count_once(breaker: Breaker) -> None:
    opened(breaker)
    for _ in range(5):
        assert breaker.fail(NOW, "mail", "a", every=True) is None
    assert breaker.enter(NOW + FIRST) == "probe"
    assert breaker.fail(NOW + FIRST, "probe", "a", every=True) == 2 * FIRST
