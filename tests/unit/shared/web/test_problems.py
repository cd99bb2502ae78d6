"""What an answer other than success says."""

from collections.abc import AsyncIterator
from typing import Self

import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field, model_validator

from shared.web import error_handlers
from shared.web.problems import FieldFault, invalid, not_found


def test_a_problem_with_a_field_begins_with_its_name() -> None:
    problem = invalid("deadline", "has passed; choose a later one")
    assert str(problem) == "deadline: has passed; choose a later one"
    assert problem.errors == [FieldFault(field="deadline", detail="has passed; choose a later one")]


def test_a_problem_with_no_field_says_only_what_is_wrong() -> None:
    problem = not_found("listing", "l1")
    assert (str(problem), problem.errors) == ("there is no listing 'l1'", [])


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.fixture
async def api() -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    error_handlers.install(app)

    @app.get("/listings/{id}")
    async def get(id: str) -> None:
        raise not_found("listing", id)

    @app.get("/pages/{number}")
    async def page(number: int) -> None:
        raise RuntimeError(number)

    @app.post("/ranges")
    async def post(ranges: Ranges) -> None:
        """Take some."""

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
        yield client


async def test_a_browser_gets_a_page_on_which_nothing_of_the_request_is_markup(api: httpx.AsyncClient) -> None:
    answer = await api.get("/listings/<img src=x onerror=alert(1)>&\"'{0}", headers={"accept": BROWSER})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "<img" not in answer.text
    assert "There is no listing" in answer.text
    assert "&lt;img src=x onerror=alert(1)&gt;" in answer.text
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["vary"].startswith("Accept")
    assert len(answer.content) == int(answer.headers["content-length"])


@pytest.mark.parametrize(
    ("path", "status", "text"), [("/none", 404, "Not Found"), ("/pages/x", 422, "number"), ("/pages/1", 500, "logged")]
)
async def test_every_error_is_a_page_in_a_browser(api: httpx.AsyncClient, path: str, status: int, text: str) -> None:
    answer = await api.get(path, headers={"accept": BROWSER})
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert text in answer.text


@pytest.mark.parametrize(
    "accept",
    [
        "*/*",
        "application/json",
        "application/json, text/html;q=0.9",
        "text/html;q=0, */*",
        "text/*",
        "",
        "text/html;q=x",
        "text/htmlx",
    ],
)
async def test_a_program_gets_problem_details(api: httpx.AsyncClient, accept: str) -> None:
    answer = await api.get("/listings/l1", headers={"accept": accept})
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"] == "there is no listing 'l1'"


class Range(BaseModel):
    """Two days."""

    starts: int
    ends: int

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends < self.starts:
            raise ValueError("ends: must be after starts")
        return self


class Ranges(BaseModel):
    """Several of them."""

    ranges: list[Range] = Field(min_length=1)


@pytest.mark.parametrize(
    ("body", "field", "detail"),
    [
        ({"ranges": [{"starts": 1, "ends": 2}, {"starts": 2, "ends": 1}]}, "ranges.1.ends", "must be after starts"),
        ({"ranges": []}, "ranges", "must not be empty"),
        ({"ranges": "x"}, "ranges", 'must be a list, not "x"'),
    ],
)
async def test_a_fault_names_the_field_that_is_to_blame(
    api: httpx.AsyncClient, body: dict[str, object], field: str, detail: str
) -> None:
    answer = (await api.post("/ranges", json=body)).json()
    assert answer["errors"] == [{"field": field, "detail": detail}]
    assert answer["detail"] == f"{field}: {detail}"


async def test_what_a_problem_quotes_reverses_and_hides_nothing(api: httpx.AsyncClient) -> None:
    sent = {"ranges": "gpj\u202eada\u200b\ufeff \U000e0041 \u2066x 👩\u200d🔬"}
    for headers in ({}, {"accept": BROWSER}):
        answer = await api.post("/ranges", json=sent, headers=headers)
        assert answer.status_code == 422
        for hidden in "\u202e\u200b\ufeff\u2066\U000e0041":
            assert hidden not in answer.text
    problem = (await api.post("/ranges", json=sent)).json()
    assert r"gpj\u202eada\u200b\ufeff \U000e0041 \u2066x 👩" in problem["detail"]
    assert r"\u202e" in problem["errors"][0]["detail"]
    unknown = (await api.post("/ranges", json={"ranges": [{"a\u202eb": 1}]})).json()
    assert "\u202e" not in str(unknown)
