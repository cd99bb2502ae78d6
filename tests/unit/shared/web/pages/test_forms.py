"""Forms of pages: what was typed is kept, with what is wrong and the status of the page that says so."""

import pytest
from pydantic import BaseModel, Field

from shared.refusals import Conflict, Forbidden, Invalid, NotFound, Refusal, Stale, TooMany
from shared.web.pages.forms import Form, FormFaults


class Order(BaseModel):
    seats: int = Field(ge=1)


class NoSeat(Conflict):
    """More special than a conflict."""


TYPED = Form.of({"seats": "none", "name": "Ada"})


@pytest.mark.parametrize(
    ("refusal", "faults", "status"),
    [
        (Conflict("is over"), {"": "is over"}, 409),
        (Invalid("seats", "are too many"), {"seats": "are too many"}, 422),
        (Forbidden("not you"), {"": "not you"}, 403),
        (NotFound("round", "r"), {"": "there is no round 'r'"}, 404),
        (TooMany("wait", retry_after=3), {"": "wait"}, 429),
    ],
)
def test_a_refused_form_keeps_what_was_typed_and_has_the_status(refusal: Refusal, faults: dict[str, str], status: int) -> None:
    refused = TYPED.refused(refusal)

    assert refused == Form(TYPED.values, faults, status)


def test_faults_of_fields_are_those_of_the_check() -> None:
    with pytest.raises(FormFaults) as caught:
        TYPED.check(Order)

    refused = TYPED.refused(caught.value, {Invalid: "another text"})
    assert refused.values == TYPED.values
    assert set(refused.faults) == {"seats"}
    assert "another text" not in refused.faults.values()
    assert refused.status == 422


@pytest.mark.parametrize(
    ("refusal", "text"),
    [
        (NoSeat("s"), "no seat"),
        (Conflict("c"), "too late"),
        (Stale("offer", 1, 2), "it has changed"),
        (Forbidden("as said"), "as said"),
    ],
)
def test_a_page_has_its_own_text_for_the_nearest_class(refusal: Refusal, text: str) -> None:
    refused = TYPED.refused(refusal, {Conflict: "too late", NoSeat: "no seat", Stale: "it has changed"})

    assert refused.faults == {"": text}


def test_a_form_without_faults_is_a_page_like_any_other() -> None:
    assert Form.of({"seats": 2}).status == 200
