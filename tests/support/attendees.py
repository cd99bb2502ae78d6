"""Uses attendees' pages like a browser without scripts."""

import re
from collections.abc import Mapping
from html import unescape
from typing import Any, Final, Self
from urllib.parse import urlencode

import httpx

from support.kafka import Kafka
from support.published import publish_listing, publish_profile
from support.rescoring import rescored
from support.sessions import sign_in

SUMMER: Final = {"starts": "2099-06-01", "ends": "2099-08-31", "hours_per_week": 40, "place": "Prague", "country": "CZ"}
PYTHON: Final = {"kind": "skill", "term": "Python", "declared": True, "level": 4, "evidence": []}

PAGES: Final = (
    ("GET", "/home"),
    ("GET", "/my"),
    ("GET", "/my/matches"),
    ("GET", "/my/matches/{listing_id}"),
    ("GET", "/my/matches/{listing_id}/why"),
    ("POST", "/my/matches/{listing_id}/hide"),
    ("POST", "/my/matches/{listing_id}/show-again"),
    ("GET", "/my/matches/{listing_id}/apply"),
    ("POST", "/my/matches/{listing_id}/apply"),
    ("GET", "/my/nominations/{id}"),
    *(("POST", f"/my/nominations/{{id}}/{command}") for command in ("agree", "decline")),
    ("GET", "/my/applications"),
    ("GET", "/my/applications/{id}"),
    *(
        ("POST", f"/my/applications/{{id}}/{command}")
        for command in ("withdraw", "accept", "decline", "pick-slot", "confirm-terms")
    ),
    ("GET", "/my/match-days/{id}"),
    ("POST", "/my/match-days/{id}"),
    ("POST", "/my/match-days/{id}/take-back"),
    ("GET", "/my/placements/{id}"),
    *(
        ("POST", f"/my/placements/{{id}}/{command}")
        for command in ("start", "complete", "end", "feedback", "confirm-skills", "hire")
    ),
)
"""The routes of attendees' pages in matching. ``/home`` and a listing's reasons are public; the others are for attendees."""


class Visitor:
    """A visitor of the matching service's pages, in a browser without scripts. ``page`` is the last one shown."""

    def __init__(self, api: httpx.AsyncClient, session: Mapping[str, str], language: str = "en") -> None:
        self._api = api
        self._headers = {"accept": "text/html", "accept-language": language, **session}
        self.page = ""
        self.status = 0
        self.path = ""
        self.url = ""
        """The path with its query."""

    @classmethod
    async def signed_in(cls, api: httpx.AsyncClient, *ids: str, language: str = "en", operator: bool = False) -> Self:
        """A signed-in visitor with these ids."""
        return cls(api, await sign_in("matching", *ids, operator=operator), language)

    @classmethod
    def nobody(cls, api: httpx.AsyncClient) -> Self:
        return cls(api, {"authorization": ""})

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Open a page, and follow redirects within this service."""
        return await self._followed(await self._api.get(path, headers={**self._headers, **(headers or {})}))

    async def post(self, path: str, fields: Mapping[str, Any] | None = None) -> httpx.Response:
        """Send a form. Fields may have several values."""
        content = urlencode(fields or {}, doseq=True)
        headers = {**self._headers, "content-type": "application/x-www-form-urlencoded"}
        return await self._followed(await self._api.post(path, content=content, headers=headers))

    async def press(self, button: str, **fields: Any) -> httpx.Response:
        """Fill in these fields of the form with this button, and send it with its other fields unchanged."""
        for form in re.finditer(r"<form([^>]*)>(.*?)</form>", self.page, re.S):
            pressed = re.search(rf"<button([^>]*)>\s*{re.escape(button)}\s*</button>", unescape(form[2]))
            if not pressed:
                continue
            sent: dict[str, Any] = {}
            for attributes in re.findall(r"<input([^>]*)>", form[2]):
                of = {name: unescape(value) for name, value in re.findall(r'([a-z-]+)="([^"]*)"', attributes)}
                if of.get("type") not in ("radio", "checkbox") or " checked" in attributes:
                    sent.setdefault(of["name"], []).append(of.get("value", ""))
            for name, text in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\n?(.*?)</textarea>', form[2], re.S):
                sent[name] = unescape(text)
            for name, value in re.findall(r' name="([^"]*)" value="([^"]*)"', pressed[1]):
                sent[name] = unescape(value)
            action = re.search(r'action="([^"]*)"', form[1])
            return await self.post(unescape(action[1]) if action else self.path, sent | fields)
        raise AssertionError(f"there is no button {button!r} on the page:\n{self.text}")

    @property
    def text(self) -> str:
        """The text of the page's main part."""
        main = self.page[self.page.find("<main") :].partition("</main>")[0] or self.page
        inline = re.sub(r"</?(?:bdi|span|strong|a|time)\b[^>]*>", "", main)
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", inline)).split())

    @property
    def buttons(self) -> set[str]:
        """The buttons in the page's main part."""
        main = self.page[self.page.find("<main") :].partition("</main>")[0]
        return {unescape(one.strip()) for one in re.findall(r"<button[^>]*>(.*?)</button>", main, re.S)}

    async def _followed(self, response: httpx.Response) -> httpx.Response:
        hops = 0
        while response.status_code in (302, 303) and hops < 5:
            location = response.headers["location"]
            if location.startswith("/sign-in"):
                break
            response = await self._api.get(location, headers=self._headers)
            hops += 1
        url = response.request.url
        self.page, self.status, self.path, self.url = response.text, response.status_code, url.path, url.raw_path.decode()
        return response


async def profiled(kafka: Kafka, id: str = "ada", version: int = 1, **changes: Any) -> None:
    """Publish an attendee who declares Python as a skill."""
    usual: dict[str, Any] = {"conference_ids": ["c1"], "interests": [PYTHON]}
    await publish_profile(kafka, id, version, **usual | changes)


async def listed(kafka: Kafka, id: str = "l1", version: int = 1, **changes: Any) -> None:
    """Publish an open listing for the summer that asks for Python."""
    pay = {"amount": 1250.0, "currency": "EUR", "period": "month"}
    usual: dict[str, Any] = {"title": f"Project {id}", "conditions": SUMMER, "capacity": 2, "skills": ["Python"], "pay": pay}
    await publish_listing(kafka, id, version, **usual | changes)


async def settled(kafka: Kafka) -> None:
    """Wait until the service has read everything that was published."""
    await kafka.no_lag("listings.listings", "matching.catalogue")
    await kafka.no_lag("registration.profiles", "matching.candidates")
    await rescored(kafka)
