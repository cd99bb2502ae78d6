"""What is wrong with the details of a listing, and how it is said."""

from typing import Any

import pytest
from pydantic import ValidationError

from shared.validation import in_words
from support.listings import PAID, details


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "two\nlines"},
        {"title": ""},
        {"description": "a\x00b"},
        {"description": "a\x1b[31mred"},
        {"description": "a\x85b"},
        {"description": "x" * 10_001},
        {"capacity": 0},
        {"organization_id": "$ne"},
        {"organization_id": {"$ne": ""}},
        {"mentor_ids": ["a/b"]},
        {"skills": [{"$gt": ""}]},
        {"deadline": "2030-01-01T00:00:00"},
        {"url": "javascript:alert(1)"},
        {"$set": {"status": "published"}},
        {"skills": [f"s{n}" for n in range(500)]},
        {"skills": ["s" * 10_000]},
        {"research": {"equipment": ["two\nlines"]}},
        {"research": {"supervisor": "ada"}},
        {"crossing": "yes"},
        {"conditions": {"starts": 20240701}},
        {"conditions": {"remote": 1}},
        {"pay": {}},
        {"pay": {"amount": True}},
        {"pay": {"amount": "1500", "currency": "EUR", "period": "month"}},
        {"pay": {"amount": 5, "currency": "EUR", "period": "month", "eligibility": "two\nlines"}},
        {"pay": {"amount": 5, "currency": "EUR", "period": "month", "bonus": 1}},
        {"pay": 1500},
        {"answer_days": "14"},
        {"answer_days": 14.5},
        {"answer_days": True},
        {"capacity": True},
        {"capacity": "2"},
    ],
)
def test_an_offer_that_cannot_be_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        details(**changes)


@pytest.mark.parametrize(
    ("changes", "place", "said"),
    [
        ({"requirements": [{"term": "C", "weight": float("nan")}]}, ("requirements", 0, "weight"), "finite number"),
        ({"requirements": [{"term": "C", "weight": float("inf")}]}, ("requirements", 0, "weight"), "finite number"),
        ({"requirements": [{"term": "C", "weight": 0}]}, ("requirements", 0, "weight"), "greater than 0"),
        ({"requirements": [{"term": "C", "weight": 11}]}, ("requirements", 0, "weight"), "at most 10"),
        ({"requirements": [{"term": "C", "level": 0}]}, ("requirements", 0, "level"), "at least 1"),
        ({"requirements": [{"term": "c"}]}, ("requirements",), "'c' is not one of the skills; add it there"),
        ({"requirements": [{"term": "C"}, {"term": "C", "level": 1}]}, ("requirements",), "'C' occurs more than once"),
        ({"disciplines": ["astrology"]}, ("disciplines", 0), "one of 'education', 'arts'"),
        ({"crossing": True}, ("crossing",), "needs `disciplines`"),
        ({"conditions": {"starts": "2024-10-01", "ends": "2024-09-30"}}, ("conditions",), "is before starts, 2024-10-01"),
        ({"conditions": {"work_permission": True}}, ("conditions",), "country: is missing"),
        ({"conditions": {"country": "Sweden"}}, ("conditions", "country"), "a country's two letters"),
        ({"conditions": {"hours_per_week": 100}}, ("conditions", "hours_per_week"), "at most 80"),
        ({"pay": PAID | {"amount": -1}}, ("pay", "amount"), "at least 0"),
        ({"pay": PAID | {"amount": 2e9}}, ("pay", "amount"), "at most 1"),
        ({"pay": PAID | {"amount": float("nan")}}, ("pay", "amount"), "finite number"),
        ({"pay": PAID | {"amount": 0.001}}, ("pay", "amount"), "at most two decimals"),
        ({"pay": PAID | {"currency": "euro"}}, ("pay", "currency"), "a currency's three letters"),
        ({"pay": PAID | {"currency": None}}, ("pay",), "currency: is missing; only an amount of 0 (unpaid) does not need it"),
        ({"pay": PAID | {"period": "day"}}, ("pay", "period"), "one of 'hour', 'week', 'month' or 'once'"),
        ({"pay": {"amount": 1500, "currency": "EUR"}}, ("pay",), "period: is missing"),
        ({"pay": {"amount": 0, "currency": "EUR"}}, ("pay",), "currency: leave it out, as an amount of 0 means"),
        ({"pay": {"amount": 0, "period": "once"}}, ("pay",), "period: leave it out"),
        ({"pay": {"amount": 0, "eligibility": "nobody"}}, ("pay",), "eligibility: leave it out"),
        ({"answer_days": 0}, ("answer_days",), "at least 1"),
        ({"answer_days": 91}, ("answer_days",), "at most 90"),
        ({"kind": "job"}, ("kind",), "one of 'internship' or 'leadership'"),
        ({"opens_at": "2029-01-01T00:00:00Z"}, ("opens_at",), "leave it out: only leadership programmes"),
        (
            {"kind": "leadership", "opens_at": "2029-01-02T00:00:00Z", "deadline": "2029-01-02T00:00:00Z"},
            ("opens_at",),
            "must be before the deadline",
        ),
        ({"kind": "leadership", "opens_at": "2029-01-02T00:00:00"}, ("opens_at",), "a time with its offset"),
    ],
)
def test_what_is_wrong_with_an_offer_is_said_with_its_place(
    changes: dict[str, Any], place: tuple[str | int, ...], said: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        details(**({"skills": ["C"]} | changes))
    (error,) = refusal.value.errors()
    assert error["loc"] == place
    assert said in in_words(dict(error))


def test_skills_that_are_wrong_are_all_that_is_said_to_be() -> None:
    with pytest.raises(ValidationError) as refusal:
        details(skills=[""], requirements=[{"term": "C"}])
    assert [error["loc"] for error in refusal.value.errors()] == [("skills", 0)]


def test_a_description_has_line_breaks_and_each_id_and_term_counts_once() -> None:
    one = details(description="One.\r\n\r\nTwo.", mentor_ids=["b", "a", "b"], skills=["C", "C"])
    assert one.description == "One.\n\nTwo."
    assert (one.mentor_ids, one.skills) == (["b", "a"], ["C"])
