"""A listing as its host types it into a form, and back."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, ValidationError

from listings.listings.domain.details import ListingDetails
from listings.listings.domain.listing import Listing
from shared.validation import in_words
from shared.web.pages.forms import Form, FormFaults
from shared.web.pages.local_times import LocalTime, in_zone, local
from shared.web.pages.terms import terms_in

LISTS: Final = ("mentor_ids",)
_CONDITIONS: Final = ("starts", "ends", "hours_per_week", "country", "place", "remote", "work_permission")
_PAY: Final = ("amount", "currency", "period", "eligibility")


class ListingForm(BaseModel):
    """A host's input. Its meaning is checked as ``ListingDetails``."""

    title: str = ""
    description: str = ""
    skills: str = ""
    topics: str = ""
    capacity: int = 1
    deadline: LocalTime | None = None
    starts: str | None = None
    ends: str | None = None
    hours_per_week: int | None = None
    country: str | None = Field(default=None, max_length=100)
    place: str | None = None
    remote: bool = False
    work_permission: bool = False
    paid: Literal["", "unpaid", "paid"] = ""
    amount: float | None = None
    currency: str | None = Field(default=None, max_length=100)
    period: str | None = None
    eligibility: str | None = None
    answer_days: int | None = None
    kind: str = "internship"
    url: str | None = None
    public: bool = False
    mentor_ids: list[str] = Field(default=[], max_length=200)


def typed(details: ListingDetails, zone: ZoneInfo) -> Form:
    """The form that these details were, or could have been, typed into. Times are in this zone."""
    given = details.conditions.model_dump(mode="json") if details.conditions else {}
    pay = details.pay
    values: dict[str, object] = {
        "title": details.title,
        "description": details.description,
        "skills": ", ".join(details.skills),
        "topics": ", ".join(details.topics),
        "capacity": details.capacity,
        "deadline": local(details.deadline, zone) if details.deadline else None,
        "paid": "" if pay is None else "paid" if pay.amount else "unpaid",
        "answer_days": details.answer_days,
        "kind": details.kind,
        "url": details.url,
        "public": "true" if details.public else None,
        "mentor_ids": details.mentor_ids,
    }
    if pay and pay.amount:
        values |= {"amount": f"{pay.amount:g}" if pay.amount < 1e6 else f"{pay.amount:.2f}"}
        values |= {name: getattr(pay, name) for name in ("currency", "period", "eligibility")}
    values |= {name: "true" if given.get(name) is True else given.get(name) or None for name in _CONDITIONS}
    return Form.of(values)


def written(form: Form, organization_id: str, known: ListingDetails | None, zone: ZoneInfo) -> ListingDetails:
    """The typed details. Fields that are not in the form stay as in ``known``.

    Raises:
        FormFaults: fields are wrong.
    """
    one = form.check(ListingForm, lists=LISTS)
    skills = terms_in(one.skills)
    kept = known.model_dump(mode="json") if known else {}
    kept["requirements"] = [needed for needed in kept.get("requirements", ()) if needed["term"] in skills]
    given = kept | {
        "organization_id": organization_id,
        "title": one.title,
        "description": one.description,
        "skills": skills,
        "topics": terms_in(one.topics),
        "conditions": _conditions(one),
        "pay": _pay(one),
        "capacity": one.capacity,
        "deadline": in_zone(one.deadline, zone).isoformat() if one.deadline else None,
        "answer_days": one.answer_days,
        "kind": one.kind,
        "url": one.url,
        "public": one.public,
        "mentor_ids": one.mentor_ids,
    }
    try:
        return ListingDetails.model_validate(given)
    except ValidationError as error:
        raise FormFaults(form.with_faults(_faults(error.errors()))) from None


def is_as_saved(form: Form, listing: Listing, zone: ZoneInfo) -> bool:
    """Whether the form says what the listing says already."""
    try:
        return written(form, listing.details.organization_id, listing.details, zone) == listing.details
    except FormFaults:
        return False


def _conditions(one: ListingForm) -> dict[str, Any] | None:
    given = {name: getattr(one, name) for name in _CONDITIONS}
    given["country"] = one.country.upper() if one.country else None
    return given if any(value not in (None, False) for value in given.values()) else None


def _pay(one: ListingForm) -> dict[str, Any] | None:
    match one.paid:
        case "unpaid":
            return {"amount": 0.0}
        case "paid":
            currency = one.currency.upper() if one.currency else None
            return {"amount": one.amount, "currency": currency, "period": one.period, "eligibility": one.eligibility}
    return None


def _faults(errors: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """What is wrong, by the field of the form."""
    faults: dict[str, str] = {}
    for error in errors:
        names = [str(part) for part in error["loc"]]
        words: str = in_words(error)
        field = names[0] if names else ""
        if field in ("conditions", "pay"):
            # A rule between fields begins with the name of the one that is wrong.
            inner, _, rest = words.partition(": ")
            if len(names) > 1:
                field = names[1]
            elif inner in (*_CONDITIONS, *_PAY):
                field, words = inner, rest
            else:
                field = "amount" if field == "pay" else "starts"
        faults.setdefault(field, words)
    return faults
