"""Sends the forms of a page like a browser without JavaScript."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx

PAGE = {"accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


class _Forms(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, list[str]]]] = []
        self._name = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attributes}
        name = values.get("name", "")
        if tag == "form":
            self.found.append((values.get("action", ""), {}))
        elif not self.found:
            return
        elif tag == "input" and name and (values.get("type") not in ("checkbox", "radio") or "checked" in values):
            self.found[-1][1].setdefault(name, []).append(values.get("value", ""))
        elif tag == "textarea":
            self._name = name
            self.found[-1][1][name] = [""]
        elif tag == "select":
            self._name = name
        elif tag == "option" and self._name and ("selected" in values or self._name not in self.found[-1][1]):
            self.found[-1][1][self._name] = [values.get("value", "")]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._name = ""

    def handle_data(self, data: str) -> None:
        if self._name and self.found and (fields := self.found[-1][1]).get(self._name) == [""]:
            fields[self._name] = [data.removeprefix("\n")]


class Walker:
    """A visitor without JavaScript, who reads a service's pages and sends their forms."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str], language: str = "en") -> None:
        self._client = client
        self.headers = headers | PAGE | {"accept-language": language}
        self.page = ""
        self.path = ""

    async def open(self, path: str, status: int = 200) -> str:
        """Open a page; a redirect is followed."""
        return await self._shown(await self._client.get(path, headers=self.headers), status)

    async def follow(self, text: str) -> str:
        """Open the link with this text."""
        for href, label in re.findall(r'<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', self.page, re.DOTALL):
            if re.sub("<[^>]*>", "", unescape(label)).strip() == text:
                return await self.open(unescape(href))
        raise AssertionError(f"no link {text!r} on {self.path}")

    def has(self, action: str) -> bool:
        """Whether the page has a form whose action ends with this path."""
        return any(to.endswith(action) for to, _ in _Forms(self.page).found)

    async def send(self, action: str, status: int = 200, **typed: Any) -> str:
        """Send the page's form whose action ends with this path, with these fields changed. None omits a field."""
        to, fields = next(form for form in _Forms(self.page).found if form[0].endswith(action))
        changed = {name: value if isinstance(value, list) else [value] for name, value in typed.items() if value is not None}
        kept = {name: value for name, value in fields.items() if name not in typed}
        return await self.post(to, kept | changed, status)

    async def post(self, path: str, fields: dict[str, Any], status: int = 200) -> str:
        """Send these fields, whether or not the page has a form for them."""
        return await self._shown(await self._client.post(path, data=fields, headers=self.headers), status)

    async def _shown(self, answer: httpx.Response, status: int) -> str:
        while answer.status_code == 303:
            answer = await self._client.get(answer.headers["location"], headers=self.headers)
        assert answer.status_code == status, (answer.status_code, answer.text)
        self.page, self.path = answer.text, answer.url.raw_path.decode()
        return self.page
