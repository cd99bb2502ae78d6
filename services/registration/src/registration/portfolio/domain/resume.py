"""A portfolio as a résumé in the form of JSON Resume 1.0 (https://jsonresume.org/schema). Pure."""

from collections.abc import Iterable
from typing import Any, Final

from registration.portfolio.domain.placements import Publication

SCHEMA: Final = "https://raw.githubusercontent.com/jsonresume/resume-schema/v1.0.0/schema.json"

_LEVELS: Final = {1: "novice", 2: "beginner", 3: "competent", 4: "proficient", 5: "expert"}


def resume(name: str | None, url: str | None, publications: Iterable[Publication]) -> dict[str, Any]:
    """The résumé of these publications, and nothing else. ``name`` and ``url`` are omitted if they are None."""
    publications = list(publications)
    levels: dict[str, tuple[str, int]] = {}
    for term, level in (skill for published in publications for skill in published.skills):
        known = levels.get(term.casefold(), (term, 0))
        levels[term.casefold()] = (known[0], max(known[1], level or 0))
    return {
        "$schema": SCHEMA,
        "basics": {key: value for key, value in (("name", name), ("url", url)) if value},
        "work": [_work(published) for published in publications],
        "skills": [{"name": term} | ({"level": _LEVELS[level]} if level else {}) for term, level in levels.values()],
        "references": [
            {"name": published.organization, "reference": published.remark} for published in publications if published.remark
        ],
    }


def _work(published: Publication) -> dict[str, Any]:
    days = {"startDate": published.starts, "endDate": published.ends}
    return {
        "name": published.organization,
        "position": published.title,
        **{key: day.isoformat() for key, day in days.items() if day},
        **({"highlights": [term for term, _ in published.skills]} if published.skills else {}),
    }
