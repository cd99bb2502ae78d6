"""When the keys that sign sessions change."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from notifications.sign_in.domain import ANNOUNCED, SIGNS, SigningKey, ended_keys, next_key, signing_key
from shared.web.access.sessions import LIFETIME, TOLERANCE, Session, signed, verified

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def first() -> SigningKey:
    key = next_key([], NOW)
    assert key
    return key


def test_the_first_key_signs_at_once() -> None:
    key = first()
    assert (key.number, signing_key([key], NOW), next_key([key], NOW)) == (1, key, None)


def test_the_next_key_is_published_a_day_before_it_signs() -> None:
    old = first()
    assert next_key([old], NOW + SIGNS - ANNOUNCED - HOUR) is None
    new = next_key([old], NOW + SIGNS - ANNOUNCED)
    assert new
    assert (new.number, new.key.public.not_before) == (2, NOW + SIGNS)
    assert next_key([old, new], NOW + SIGNS - ANNOUNCED) is None
    assert signing_key([new, old], NOW + SIGNS - HOUR) == old
    assert signing_key([new, old], NOW + SIGNS) == new


def test_every_session_can_be_verified_until_it_ends_whatever_key_signed_it() -> None:
    keys: list[SigningKey] = []
    sessions: list[tuple[str, SigningKey, datetime]] = []
    for hour in range(0, 24 * 100, 6):
        now = NOW + hour * HOUR
        if new := next_key(keys, now):
            keys.append(new)
        for old in ended_keys(keys, now):
            keys.remove(old)
        key = signing_key(keys, now)
        assert key
        sessions.append((signed(Session(f"s{hour}", "ada", 0, now, now + LIFETIME), key.key), key, now + LIFETIME))
        sessions = [session for session in sessions if session[2] > now]
        for token, signer, _ in sessions:
            assert signer in keys
            assert verified(token, signer.key.public, now)
        assert len(keys) <= 3
    assert keys[-1].number == 4


def test_the_old_key_still_signs_where_a_clock_is_late_and_the_end_of_what_it_signs_is_covered() -> None:
    key = first()
    late = key.signs_until + TOLERANCE - timedelta(seconds=1)
    assert signing_key([key], late) == key
    assert signing_key([key], key.signs_until + TOLERANCE) is None
    assert late + LIFETIME <= key.key.public.ends_at


def test_after_a_long_downtime_the_next_key_signs_at_once() -> None:
    now = NOW + timedelta(days=365)
    new = next_key([first()], now)
    assert new
    assert (new.key.public.not_before, signing_key([first(), new], now)) == (now, new)


def test_a_key_that_cannot_be_decrypted_signs_nothing_and_is_replaced_at_once() -> None:
    unreadable = replace(first(), key=replace(first().key, d=""))
    assert signing_key([unreadable], NOW) is None
    new = next_key([unreadable], NOW)
    assert new
    assert (new.number, signing_key([unreadable, new], NOW)) == (2, new)
    assert next_key([unreadable, new], NOW) is None


def test_when_the_signing_key_is_revoked_another_signs_at_once_even_if_the_next_one_was_announced() -> None:
    old = first()
    now = NOW + SIGNS - ANNOUNCED
    announced = next_key([old], now)
    assert announced
    new = next_key([announced], now)
    assert new
    assert (new.number, new.key.public.not_before) == (3, now)
    assert signing_key([announced, new], now) == new
    assert next_key([announced, new], now) is None
    alone = next_key([], now)
    assert alone
    assert signing_key([alone], now) == alone


def test_when_the_announced_key_is_revoked_the_signing_one_goes_on_and_another_follows() -> None:
    old = first()
    now = NOW + SIGNS - ANNOUNCED
    new = next_key([old], now)
    assert new
    assert new.key.public.not_before == old.signs_until
    assert signing_key([old, new], now) == old


def test_a_key_is_forgotten_once_all_its_sessions_have_ended_by_any_clock() -> None:
    key = first()
    end = key.key.public.ends_at
    assert ended_keys([key], end + 2 * TOLERANCE - HOUR) == []
    assert ended_keys([key], end + 2 * TOLERANCE) == [key]
