"""What a match rests on, as an attendee can look at it."""

from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from matching.attendee_pages.evidence import Evidence, SeenSession, evidence_of
from matching.attendee_pages.reading import Voice
from matching.model.candidates import Attended, Candidate, Interest
from matching.model.conferences import Conference, Session
from matching.model.listings import FOUND_WEIGHT, Listing, RequestedTerm, mastery_of_level
from matching.placements.domain.placement import Placement
from shared.contract.events.matching import Match, Reason
from shared.wording.languages import translations
from shared.wording.reason_texts import Words

AT = datetime(2026, 7, 8, 9, tzinfo=UTC)
PAGE = "https://pyconf.example/talk/a"
CONFERENCES = {
    "c1": Conference("c1", 1, "PyConf", [Session("a", "Arrays", [], url=PAGE, starts=AT)]),
    "c2": Conference("c2", 1, "AstroConf", [Session("b", "Stars", [])]),
}
LISTING = Listing(
    "l1",
    1,
    open=True,
    requested_terms={
        "python": RequestedTerm("skill", "Python", 1.0, mastery_of_level(3)),
        "scikit-learn": RequestedTerm("topic", "scikit-learn", FOUND_WEIGHT),
        "rust": RequestedTerm("skill", "Rust"),
    },
    mentor_ids=["mina"],
    conference_ids=["c1"],
)
ADA = Candidate("ada", 0, met={"mina": "c2"}, conference_ids={"c1", "c2"})
INTERESTS = {
    "python": Interest(True, 4, {Attended("c2", "b"): "Stars", Attended("c1", "a"): "Arrays"}),
    "scikit-learn": Interest(sessions={Attended("gone", "x"): "Trees"}),
}
REASONS = [("skill", "Python", 0.2), ("topic", "scikit-learn", 0.1), ("demand", "Python", 0.1), ("met", None, 0.1)]


def evidence(gained: dict[str, list[Placement]] | None = None, away: frozenset[str] = frozenset(), **changes: Any) -> Evidence:
    reasons = [Reason(kind=kind, term=term, contribution=part) for kind, term, part in REASONS]
    match = Match(listing_id="l1", title="t", organization="o", url=None, score=0.5, reasons=reasons)
    texts = translations("en", "matching")
    says = Voice(cast("Any", SimpleNamespace()), texts, Words(texts))
    return evidence_of(match, replace(LISTING, **changes), ADA, INTERESTS, CONFERENCES, gained or {}, away, says)


def test_each_term_says_what_the_listing_asks_and_what_of_the_attendee_corresponds_to_it() -> None:
    python, learn = evidence().terms
    assert (python.term, python.asked) == ("Python", "The organization asks for this level or more: Python (competent).")
    assert python.named == "Python (proficient)"
    assert python.sessions == [SeenSession("Arrays", "PyConf", AT, PAGE), SeenSession("Stars", "AstroConf", None, None)]
    assert (learn.asked, learn.named) == ("The description mentions it.", "")
    assert learn.sessions == [SeenSession("Trees", "", None, None)], "its conference is not known any more"


def test_the_listings_page_opens_where_it_has_the_term() -> None:
    assert [one.quoted for one in evidence().terms] == [
        "/internships/l1#:~:text=Python",
        "/internships/l1#:~:text=scikit%2Dlearn",  # a hyphen would separate text from its context
    ]


def test_a_skill_gained_in_a_placement_is_not_said_to_be_named() -> None:
    placement = Placement("p1", "ada", "l2", title="Maps")
    python, _ = evidence({"python": [placement]}).terms
    assert (python.placements, python.named) == ([placement], "")


def test_who_was_met_is_said_by_the_conference_unless_they_are_away() -> None:
    assert (evidence().met_at, evidence().conferences) == (["AstroConf"], ["PyConf"])
    assert evidence(away=frozenset({"mina"})).met_at == []
    assert evidence(mentor_ids=[], conference_ids=[])[1:] == ([], [])
