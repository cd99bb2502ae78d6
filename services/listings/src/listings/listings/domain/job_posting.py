"""A listing as search engines read it: schema.org's JobPosting (https://schema.org/JobPosting). Pure."""

from html import escape
from typing import Any, Final

from listings.listings.domain.details import Pay
from listings.listings.domain.listing import Listing
from listings.organizations.domain import Organization
from shared.wording.countries import country_name

_UNITS: Final = {"hour": "HOUR", "week": "WEEK", "month": "MONTH"}


def job_posting(listing: Listing, organization: Organization, url: str) -> dict[str, Any] | None:
    """The listing, open and public, as JSON-LD. ``url``: where its page is; "" if that is not known.

    None while it names no country: search engines require one, as the place of work or as where applicants have to be
    (https://developers.google.com/search/docs/appearance/structured-data/job-posting).
    """
    details, conditions = listing.details, listing.details.conditions
    if conditions is None or conditions.country is None or listing.opened_at is None:
        return None
    place, country = conditions.place, conditions.country
    address = {"@type": "PostalAddress"} | _given(addressLocality=place, addressCountry=country)
    on_site = place or not conditions.remote
    return {
        "@context": "https://schema.org",
        "@type": "JobPosting",
        "title": details.title,
        "description": _html(details.description or details.title),
        "identifier": {"@type": "PropertyValue", "name": organization.name, "value": listing.id},
        "hiringOrganization": {"@type": "Organization", "name": organization.name} | _given(sameAs=organization.url),
        "employmentType": "INTERN",
        "directApply": True,
        "datePosted": listing.opened_at.isoformat(),
        "totalJobOpenings": listing.seats,
    } | _given(
        url=url,
        validThrough=details.closes_at.isoformat() if details.closes_at else None,
        jobLocation={"@type": "Place", "address": address} if on_site else None,
        jobLocationType="TELECOMMUTE" if conditions.remote else None,
        applicantLocationRequirements={"@type": "Country", "name": country_name(country, "en")} if conditions.remote else None,
        jobStartDate=conditions.starts.isoformat() if conditions.starts else None,
        workHours=f"{conditions.hours_per_week} hours a week" if conditions.hours_per_week else None,
        baseSalary=_salary(details.pay) if details.pay else None,
        skills=", ".join(details.skills),
    )


def _salary(pay: Pay) -> dict[str, Any] | None:
    """The pay for a time. What is paid once has no place in it."""
    unit = _UNITS.get(pay.period or "")
    if unit is None:
        return None
    value = {"@type": "QuantitativeValue", "value": pay.amount, "unitText": unit}
    return {"@type": "MonetaryAmount", "currency": pay.currency, "value": value}


def _html(text: str) -> str:
    """Plain text as the HTML that readers of JobPosting expect."""
    paragraphs = (part.strip() for part in text.split("\n\n"))
    return "".join(f"<p>{escape(part).replace(chr(10), '<br>')}</p>" for part in paragraphs if part)


def _given(**fields: object) -> dict[str, Any]:
    """The fields that have a value."""
    return {name: value for name, value in fields.items() if value not in (None, "")}
