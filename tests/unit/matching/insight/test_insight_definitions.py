"""All of insight beside what its definitions say, worked out the slow way: sets of people, one question at a time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from matching.insight.domain.figures import Count, shown
from matching.insight.domain.report import insights
from matching.insight.domain.tallies import CountedPerson, Tallies
from matching.model.candidates import Attended
from matching.model.conferences import Conference, Session
from matching.model.listings import Listing, RequestedTerm
from shared.contract.events.fields import Discipline

NOW = datetime(2026, 7, 14, 12, tzinfo=UTC)
CONFERENCES = [
    Conference("c1", 1, "One", [Session("s1", "Arrays", ["numpy", "sql"]), Session("s2", "Logs", ["kafka"])]),
    Conference("c2", 1, "Two", [Session("s1", "Crabs", ["rust", "numpy"])]),
    Conference("c3", 1, "Three", []),
]
ABOUT = {Attended(one.id, session.id): session.terms for one in CONFERENCES for session in one.sessions}
KEYS = ["numpy", "kafka", "sql", "rust"]
IDS = [f"l{number}" for number in range(5)]
FIELDS: list[Discipline] = ["ict", "biology", "arts"]
SESSIONS = st.sampled_from([*ABOUT, Attended("c1", "gone")])


def some(values: list[Any], most: int = 3) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=most)


people = st.builds(
    CountedPerson,
    conference_ids=some(["c1", "c1", "c2", "unknown"]),
    discipline=st.none() | st.sampled_from(FIELDS),
    interests=st.dictionaries(st.sampled_from([*KEYS, "weather"]), st.lists(SESSIONS, max_size=2), max_size=3),
    sessions=st.lists(SESSIONS, unique=True, max_size=3),
    matches=some([*IDS, "unknown"]),
    ranked=some([*IDS, "unknown"]),
    placed=some(IDS, 1),
)
crowds = st.lists(st.tuples(people, st.integers(1, 4)), max_size=12).map(lambda each: [one for one, n in each for _ in range(n)])
requested_terms = st.dictionaries(
    st.sampled_from(KEYS),
    st.builds(RequestedTerm, kind=st.sampled_from(["skill", "skill", "topic"]), name=st.sampled_from(["X", "Y"])),
    max_size=3,
)
markets = st.tuples(
    *(
        st.builds(
            Listing,
            id=st.just(id),
            version=st.just(1),
            open=st.booleans(),
            title=st.just(id),
            organization=st.sampled_from(["Acme", "Acme", ""]),  # erased ones have none
            organization_id=st.sampled_from(["acme", "beta"]),
            requested_terms=requested_terms,
            conference_ids=some(["c1", "c2"]),
            disciplines=some(FIELDS, 2),
            seats=st.integers(0, 3),
            deadline=st.none() | st.sampled_from([NOW - timedelta(days=1), NOW + timedelta(days=1)]),
        )
        for id in IDS
    )
)


FURTHER = {"matches": ("matches", "ranked", "placed"), "ranked": ("ranked", "placed"), "placed": ("placed",)}
"""Whoever came further counts for what is before."""


class Slow:
    """The definitions, for one conference or for all."""

    def __init__(self, listings: tuple[Listing, ...], crowd: list[CountedPerson], id: str | None) -> None:
        self.known = {one.id: one for one in listings if one.organization}
        self.crowd = [one for one in crowd if one.conference_ids or one.interests]
        self.people = [one for one in self.crowd if id is None or id in one.conference_ids]
        taken = [id for one in crowd for id in one.placed]
        self.offered = [
            one
            for one in self.known.values()
            if (one.is_available(NOW) or one.id in taken) and (id is None or not one.conference_ids or id in one.conference_ids)
        ]
        self.seats = {one.id: taken.count(one.id) + (one.seats if one.is_available(NOW) else 0) for one in self.known.values()}

    def got(self, person: CountedPerson, stage: str) -> list[Listing]:
        return [self.known[id] for further in FURTHER[stage] for id in getattr(person, further) if id in self.known]

    def heard(self, person: CountedPerson, key: str) -> set[Attended]:
        return {*person.interests.get(key, ()), *(one for one in person.sessions if key in ABOUT.get(one, ()))}

    def has(self, person: CountedPerson, key: str) -> bool:
        return key in person.interests or bool(self.heard(person, key))

    def led(self, session: Attended, stage: str) -> Count:
        """Of all people, whoever they count for: those who heard in it about what one of these listings asks for."""
        return shown(
            sum(
                any(session in self.heard(one, key) for listing in self.got(one, stage) for key in listing.requested_terms)
                for one in self.crowd
            )
        )

    def attended(self, session: Attended) -> Count:
        return shown(
            sum(session in one.sessions or any(session in seen for seen in one.interests.values()) for one in self.crowd)
        )

    def reached(self, stage: str, host: str | None = None) -> Count:
        return shown(sum(any(host in (None, listing.organization_id) for listing in self.got(one, stage)) for one in self.people))

    def crossed(self, own: str, other: str, stage: str) -> Count:
        return shown(
            sum(
                one.discipline == own and any(other in listing.disciplines for listing in self.got(one, stage))
                for one in self.people
            )
        )


@settings(max_examples=200)
@given(markets, crowds, st.sampled_from([None, "c1", "c2", "c3"]))
def test_every_figure_is_what_its_definition_says(
    listings: tuple[Listing, ...], crowd: list[CountedPerson], id: str | None
) -> None:
    slow = Slow(listings, crowd, id)
    taken = {one: count for one in IDS if (count := sum(one in person.placed for person in crowd))}
    tallies = Tallies(listings, CONFERENCES, taken, NOW)
    for person in crowd:
        tallies.add(person)
    found = next(one for one in insights(tallies) if one.conference_id == id)

    comparable = [one for one in slow.people if one.discipline and any(o.disciplines for o in slow.got(one, "matches"))]
    crossing = [
        one for one in comparable if any(o.disciplines and one.discipline not in o.disciplines for o in slow.got(one, "matches"))
    ]
    skills = {key for one in slow.offered for key, ask in one.requested_terms.items() if ask.kind == "skill"}
    few = 0 < len(slow.people) < 3
    listed = [
        session
        for session in ABOUT
        if id in (None, session.conference_id)
        and slow.attended(session) != "<3"
        and (slow.led(session, "matches") or slow.led(session, "placed"))
    ]
    assert found.totals.model_dump() == {
        "attendees": shown(len(slow.people)),
        "matched": slow.reached("matches"),
        "ranked": slow.reached("ranked"),
        "placed": slow.reached("placed"),
        "hosts": len({one.organization_id for one in slow.offered}),
        "listings": len(slow.offered),
        "seats": sum(slow.seats[one.id] for one in slow.offered),
        "skills": len(skills),
        "sessions": 0 if few else len(listed),
        "comparable": shown(len(comparable)),
        "crossing": shown(len(crossing)),
    }
    if few:
        assert [found.skills, found.sessions, found.crossings, found.hosts] == [[], [], [], []]
        return

    by_ask = [
        sum(key in one.requested_terms and one.requested_terms[key].kind == "skill" for one in slow.offered)
        for key in sorted(skills)
    ]
    held = [shown(sum(slow.has(one, key) for one in slow.people)) for key in sorted(skills)]
    assert sorted((one.listings, str(one.attendees)) for one in found.skills) == sorted(zip(by_ask, map(str, held), strict=True))
    assert [one.gap for one in found.skills] == sorted((one.gap for one in found.skills), reverse=True)
    assert {(Attended(one.conference_id, one.session_id), one.attended, one.matched, one.placed) for one in found.sessions} == {
        (one, slow.attended(one), slow.led(one, "matches"), slow.led(one, "placed")) for one in listed
    }
    told = {field for field in FIELDS if sum(one.discipline == field for one in slow.people) >= 3}
    assert [(one.attendees, one.listings, one.matched, one.placed) for one in found.crossings] == [
        (own, other, slow.crossed(own, other, "matches"), slow.crossed(own, other, "placed"))
        for own in sorted(told)
        for other in sorted(FIELDS)
        if slow.crossed(own, other, "matches") or slow.crossed(own, other, "placed")
    ]
    assert {(one.organization_id, one.listings, one.seats, one.recommended, one.ranked, one.placed) for one in found.hosts} == {
        (
            host,
            sum(one.organization_id == host for one in slow.offered),
            sum(slow.seats[one.id] for one in slow.offered if one.organization_id == host),
            slow.reached("matches", host),
            slow.reached("ranked", host),
            slow.reached("placed", host),
        )
        for host in ("acme", "beta")
        if any(one.organization_id == host for one in slow.offered)
        or any(slow.reached(stage, host) for stage in ("matches", "ranked", "placed"))
    }
