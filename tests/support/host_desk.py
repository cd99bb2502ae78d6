"""Uses the host desk like a browser without JavaScript: reads pages and sends their forms."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any, Final

import httpx

from support.answers import ok

TODAY: Final = datetime.now(UTC).date()
HOSTILE: Final = "<script>alert(1)</script> & Söhne"
Applying = Callable[..., Awaitable[dict[str, Any]]]
"""A function that has an attendee apply."""
Desks = Callable[..., Awaitable["Desk"]]
"""A function that returns the browser of a signed-in person."""
PAGE: Final = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


def typed(**ahead: float) -> str:
    """A time this far ahead, as a browser sends it."""
    return (datetime.now(UTC) + timedelta(**ahead)).strftime("%Y-%m-%dT%H:%M")


class Forms(HTMLParser):
    """The forms of a page, with their actions and field values."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[dict[str, Any]] = []
        self._select = ""
        self._area = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        if tag == "form":
            self.found.append({"action": values.get("action", ""), "method": values.get("method", "get"), "fields": []})
        if not self.found:
            return
        fields: list[tuple[str, str]] = self.found[-1]["fields"]
        name = values.get("name", "")
        unchecked = values.get("type") in ("checkbox", "radio") and "checked" not in values
        if tag == "input" and name and not unchecked:
            fields.append((name, values.get("value", "")))
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in values:
            fields.append((self._select, values.get("value", "")))
        elif tag == "textarea":
            self._area = name
            fields.append((name, ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        elif tag == "textarea":
            self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area and self.found:
            name, value = self.found[-1]["fields"][-1]
            self.found[-1]["fields"][-1] = (name, (value + data).removeprefix("\n"))


class Desk:
    """The browser of a signed-in person, on the pages of matching."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str], language: str = "en") -> None:
        self.client = client
        self.headers = headers | PAGE | {"accept-language": language, "origin": str(client.base_url).rstrip("/")}
        self.page = ""
        self.path = ""

    async def open(self, path: str, status: int = 200) -> str:
        """Open a page, and follow redirects."""
        return await self._shown(await self.client.get(path, headers=self.headers), status)

    def forms(self, action: str) -> list[dict[str, Any]]:
        """The page's forms whose action ends with this path."""
        return [form for form in Forms(self.page).found if form["method"] == "post" and form["action"].endswith(action)]

    def has(self, action: str) -> bool:
        """Whether the page has a form for this action."""
        return bool(self.forms(action))

    async def send(self, action: str, status: int = 200, nth: int = 0, **typed: object) -> str:
        """Send the page's form whose action ends with this path, with the typed values, and follow redirects."""
        forms = self.forms(action)
        assert forms, f"no form to {action!r} on {self.path}"
        lists = {name for name, value in typed.items() if isinstance(value, list)}
        fields: dict[str, list[str]] = {}
        for name, value in forms[nth]["fields"]:
            fields.setdefault(name, []).append(value)
        for name, value in typed.items():
            fields[name] = [str(one) for one in value] if name in lists else [str(value)]  # type: ignore[attr-defined]
        return await self.post(forms[nth]["action"], fields, status)

    async def post(self, path: str, fields: dict[str, Any], status: int = 200) -> str:
        """Send these fields, whether or not the page has a form for them."""
        return await self._shown(await self.client.post(path, data=fields, headers=self.headers), status)

    async def _shown(self, answer: httpx.Response, status: int) -> str:
        while answer.status_code == 303:  # manually: httpx does not send these headers' cookie to redirects
            answer = await self.client.get(answer.headers["location"], headers=self.headers)
        assert answer.status_code == status, (answer.status_code, answer.text)
        self.page, self.path = answer.text, str(answer.url.raw_path.decode())
        return self.page


async def accepted(api: httpx.AsyncClient, application: dict[str, Any]) -> str:
    """Have the attendee accept the offer. Returns the placement's id."""
    version = (await ok(api.get(f"/applications/{application['id']}")))["version"]
    answer = await ok(api.post(f"/applications/{application['id']}/accept", headers={"if-match": f'"{version}"'}))
    return str(answer["placement_id"])


async def opened_round(api: httpx.AsyncClient, **rankings: list[str]) -> None:
    """A match day for o1's listings, which these attendees rank."""
    closes = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    plan = {"name": "Autumn", "conference_id": "c1", "listing_ids": ["stars", "maps", "other"], "closes_at": closes, "seed": "s"}
    await ok(api.put("/rounds/autumn", json=plan))
    await ok(api.post("/rounds/autumn/open"))
    for attendee, listings in rankings.items():
        await ok(api.put(f"/rounds/autumn/rankings/attendees/{attendee}", json={"listing_ids": listings}))
