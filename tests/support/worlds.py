"""Candidates and listings: builders, and strategies for hypothesis."""

from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from matching.model.candidates import Attended, Availability, Candidate, Interest
from matching.model.listings import Conditions, Listing, RequestedTerm
from matching.model.words import Word

NOW = datetime(2026, 7, 20, tzinfo=UTC)
KEYS = [f"t{number}" for number in range(12)]
PERSONS = ["m1", "m2", "m3"]
CONFERENCES = ["c1", "c2"]
DISCIPLINES = ["ict", "biology", "law"]
COUNTRIES = ["DE", "SE"]
DAYS = [date(2026, 9, 1), date(2026, 10, 1), date(2027, 3, 1)]


class PlainTerms:
    """An empty vocabulary: every term is its own key."""

    def normalise(self, text: str) -> str:
        return text.casefold()

    def name(self, key: str) -> str:
        return key

    def find(self, text: str) -> list[str]:
        return []


def interest(*sessions: str, declared: bool = False, level: int | None = None) -> Interest:
    return Interest(declared, level, {Attended("c1", session): f"About {session}" for session in sessions})


def candidate(id: str = "a1", **fields: Any) -> Candidate:
    return Candidate(id, shard=0, version=1, **fields)


def listing(id: str = "l1", *skills: str, **fields: Any) -> Listing:
    requested_terms = {skill: RequestedTerm("skill", skill) for skill in skills} | fields.pop("requested_terms", {})
    return Listing(
        id=id, version=1, open=True, title=f"Title of {id}", organization="Org", requested_terms=requested_terms, **fields
    )


def _subset(values: list[Any]) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.sampled_from(values), unique=True, max_size=3)


interests = st.builds(
    Interest,
    declared=st.booleans(),
    level=st.none() | st.integers(1, 5),
    sessions=st.dictionaries(
        st.builds(Attended, st.sampled_from(CONFERENCES), st.sampled_from(["s1", "s2", "s3"])), st.just("A session")
    ),
)
availabilities = st.builds(
    Availability,
    starts=st.none() | st.sampled_from(DAYS),
    ends=st.none() | st.sampled_from(DAYS),
    hours_per_week=st.none() | st.sampled_from([10, 20, 40]),
    countries=st.none() | st.builds(frozenset, _subset(COUNTRIES)),
    remote=st.none() | st.booleans(),
    work_permission=st.none() | st.builds(frozenset, _subset(COUNTRIES)),
)
candidates = st.builds(
    Candidate,
    id=st.sampled_from([f"a{number}" for number in range(20)]),
    shard=st.just(0),
    version=st.just(1),
    interests=st.dictionaries(st.sampled_from(KEYS), interests, max_size=8),
    met=st.dictionaries(st.sampled_from(PERSONS), st.sampled_from(CONFERENCES)),
    conference_ids=st.builds(set, _subset(CONFERENCES)),
    discipline=st.none() | st.sampled_from(DISCIPLINES),
    availability=availabilities,
)
requested_terms = st.builds(
    RequestedTerm,
    kind=st.sampled_from(["skill", "topic", "research"]),
    name=st.sampled_from(KEYS),
    weight=st.sampled_from([0.5, 1.0, 2.0, 10.0]),
    suffices=st.sampled_from([0.4, 0.7, 1.0]),
)
listings = st.builds(
    Listing,
    id=st.sampled_from([f"l{number}" for number in range(20)]),
    version=st.just(1),
    open=st.just(True),
    title=st.just("A title"),
    organization=st.just("Org"),
    requested_terms=st.dictionaries(st.sampled_from(KEYS), requested_terms, max_size=6),
    words=st.dictionaries(st.sampled_from(KEYS), st.sampled_from([Word("Word", 0.1), Word("Word", 0.9)]), max_size=3),
    mentor_ids=_subset(PERSONS),
    conference_ids=_subset(CONFERENCES),
    disciplines=_subset(DISCIPLINES),
    crossing=st.booleans(),
    conditions=st.builds(
        Conditions,
        starts=st.none() | st.sampled_from(DAYS),
        ends=st.none() | st.sampled_from(DAYS),
        hours_per_week=st.none() | st.sampled_from([10, 20, 40]),
        country=st.none() | st.sampled_from(COUNTRIES),
        remote=st.booleans(),
        work_permission=st.booleans(),
    ),
    seats=st.integers(0, 3),
    approved=st.booleans(),
    kind=st.sampled_from(["internship", "internship", "leadership"]),
    deadline=st.none() | st.sampled_from([datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)]),
)
