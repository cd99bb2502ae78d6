"""What the demo ships: reproducible, complete, and without a single real person."""

import json
import random
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from demo import data, vocabulary
from demo.names import people
from listings.listings.domain.details import ListingDetails

SHIPPED = ("europython_2024.json", "openastronomy.json")


def shipped(name: str) -> str:
    return files("demo.data").joinpath(name).read_text("utf-8")


def test_the_conference_has_131_sessions_with_distinct_ids() -> None:
    ids = [session["id"] for session in data.conference()["sessions"]]
    assert len(ids) == len(set(ids)) == 131


def test_every_listing_names_its_organization_and_only_mentors_of_it() -> None:
    internships = data.internships()
    mentors = {each["id"]: {m["id"] for m in each["mentors"]} for each in internships["organizations"]}
    assert 60 <= len(internships["listings"]) <= 100
    for listing in internships["listings"]:
        assert set(listing["mentor_ids"]) <= mentors[listing["organization_id"]], listing["id"]
        assert listing["capacity"] >= 1
        assert 0 < len(listing["description"]) <= 600
        assert listing["skills"], listing["id"]
        assert ListingDetails.model_validate({name: value for name, value in listing.items() if name != "id"})


def test_both_sides_draw_their_terms_from_one_word_list() -> None:
    words = data.vocabulary()
    for each in [*data.conference()["sessions"], *data.internships()["listings"]]:
        assert set(each["skills"]) <= words["skills"].keys()
        assert set(each["topics"]) <= words["topics"].keys()


def test_most_sessions_share_a_term_with_some_listing() -> None:
    offered = {term for each in data.internships()["listings"] for term in each["skills"] + each["topics"]}
    sessions = data.conference()["sessions"]
    meeting = [each for each in sessions if offered.intersection(each["skills"] + each["topics"])]
    assert len(meeting) > 0.8 * len(sessions)


@pytest.mark.parametrize("name", SHIPPED)
def test_no_address_link_or_handle_is_shipped(name: str) -> None:
    text = re.sub(r"[a-z]+\.[a-z]+@example\.org", "", shipped(name))
    assert not re.findall(r"\S*(?:@|https?:|www\.|github\.com)\S*", text)


@pytest.mark.parametrize("name", SHIPPED)
def test_no_speaker_and_no_mentor_of_the_originals_is_named(name: str, speakers: frozenset[str], handles: frozenset[str]) -> None:
    text = shipped(name).casefold()
    real = {each.casefold() for each in speakers | handles}
    assert len(real) > 1000
    candidates = {each for each in real if each in text}  # quick; the word boundaries are looked at second
    named = {each for each in candidates if re.search(rf"(?<!\w){re.escape(each)}(?!\w)", text)}
    assert named == set()


def test_no_generated_name_is_the_name_of_a_speaker(speakers: frozenset[str]) -> None:
    generated = {person.name.casefold() for person in people(random.Random(0))}
    assert generated.isdisjoint(name.casefold() for name in speakers)


def test_the_shipped_files_are_what_the_originals_give(talks: Path, projects: Path) -> None:
    pytest.importorskip("yaml")
    from demo import build_data

    def same(built: dict[str, Any], name: str) -> bool:
        return bool(json.loads(json.dumps(built)) == json.loads(shipped(name)))

    assert same(build_data.conference(talks), SHIPPED[0])
    assert same(build_data.internships(projects), SHIPPED[1])


def test_the_notice_carries_both_licences() -> None:
    notice = shipped("NOTICE.md")
    assert "CC0 1.0" in notice
    assert "Copyright (c) 2015, OpenAstronomy" in notice
    assert "EVEN IF ADVISED OF THE POSSIBILITY OF SUCH DAMAGE" in notice


@pytest.mark.parametrize(
    ("text", "skills"),
    [
        ("Bindings in C++", {"C++"}),
        ("from C, or c", {"C"}),
        ("numpy and Pandas", {"NumPy", "pandas"}),
        ("a React app that does not react", {"React"}),
        ("to rest, to spark interest", set()),
        ("Pythonic", set()),
    ],
)
def test_a_term_counts_only_as_a_word_of_its_own(text: str, skills: set[str]) -> None:
    assert set(vocabulary.find(text).skills) == skills
