"""What a profile, a listing and a schedule become, and what rules a pair out."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from matching.model.candidates import Attended, Availability, obstacle
from matching.model.conferences import conference_of
from matching.model.listings import FOUND_WEIGHT, MAX_REQUESTED_TERMS, Conditions, RequestedTerm, requested_terms_of
from shared.contract.events.examples import EXAMPLES
from shared.contract.events.listings import ListingPublished
from shared.contract.events.registration import AttendeeProfiled, ConferenceScheduled
from support.published import attendee_profiled
from support.worlds import PlainTerms, candidate, interest
from support.worlds import listing as catalogued

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
    one.update_from(profile(interests=[{"kind": "skill", "term": "—", "declared": True}]), Wordless())
    assert one.interests == {}
    assert list(requested_terms_of(published(skills=["—", "go"]), Wordless())) == ["go"]
    data = EXAMPLES["registration.conference.scheduled.v1"][0].data | {"sessions": [{"id": "s1", "title": "A", "skills": ["—"]}]}
    assert conference_of(ConferenceScheduled.model_validate(data), Wordless()).sessions[0].terms == []


def published(**fields: Any) -> ListingPublished:
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


def test_a_skill_gained_in_a_placement_counts_like_the_strongest_declared_one() -> None:
    one, expert = candidate(), candidate()
    gained = {"kind": "skill", "term": "go", "level": 1, "placements": [{"placement_id": "p1", "level": 2}]}
    one.update_from(profile(interests=[gained, {"kind": "skill", "term": "rust", "declared": True, "level": 2}]), Terms())
    expert.update_from(profile(interests=[{"kind": "skill", "term": "go", "declared": True, "level": 5}]), Terms())
    assert one.interests["go"] == expert.interests["go"]
    assert one.interests["rust"].level == 2
    one.update_from(profile(interests=[{"kind": "skill", "term": "go", "declared": True, "level": 1}]), Terms())
    assert one.interests["go"].level == 1, "the skill was withdrawn again"


def test_a_term_written_in_two_ways_is_one_interest() -> None:
    heard = {"conference_id": "c1", "session_id": "s1", "title": "Clusters"}
    one = candidate()
    one.update_from(
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
    one.update_from(profile(availability=None, discipline=None, sessions=[]), Terms())
    assert (one.availability, one.discipline, one.sessions) == (Availability(), None, [])


def test_sessions_attended_teach_what_their_schedule_and_abstract_say() -> None:
    data = EXAMPLES["registration.conference.scheduled.v1"][0].data | {
        "conference_id": "c1",
        "sessions": [
            {"id": "s1", "title": "On arrays", "skills": ["k8s"], "topics": ["Art"], "abstract": "arrays Kubernetes Postgres"}
        ],
    }
    conference = conference_of(ConferenceScheduled.model_validate(data), Terms())
    assert [(session.id, session.terms) for session in conference.sessions] == [
        ("s1", ["kubernetes", "art", "arrays", "postgres"])
    ]
    terms = {Attended("c1", session.id): (session.title, session.heard) for session in conference.sessions}
    one = candidate(interests={"art": interest(declared=True)}, sessions=[Attended("c1", "s1"), Attended("c1", "unknown")])
    heard = one.interests_with_sessions(terms)
    assert {key: (known.declared, list(known.sessions.values())) for key, known in heard.items()} == {
        "art": (True, ["On arrays"]),
        "kubernetes": (False, ["On arrays"]),
        "arrays": (False, ["On arrays"]),
        "postgres": (False, ["On arrays"]),
    }
    assert {key: known.mastery for key, known in heard.items()} == {
        "art": 0.875,
        "kubernetes": 0.5,
        "arrays": 0.5,
        "postgres": 0.25,
    }, "what only the abstract mentions counts less"
    assert one.interests == {"art": interest(declared=True)}, "what the profile says stays what it was"


def test_what_was_heard_twice_is_one_session() -> None:
    terms = {Attended("c1", "s1"): ("Its title now", {"art": True})}
    one = candidate(interests={"art": interest("s1")}, sessions=[Attended("c1", "s1")])
    assert one.interests_with_sessions(terms) == {"art": interest("s1")}, "by the title that the profile told"


def test_a_listing_asks_for_what_it_names_and_for_what_its_text_mentions() -> None:
    requested_terms = requested_terms_of(
        published(
            title="Making k8s clusters",
            description="about k8s",
            skills=["K8s", "Go"],
            topics=["go", "Astronomy"],
            requirements=[{"term": "K8s", "level": 3, "weight": 2}],
            research={"lab": "L", "interests": ["Photometry"], "equipment": ["Lens"]},
        ),
        Terms(),
    )
    assert requested_terms == {
        "kubernetes": RequestedTerm("skill", "K8s", 2, pytest.approx(0.7)),  # type: ignore[arg-type]
        "go": RequestedTerm("skill", "Go"),
        "photometry": RequestedTerm("research", "Photometry"),
        "lens": RequestedTerm("research", "Lens"),
        "astronomy": RequestedTerm("topic", "Astronomy"),
        "making": RequestedTerm("topic", "Making", FOUND_WEIGHT),
        "clusters": RequestedTerm("topic", "Clusters", FOUND_WEIGHT),
        "about": RequestedTerm("topic", "About", FOUND_WEIGHT),
    }


def test_a_listing_without_skills_asks_for_what_its_text_mentions() -> None:
    assert list(requested_terms_of(published(title="Making k8s"), Terms())) == ["making", "kubernetes"]


def test_a_listing_that_asks_for_everything_is_cut() -> None:
    requested_terms = requested_terms_of(
        published(skills=[f"s{number}" for number in range(200)], topics=[f"t{n}" for n in range(200)]), Terms()
    )
    assert len(requested_terms) == MAX_REQUESTED_TERMS
    assert {ask.kind for ask in requested_terms.values()} == {"skill"}


def test_a_newer_profile_takes_the_place_of_the_older_one_in_all_that_it_says() -> None:
    times = {
        "starts": "2026-09-01",
        "ends": "2026-09-30",
        "hours_per_week": 20,
        "countries": ["SE"],
        "remote": False,
        "work_permission": [],
    }
    one = candidate()
    one.update_from(
        profile(
            version=7,
            interests=[{"kind": "skill", "term": "go", "level": 2}, {"kind": "topic", "term": "Go", "level": 4}],
            met=[{"person_id": "m1", "conference_id": "c1"}],
            sessions=[{"conference_id": "c1", "session_id": "s1"}],
            conference_ids=["c1"],
            discipline="law",
            availability=times,
        ),
        Terms(),
    )
    assert (one.version, one.interests, one.met) == (7, {"go": interest(level=4)}, {"m1": "c1"})
    assert (one.sessions, one.conference_ids, one.discipline) == ([Attended("c1", "s1")], {"c1"}, "law")
    assert one.availability == Availability(date(2026, 9, 1), date(2026, 9, 30), 20, frozenset({"SE"}), False, frozenset()), (
        "who has a permission nowhere is not who says nothing of it"
    )
    one.update_from(profile(availability={"remote": True}), Terms())
    assert one.availability == Availability(remote=True), "of the rest nothing is known"
    empty: dict[str, Any] = {"interests": [], "met": [], "sessions": [], "conference_ids": [], "discipline": None}
    one.update_from(profile(version=8, availability=None, **empty), Terms())
    assert one.version == 8
    assert (one.interests, one.met, one.sessions, one.conference_ids, one.discipline) == ({}, {}, [], set(), None)
    assert one.availability == Availability()


def days(first: int | None = None, last: int | None = None) -> dict[str, date]:
    given = {"starts": first, "ends": last}
    return {name: date(2026, 9, day) for name, day in given.items() if day}


SWEDEN, GERMANY, NOWHERE = frozenset({"SE"}), frozenset({"DE"}), frozenset[str]()


def test_whom_a_candidate_met_several_times_is_known_with_all_of_the_conferences() -> None:
    met = [("m1", "c3"), ("m2", "c3"), ("m1", "c2"), ("m1", "c1"), ("m1", "c1")]
    encounters = [{"person_id": person, "conference_id": conference} for person, conference in met]
    one = candidate()
    one.update_from(profile(met=encounters), Terms())
    assert one.met == {"m1": "c1", "m2": "c3"}
    assert [one.met_at(person) for person in ("m1", "m2", "m3")] == [{"c1", "c2", "c3"}, {"c3"}, set()]
    one.update_from(profile(version=9, met=encounters[1:2]), Terms())
    assert (one.met_at("m1"), one.met_at("m2")) == (set(), {"c3"})


@pytest.mark.parametrize(
    ("can", "requested_terms", "expected"),
    [
        ({}, {**days(1, 30), "hours_per_week": 40, "country": "SE", "work_permission": True}, None),
        ({**days(1, 30), "hours_per_week": 1, "countries": NOWHERE, "remote": False, "work_permission": NOWHERE}, {}, None),
        # From the first day to the last; where the listing names one day only, on that day.
        (days(1, 30), days(1, 30), None),
        (days(2, 30), days(1, 30), "dates"),
        (days(1, 29), days(1, 30), "dates"),
        (days(1), days(1, 30), None),
        (days(2), days(1, 30), "dates"),
        (days(None, 30), days(1, 30), None),
        (days(None, 29), days(1, 30), "dates"),
        (days(30), days(None, 30), None),
        (days(1, 29), days(None, 30), "dates"),
        (days(None, 1), days(1), None),
        (days(2, 30), days(1), "dates"),
        ({"starts": date(2026, 10, 1)}, days(None, 30), "dates"),
        ({"ends": date(2026, 8, 31)}, days(1), "dates"),
        (days(20, 10), days(15), "dates"),
        ({"hours_per_week": 20}, {"hours_per_week": 21}, "hours"),
        ({"hours_per_week": 20}, {"hours_per_week": 20}, None),
        # In a country, or from anywhere: who does not say "not remotely" may work remotely.
        ({"countries": SWEDEN}, {"country": "SE"}, None),
        ({"countries": GERMANY}, {"country": "SE"}, "place"),
        ({"countries": NOWHERE}, {"country": "SE"}, "place"),
        ({"countries": GERMANY}, {"country": "SE", "remote": True}, None),
        ({"countries": NOWHERE, "remote": True}, {"country": "SE", "remote": True}, None),
        ({"countries": GERMANY, "remote": False}, {"country": "SE", "remote": True}, "place"),
        ({"countries": SWEDEN, "remote": False}, {"country": "SE", "remote": True}, None),
        ({"countries": GERMANY, "remote": True}, {"country": "SE"}, "place"),
        ({"countries": GERMANY}, {}, None),
        ({"remote": True}, {"country": "SE"}, None),
        ({"remote": False}, {"remote": True}, None),
        # A permission is needed wherever the work is done.
        ({"work_permission": SWEDEN}, {"country": "SE", "work_permission": True}, None),
        ({"work_permission": GERMANY}, {"country": "SE", "work_permission": True}, "work permission"),
        ({"work_permission": NOWHERE}, {"country": "SE", "work_permission": True, "remote": True}, "work permission"),
        ({"work_permission": GERMANY}, {"country": "SE"}, None),
        ({"work_permission": NOWHERE}, {"work_permission": True}, None),
        # Of several, the first.
        ({**days(2), "hours_per_week": 1, "countries": NOWHERE}, {**days(1), "hours_per_week": 2, "country": "SE"}, "dates"),
    ],
)
def test_only_what_is_known_on_both_sides_rules_a_pair_out(
    can: dict[str, Any], requested_terms: dict[str, Any], expected: str | None
) -> None:
    assert obstacle(Availability(**can), catalogued(conditions=Conditions(**requested_terms))) == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"seats": 0}, "no seats left"),
        ({"seats": -1}, "no seats left"),
        ({"approved": False}, "host not approved"),
        ({"kind": "leadership"}, "for the nominated only"),
        ({"deadline": NOW - timedelta(days=1)}, "deadline passed"),
        ({"deadline": NOW}, "deadline passed"),
        ({"deadline": NOW + timedelta(milliseconds=1)}, None),
    ],
)
def test_a_listing_is_available_while_it_has_seats_an_approved_host_and_time(
    fields: dict[str, Any], expected: str | None
) -> None:
    one = catalogued(**fields)
    assert (one.obstacle(NOW), one.is_available(NOW)) == (expected, expected is None)
    one.open = False
    assert (one.obstacle(NOW), one.is_available(NOW)) == ("closed", False)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"seats": 0}, "no seats left"),
        ({"approved": False}, "host not approved"),
        ({"opens_at": NOW}, None),
        ({"opens_at": NOW + timedelta(milliseconds=1)}, "not open yet"),
        ({"deadline": NOW}, "deadline passed"),
    ],
)
def test_a_leadership_programme_is_available_to_the_nominated_only(fields: dict[str, Any], expected: str | None) -> None:
    one = catalogued(kind="leadership", **fields)
    assert one.obstacle(NOW, nominated=True) == expected
    assert not one.is_available(NOW)
    one.open = False
    assert one.obstacle(NOW, nominated=True) == "closed"


def test_an_answer_for_one_host_goes_before_the_general_one() -> None:
    said = [{"organization_id": id, "agreed": agreed, "at": NOW} for id, agreed in (("o1", False), ("o2", True))]
    for sharing in (True, False):
        known = candidate("ada")
        data = attendee_profiled("ada", 2, sharing_consent=sharing, host_consents=said)
        known.update_from(AttendeeProfiled.model_validate(data), Terms())
        assert [known.is_shown_to(id) for id in ("o1", "o2", "o3")] == [False, True, sharing]


def test_nobody_is_matched_by_an_excluded_skill_that_their_sessions_are_about() -> None:
    known, session = candidate("ada"), Attended("c1", "s1")
    interests = [{"kind": "skill", "term": term, "declared": term == "Golang"} for term in ("Golang", "Rust", "SQL")]
    attended = [session._asdict()]
    data = attendee_profiled("ada", 2, interests=interests, sessions=attended, excluded_skills=["Rust", "golang", "Flight"])
    known.update_from(AttendeeProfiled.model_validate(data), Terms())
    heard = known.interests_with_sessions({session: ("Rust, Golang and flights", {"rust": False, "flight": True, "kite": False})})
    assert set(heard) == {"golang", "sql", "kite"}, "a skill that they named, by whatever name, is not excluded"
    assert set(known.words({session: {"rust": 0.5, "flight": 0.5, "wing": 0.5}})) == {"golang", "wing"}
    assert known.excluded == {"rust", "flight"}
