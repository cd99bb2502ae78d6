"""The order in which an attendee sees their best matches."""

from matching.engine.order import in_order
from shared.contract.events.matching import Match, Reason

HOSTS = {"l1": "o1", "l2": "o1", "l3": "o3", "l4": "o4", "l5": "o5", "l6": "o6"}


def match(id: str, score: float, main: str, crowding: float = 0.0) -> Match:
    reasons = [Reason(kind="skill", term=main, contribution=score)]
    return Match(listing_id=id, title=id, organization="Somebody", url=None, score=score, reasons=reasons, crowding=crowding)


def order(*matches: Match) -> list[str]:
    return [one.listing_id for one in in_order(matches, lambda one: HOSTS[one.listing_id], lambda one: one.crowding)]


def test_the_best_fit_comes_first_even_if_it_is_crowded() -> None:
    assert order(match("l3", 0.50, "a"), match("l4", 0.42, "b", crowding=0.3), match("l5", 0.3, "c")) == ["l4", "l3", "l5"]


def test_a_match_with_a_host_or_main_reason_seen_before_waits_behind_one_that_is_as_good() -> None:
    same_host, same_reason, new = match("l2", 0.400, "b"), match("l3", 0.399, "a"), match("l4", 0.390, "d")
    assert order(match("l1", 0.5, "a"), same_host, same_reason, new) == ["l1", "l4", "l2", "l3"]


def test_a_better_match_does_not_wait_and_those_behind_the_first_five_stay() -> None:
    assert order(match("l1", 0.5, "a"), match("l2", 0.46, "a"), match("l3", 0.40, "b")) == ["l1", "l2", "l3"]
    matches = [match(id, 0.9 - place / 10, str(place)) for place, id in enumerate(HOSTS)]
    assert order(*matches) == list(HOSTS)
    assert order() == []
