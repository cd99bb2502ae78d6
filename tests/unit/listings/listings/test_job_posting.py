"""What search engines read of a listing: only what they accept, which is more than a listing has to say."""

from dataclasses import replace
from typing import Any

import pytest

from listings.listings.domain.job_posting import job_posting
from support.listings import ACME, NOW, PAID, listing

REQUIRED = {"title", "description", "datePosted", "hiringOrganization"}


def posting(conditions: dict[str, Any] | None, **changes: Any) -> dict[str, Any] | None:
    return job_posting(replace(listing(conditions=conditions, **changes), opened_at=NOW), ACME, "https://desk.example/i/l1")


@pytest.mark.parametrize(
    ("conditions", "where"),
    [
        ({"country": "DE"}, {"jobLocation"}),
        ({"country": "DE", "place": "Potsdam"}, {"jobLocation"}),
        ({"country": "DE", "remote": True}, {"jobLocationType", "applicantLocationRequirements"}),
        (
            {"country": "DE", "place": "Potsdam", "remote": True},
            {"jobLocation", "jobLocationType", "applicantLocationRequirements"},
        ),
    ],
)
def test_what_search_engines_require_is_there(conditions: dict[str, Any], where: set[str]) -> None:
    found = posting(conditions)
    assert found
    assert set(found) >= REQUIRED | where
    assert set(found) & {"jobLocation", "jobLocationType", "applicantLocationRequirements"} == where
    if "jobLocation" in where:
        assert found["jobLocation"]["address"]["addressCountry"] == "DE"
    if "applicantLocationRequirements" in where:
        assert found["applicantLocationRequirements"] == {"@type": "Country", "name": "Germany"}


@pytest.mark.parametrize("conditions", [None, {}, {"remote": True}, {"place": "Potsdam"}])
def test_without_a_country_there_is_none(conditions: dict[str, Any] | None) -> None:
    assert posting(conditions) is None


def test_pay_is_said_if_it_is_for_a_time() -> None:
    found = posting({"country": "DE"}, pay=PAID)
    assert found
    assert found["baseSalary"]["value"] == {"@type": "QuantitativeValue", "value": 1500, "unitText": "MONTH"}
    once = posting({"country": "DE"}, pay=PAID | {"period": "once"})
    assert once
    assert "baseSalary" not in once
