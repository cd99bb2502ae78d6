"""What is news to an attendee: a list that tells them something else than the one before."""

import pytest

from matching.engine.snapshot import same_content
from shared.contract.events.matching import Match, Reason

SKILL = Reason(kind="skill", term="Python", contribution=0.3, conference_id="c1", session_id="s1", session_title="Arrays")
DEMAND = Reason(kind="demand", term="Python", contribution=0.1)


def match(id: str = "l1", *reasons: Reason, score: float = 0.3, title: str = "A title", organization: str = "Org") -> Match:
    url = f"https://example.org/{id}"
    return Match(listing_id=id, title=title, organization=organization, url=url, score=score, reasons=list(reasons or [SKILL]))


def test_a_score_that_moves_and_demand_that_comes_or_goes_are_no_news() -> None:
    before = [match("l1"), match("l2")]
    assert same_content(before, [match("l1", SKILL, DEMAND, score=0.4), match("l2", score=0.2)])
    stronger = SKILL.model_copy(update={"contribution": 0.5})
    assert same_content(before, [match("l1", stronger), match("l2")])


@pytest.mark.parametrize(
    "after",
    [
        [match("l2"), match("l1")],
        [match("l1")],
        [match("l1"), match("l3")],
        [match("l1", title="Another title"), match("l2")],
        [match("l1", organization="Another"), match("l2")],
        [match("l1").model_copy(update={"url": None}), match("l2")],
        [match("l1", SKILL, Reason(kind="met", contribution=0.1, person_id="m1")), match("l2")],
        [match("l1", SKILL.model_copy(update={"term": "Go"})), match("l2")],
        [match("l1", SKILL.model_copy(update={"session_id": "s2"})), match("l2")],
        [],
    ],
)
def test_another_listing_order_text_or_reason_is_news(after: list[Match]) -> None:
    assert not same_content([match("l1"), match("l2")], after)
