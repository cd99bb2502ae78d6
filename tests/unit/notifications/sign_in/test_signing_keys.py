"""When the keys that sign sessions change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from notifications.sign_in.domain import ANNOUNCED, SESSION_KEYS, SIGNS
from shared.signing_keys import SigningKey
from shared.web.access.sessions import LIFETIME, TOLERANCE, SignInSession, signed, verified

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def first() -> SigningKey:
    key = SESSION_KEYS.next([], NOW)
    assert key
    return key


def test_the_first_key_signs_at_once() -> None:
    key = first()
    assert (key.number, SESSION_KEYS.signing([key], NOW), SESSION_KEYS.next([key], NOW)) == (1, key, None)


def test_the_next_key_is_published_a_day_before_it_signs() -> None:
    old = first()
    assert SESSION_KEYS.next([old], NOW + SIGNS - ANNOUNCED - HOUR) is None
    new = SESSION_KEYS.next([old], NOW + SIGNS - ANNOUNCED)
    assert new
    assert (new.number, new.key.public.not_before) == (2, NOW + SIGNS)
    assert SESSION_KEYS.next([old, new], NOW + SIGNS - ANNOUNCED) is None
    assert SESSION_KEYS.signing([new, old], NOW + SIGNS - HOUR) == old
    assert SESSION_KEYS.signing([new, old], NOW + SIGNS) == new


def test_every_session_can_be_verified_until_it_ends_whatever_key_signed_it() -> None:
    keys: list[SigningKey] = []
    sessions: list[tuple[str, SigningKey, datetime]] = []
    for hour in range(0, 24 * 100, 6):
        now = NOW + hour * HOUR
        if new := SESSION_KEYS.next(keys, now):
            keys.append(new)
        for old in SESSION_KEYS.ended(keys, now):
            keys.remove(old)
        key = SESSION_KEYS.signing(keys, now)
        assert key
        sessions.append((signed(SignInSession(f"s{hour}", "ada", 0, now, now + LIFETIME), key.key), key, now + LIFETIME))
        sessions = [session for session in sessions if session[2] > now]
        for token, signer, _ in sessions:
            assert signer in keys
            assert verified(token, signer.key.public, now)
        assert len(keys) <= 3
    assert keys[-1].number == 4


def test_the_old_key_still_signs_where_a_clock_is_late_and_the_end_of_what_it_signs_is_covered() -> None:
    key = first()
    late = key.signs_until + TOLERANCE - timedelta(seconds=1)
    assert SESSION_KEYS.signing([key], late) == key
    assert SESSION_KEYS.signing([key], key.signs_until + TOLERANCE) is None
    assert late + LIFETIME <= key.key.public.ends_at


def test_after_a_long_downtime_the_next_key_signs_at_once() -> None:
    now = NOW + timedelta(days=365)
    new = SESSION_KEYS.next([first()], now)
    assert new
    assert (new.key.public.not_before, SESSION_KEYS.signing([first(), new], now)) == (now, new)


def test_a_key_that_cannot_be_decrypted_signs_nothing_and_is_replaced_at_once() -> None:
    unreadable = replace(first(), key=replace(first().key, d=""))
    assert SESSION_KEYS.signing([unreadable], NOW) is None
    new = SESSION_KEYS.next([unreadable], NOW)
    assert new
    assert (new.number, SESSION_KEYS.signing([unreadable, new], NOW)) == (2, new)
    assert SESSION_KEYS.next([unreadable, new], NOW) is None


def test_when_the_signing_key_is_revoked_another_signs_at_once_even_if_the_next_one_was_announced() -> None:
    old = first()
    now = NOW + SIGNS - ANNOUNCED
    announced = SESSION_KEYS.next([old], now)
    assert announced
    new = SESSION_KEYS.next([announced], now)
    assert new
    assert (new.number, new.key.public.not_before) == (3, now)
    assert SESSION_KEYS.signing([announced, new], now) == new
    assert SESSION_KEYS.next([announced, new], now) is None
    alone = SESSION_KEYS.next([], now)
    assert alone
    assert SESSION_KEYS.signing([alone], now) == alone


def test_when_the_announced_key_is_revoked_the_signing_one_goes_on_and_another_follows() -> None:
    old = first()
    now = NOW + SIGNS - ANNOUNCED
    new = SESSION_KEYS.next([old], now)
    assert new
    assert new.key.public.not_before == old.signs_until
    assert SESSION_KEYS.signing([old, new], now) == old


def test_a_key_is_forgotten_once_all_its_sessions_have_ended_by_any_clock() -> None:
    key = first()
    end = key.key.public.ends_at
    assert SESSION_KEYS.ended([key], end + 2 * TOLERANCE - HOUR) == []
    assert SESSION_KEYS.ended([key], end + 2 * TOLERANCE) == [key]
