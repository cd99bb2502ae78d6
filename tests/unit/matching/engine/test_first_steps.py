"""What helps an attendee without a strong match: skills that similar people have, and listings to start with."""

from matching.engine.first_steps import first_steps
from matching.engine.index import CandidateIndex, Numbering
from matching.model.candidates import Candidate
from matching.model.listings import Listing, RequestedTerm
from support.worlds import candidate, interest, listing

NAMED = interest(declared=True)


def people(*skills: str, discipline: str | None = None) -> list[Candidate]:
    return [
        candidate(f"a{number}", interests=dict.fromkeys(its.split(), NAMED), discipline=discipline)
        for number, its in enumerate(skills)
    ]


def similar(everybody: list[Candidate], *keys: str, discipline: str | None = None) -> dict[str, float]:
    index = CandidateIndex(Numbering())
    for one in everybody:
        index.put(one, one.interests, [])
    return index.terms_of_similar(keys, discipline)


def test_people_are_similar_who_share_terms_and_what_fewer_than_three_of_them_have_is_not_told() -> None:
    everybody = people("python sql", "python sql linux", "python latin sql linux", "python latin git", "cooking git", "latin git")
    assert similar(everybody, "python", "latin") == {"python": 6.0, "latin": 5.0, "sql": 4.0}


def test_for_people_without_terms_those_of_their_discipline_are_similar() -> None:
    everybody = people("sql", "sql", "sql", discipline="ict")
    assert similar(everybody, discipline="ict") == {"sql": 3.0}
    assert similar(everybody, discipline="law") == {}
    assert similar(everybody, "unheard of") == {}


def test_somebody_who_left_is_similar_to_nobody() -> None:
    index = CandidateIndex(Numbering())
    for one in people("sql", "sql", "sql"):
        index.put(one, one.interests, [])
    index.remove("a1")
    assert index.terms_of_similar(["sql"], None) == {}


def steps(one: Candidate, listings: list[Listing], **weights: float) -> tuple[list[str], bool, list[str]]:
    found = first_steps(one, one.interests, listings, weights)
    return found.skills, found.of_similar, [starter.listing_id for starter in found.starters]


def test_two_skills_are_named_that_similar_people_have_and_listings_ask_for() -> None:
    listings = [listing("l1", "sql", "git"), listing("l2", "rust"), listing("l3", "rust", "python"), listing("l4", "rust")]
    one = candidate(interests={"python": NAMED})
    assert steps(one, listings, python=9, latin=8, git=2, sql=5, rust=1)[:2] == (["sql", "git"], True)
    assert steps(one, listings, latin=8)[:2] == (["rust", "git"], False), "or else those that most listings ask for"
    topics = [listing("l5", requested_terms={"latin": RequestedTerm("topic", "Latin")})]
    assert steps(one, topics, latin=8) == ([], False, ["l5"])


def test_the_listings_to_start_with_ask_for_least_and_are_for_people_of_the_discipline() -> None:
    listings = [
        listing("l1", "sql", "git", disciplines=["law"]),
        listing("l2", "python", disciplines=["law"]),
        listing("l3"),
        listing("l4", disciplines=["biology"]),
        listing("l5", "sql", "git"),
        listing("l6", seats=2),
    ]
    lawyer = candidate(interests={"python": NAMED}, discipline="law")
    assert steps(lawyer, listings)[2] == ["l2", "l1", "l6"]
    assert steps(candidate(), listings)[2] == ["l6", "l3", "l4"], "of somebody without a discipline, any may be it"
    assert first_steps(lawyer, lawyer.interests, listings, {}).starters[1].missing == ["sql", "git"]
