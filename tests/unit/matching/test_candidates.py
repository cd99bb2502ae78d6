"""What a profile, a listing and a schedule become, and what rules a pair out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from matching.domain.candidates import Attended, Availability, obstacle
from matching.domain.conferences import scheduled
from matching.domain.openings import FOUND_WEIGHT, MOST_ASKED, Ask, Conditions, asked
from shared.events.examples import EXAMPLES
from shared.events.listings import ListingPublished
from shared.events.registration import AttendeeProfiled, ConferenceScheduled
from support.worlds import PlainTerms, candidate, interest, opening

NOW = datetime(2026, 7, 20, tzinfo=UTC)


class Terms(PlainTerms):
    """Knows one thing by two names, and finds words of five letters and more in a text."""

    def normalise(self, text: str) -> str:
        return {"k8s": "kubernetes"}.get(text.casefold(), text.casefold())

    def name(self, key: str) -> str:
        return key.title()

    def find(self, text: str) -> list[str]:
        return list(dict.fromkeys(self.normalise(word) for word in text.split() if len(word) >= 5 or word == "k8s"))


def test_what_is_no_word_is_no_interest_and_no_ask() -> None:
    class Wordless(PlainTerms):
        def normalise(self, text: str) -> str:
            return "" if text == "—" else text

    one = candidate()
    one.adopt(profile(interests=[{"kind": "skill", "term": "—", "declared": True}]), Wordless())
    assert one.interests == {}
    assert list(asked(listing(skills=["—", "go"]), Wordless())) == ["go"]
    data = EXAMPLES["registration.conference.scheduled.v1"][0].data | {"sessions": [{"id": "s1", "title": "A", "skills": ["—"]}]}
    assert scheduled(ConferenceScheduled.model_validate(data), Wordless()).sessions[0].terms == []


def listing(**fields: Any) -> ListingPublished:
    plain: dict[str, Any] = {
        "skills": [],
        "topics": [],
        "title": "An art",
        "description": None,
        "requirements": [],
        "research": None,
    }
    return ListingPublished.model_validate(EXAMPLES["listings.listing.published.v1"][0].data | plain | fields)


def profile(**fields: Any) -> AttendeeProfiled:
    return AttendeeProfiled.model_validate(EXAMPLES["registration.attendee.profiled.v1"][0].data | fields)


def test_a_term_written_in_two_ways_is_one_interest() -> None:
    heard = {"conference_id": "c1", "session_id": "s1", "title": "Clusters"}
    one = candidate()
    one.adopt(
        profile(
            interests=[
                {"kind": "skill", "term": "k8s", "declared": True, "level": 2},
                {"kind": "topic", "term": "Kubernetes", "evidence": [heard]},
            ]
        ),
        Terms(),
    )
    known = one.interests["kubernetes"]
    assert (known.declared, known.level, known.sessions) == (True, 2, {Attended("c1", "s1"): "Clusters"})


def test_a_profile_of_an_older_publisher_has_no_availability_and_nothing_is_excluded() -> None:
    one = candidate()
    one.adopt(profile(availability=None, discipline=None, sessions=[]), Terms())
    assert (one.availability, one.discipline, one.sessions) == (Availability(), None, [])


def test_sessions_attended_teach_what_their_schedule_and_abstract_say() -> None:
    data = EXAMPLES["registration.conference.scheduled.v1"][0].data | {
        "conference_id": "c1",
        "sessions": [
            {"id": "s1", "title": "On arrays", "skills": ["k8s"], "topics": ["Art"], "abstract": "arrays Kubernetes a b"}
        ],
    }
    conference = scheduled(ConferenceScheduled.model_validate(data), Terms())
    assert [(session.id, session.terms) for session in conference.sessions] == [("s1", ["kubernetes", "art", "arrays"])]
    terms = {Attended("c1", session.id): (session.title, session.terms) for session in conference.sessions}
    one = candidate(interests={"art": interest(declared=True)}, sessions=[Attended("c1", "s1"), Attended("c1", "unknown")])
    heard = one.heard(terms)
    assert {key: (known.declared, list(known.sessions.values())) for key, known in heard.items()} == {
        "art": (True, ["On arrays"]),
        "kubernetes": (False, ["On arrays"]),
        "arrays": (False, ["On arrays"]),
    }
    assert one.interests == {"art": interest(declared=True)}, "what the profile says stays what it was"


def test_what_was_heard_twice_is_one_session() -> None:
    terms = {Attended("c1", "s1"): ("About s1", ["art"])}
    one = candidate(interests={"art": interest("s1")}, sessions=[Attended("c1", "s1")])
    assert one.heard(terms) == {"art": interest("s1")}


def test_a_listing_asks_for_what_it_names_and_for_what_its_text_mentions() -> None:
    asks = asked(
        listing(
            title="Making k8s clusters",
            description="about k8s",
            skills=["K8s", "Go"],
            topics=["go", "Astronomy"],
            requirements=[{"term": "K8s", "level": 3, "weight": 2}],
            research={"lab": "L", "interests": ["Photometry"], "equipment": ["Lens"]},
        ),
        Terms(),
    )
    assert asks == {
        "kubernetes": Ask("skill", "K8s", 2, pytest.approx(0.7)),  # type: ignore[arg-type]
        "go": Ask("skill", "Go"),
        "photometry": Ask("research", "Photometry"),
        "lens": Ask("research", "Lens"),
        "astronomy": Ask("topic", "Astronomy"),
        "making": Ask("topic", "Making", FOUND_WEIGHT),
        "clusters": Ask("topic", "Clusters", FOUND_WEIGHT),
        "about": Ask("topic", "About", FOUND_WEIGHT),
    }


def test_a_listing_without_skills_asks_for_what_its_text_mentions() -> None:
    assert list(asked(listing(title="Making k8s"), Terms())) == ["making", "kubernetes"]


def test_a_listing_that_asks_for_everything_is_cut() -> None:
    asks = asked(listing(skills=[f"s{number}" for number in range(200)], topics=[f"t{n}" for n in range(200)]), Terms())
    assert len(asks) == MOST_ASKED
    assert {ask.kind for ask in asks.values()} == {"skill"}


def days(first: int, last: int) -> dict[str, date]:
    return {"starts": date(2026, 9, first), "ends": date(2026, 9, last)}


@pytest.mark.parametrize(
    ("can", "asks", "expected"),
    [
        ({}, {**days(1, 30), "hours_per_week": 40, "country": "SE", "work_permission": True}, None),
        (days(1, 30), days(1, 30), None),
        (days(2, 30), days(1, 30), "dates"),
        (days(1, 29), days(1, 30), "dates"),
        ({"starts": date(2026, 10, 1)}, {"ends": date(2026, 9, 30)}, "dates"),
        ({"ends": date(2026, 8, 31)}, {"starts": date(2026, 9, 1)}, "dates"),
        ({"hours_per_week": 20}, {"hours_per_week": 21}, "hours"),
        ({"hours_per_week": 20}, {"hours_per_week": 20}, None),
        ({"countries": frozenset({"DE"})}, {"country": "SE"}, "place"),
        ({"countries": frozenset()}, {"country": "SE"}, "place"),
        ({"countries": frozenset({"DE"})}, {"country": "SE", "remote": True}, None),
        ({"countries": frozenset({"DE"}), "remote": False}, {"country": "SE", "remote": True}, "place"),
        ({"work_permission": frozenset({"DE"})}, {"country": "SE", "work_permission": True}, "work permission"),
        ({"work_permission": frozenset({"DE"})}, {"country": "SE"}, None),
    ],
)
def test_only_what_is_known_on_both_sides_rules_a_pair_out(
    can: dict[str, Any], asks: dict[str, Any], expected: str | None
) -> None:
    assert obstacle(Availability(**can), opening(conditions=Conditions(**asks))) == expected


@pytest.mark.parametrize(
    ("fields", "available"),
    [
        ({}, True),
        ({"seats": 0}, False),
        ({"approved": False}, False),
        ({"deadline": NOW}, False),
        ({"deadline": NOW + timedelta(seconds=1)}, True),
    ],
)
def test_an_opening_is_available_while_it_has_seats_an_approved_host_and_time(fields: dict[str, Any], available: bool) -> None:
    assert opening(**fields).is_available(NOW) is available
