"""Who reads a page: their language, their time zone, and whether they are signed in."""

from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from fastapi import Request
from fastapi.responses import Response

from shared import clock
from shared.web.access.sessions import SignInSession
from shared.wording.dates import BriefDates, Dates
from shared.wording.languages import LANGUAGES, Language, language_of

LANGUAGE_COOKIE: Final = "language"
ZONE_COOKIE: Final = "time-zone"
"""Set by the site's script, which asks the browser, or by the person's own choice."""
_YEAR: Final = 365 * 86_400
_UTC: Final = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who reads a page."""

    language: Language
    zone: ZoneInfo
    now: datetime
    session: SignInSession | None = None
    """None if nobody is signed in, or the page does not ask."""

    @property
    def dates(self) -> Dates:
        """Dates and times as this reader sees them."""
        return BriefDates(self.language, self.zone, self.now.astimezone(self.zone).date())


def reader_of(request: Request, default: Language = "en") -> Reader:
    """The reader who sent this request. ``default`` is for browsers that accept none of ours."""
    session: SignInSession | None = getattr(request.state, "session", None)
    return Reader(_language(request, default), _zone(request.cookies.get(ZONE_COOKIE, "")), clock.now(), session)


def remember(response: Response, *, language: str = "", zone: str = "") -> None:
    """Have the browser remember the person's choices; empty ones stay unchanged."""
    for name, value in ((LANGUAGE_COOKIE, language), (ZONE_COOKIE, zone.replace("/", "%2F"))):
        if value:
            response.set_cookie(name, value, max_age=_YEAR, path="/", secure=True, samesite="lax")


def _language(request: Request, default: Language) -> Language:
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return chosen
    accepted: list[tuple[float, str]] = []
    for part in request.headers.get("accept-language", "")[:500].split(","):
        tag, _, quality = part.partition(";")
        try:
            weight = float(quality.strip().removeprefix("q=") or 1)
        except ValueError:
            continue
        if language_of(tag, "en") == language_of(tag, "de"):  # one that there is
            accepted.append((weight, tag))
    # Of equal weights, the first: max keeps it.
    return language_of(max(accepted, key=lambda one: one[0])[1], default) if accepted else default


def _zone(name: str) -> ZoneInfo:
    name = name.replace("%2F", "/")
    return ZoneInfo(name) if name in _zones() else _UTC


@lru_cache(1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())
