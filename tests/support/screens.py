"""People who use the site in a browser, for journeys: they get mails, sign in, press buttons and fill in forms."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from playwright.async_api import Browser, Error, Locator, Page

from support.patience import PATIENCE
from support.platform import Platform


class Screen(NamedTuple):
    """How a browser shows the site: its width and colour scheme, and whether it runs scripts."""

    width: int
    scheme: str
    scripts: bool = True


WALKS: Final = (Screen(360, "light"), Screen(1280, "dark"), Screen(360, "dark", scripts=False))
MORE_WALKS: Final = (Screen(360, "dark"), Screen(1280, "light"))
_LABELLED: Final = "input:not([type=radio]):not([type=checkbox]), textarea, select"


@dataclass
class Visitor:
    """A person with their own browser."""

    page: Page
    site: str
    platform: Platform
    email: str

    @classmethod
    async def arrives(cls, browser: Browser, screen: Screen, site: str, platform: Platform, email: str) -> "Visitor":
        context = await browser.new_context(
            viewport={"width": screen.width, "height": 800},
            color_scheme=screen.scheme,  # type: ignore[arg-type]
            java_script_enabled=screen.scripts,
            locale="en",
            reduced_motion="reduce",
        )
        context.set_default_timeout(40_000)
        return cls(await context.new_page(), site, platform, email)

    async def leaves(self) -> None:
        await self.page.context.close()

    async def open(self, path: str) -> None:
        await self.page.goto(f"{self.site}{path}")

    async def follows_mail(self, naming: str) -> None:
        """Wait for the mail that mentions this, and follow its button."""
        text = await self._mail(naming)
        found = re.search(r"https?://\S+?/open/[^\s>)]+", text)
        assert found, text
        await self.open(urlsplit(found[0]).path)
        if await self.page.get_by_role("button", name="Continue", exact=True).count():
            await self.press("Continue")
        await self._is_known()

    async def signs_in(self) -> None:
        """Sign in by address, with the code from the mail."""
        await self.open("/sign-in")
        await self.page.get_by_label("E-mail address").fill(self.email)
        await self.press("Send the mail")
        text = await self._mail("/sign-in/")
        code = re.search(r"^ +(\d{4} \d{4})\s*$", text, re.MULTILINE)
        assert code, text
        await self.page.get_by_label("Code from the mail").fill(code[1])
        await self.press("Sign in", within="main")
        await self._is_known()

    async def press(self, button: str, within: str = "body") -> None:
        """Press the first button with this text, and wait for the next page."""
        await self._use(self.page.locator(within).get_by_role("button", name=button, exact=True).first)

    async def follow(self, link: str) -> None:
        """Follow the first link with this text."""
        await self._use(self.page.get_by_role("link", name=link, exact=True).first)

    async def unfold(self, summary: str) -> None:
        """Unfold a part of the page."""
        await self.page.locator("summary", has_text=summary).first.click()

    async def fill(self, **typed: str) -> None:
        """Type into fields, given by name."""
        for name, text in typed.items():
            await self.page.locator(f"main [name={name}]:is({_LABELLED}):visible").first.fill(text)

    async def choose(self, **chosen: str) -> None:
        """Select options of fields, given by name."""
        for name, value in chosen.items():
            field = self.page.locator(f"main [name={name}]:visible").first
            if await field.evaluate("one => one.tagName") == "SELECT":
                await field.select_option(value)
            else:
                await self.page.locator(f"main [name={name}][value='{value}']:visible").first.check()

    async def sees(self, text: str) -> None:
        """Wait until the page shows this text."""
        await self.page.get_by_text(text).first.wait_for()

    async def _mail(self, naming: str) -> str:
        """Wait for the mail that mentions this. Returns its text."""
        mails: list[dict[str, Any]] = []
        try:
            async with asyncio.timeout(PATIENCE):
                while True:
                    mails = await self.platform.mails(self.email)
                    for text in [str(mail["text"]) for mail in mails]:
                        if naming in " ".join(text.split()):
                            return text
                    await asyncio.sleep(0.3)
        except TimeoutError:
            raise AssertionError(f"no mail names {naming!r}: {[mail['subject'] for mail in mails]}") from None

    async def _is_known(self) -> None:
        """Reload the page until its service knows the session: it receives a new signing key within seconds."""
        async with asyncio.timeout(PATIENCE):
            while not await self.page.get_by_role("button", name="Sign out").count():
                await asyncio.sleep(0.3)
                await self.page.goto(self.page.url)

    async def _use(self, target: Locator) -> None:
        try:
            async with self.page.expect_navigation(wait_until="load"):
                await target.click()
        except Error as error:
            raise AssertionError(f"{self.page.url} says: {await self.page.locator('body').inner_text()}") from error
