"""Passkeys in a real browser, with a virtual authenticator (WebAuthn Level 3, 11)."""

import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.async_api import Browser, CDPSession, Cookie, Page

from shared.web.access.sessions import COOKIE
from support.browser import assert_everybody_can_use, new_page
from support.mail_server import MailServer
from support.notified import running
from support.patience import until
from support.signing_in import People, link_in

ADA = "ada@example.org"


@pytest.fixture
async def api(
    mails: MailServer, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the running service, at the address that it knows as its own: browsers use passkeys there alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment["PUBLIC_URL"] = url = f"http://localhost:{port}"
    monkeypatch.setenv("PUBLIC_URL", url)
    async with running(port) as client:
        yield client


@dataclass
class Device:
    """A page, and the authenticator of its browser."""

    desk: str
    page: Page
    cdp: CDPSession
    authenticator: str
    complaints: list[str]

    async def verifies(self, *, user: bool) -> None:
        """Whether the authenticator verifies its user from now on."""
        await self.cdp.send("WebAuthn.setUserVerified", {"authenticatorId": self.authenticator, "isUserVerified": user})

    async def credentials(self) -> list[dict[str, object]]:
        found = await self.cdp.send("WebAuthn.getCredentials", {"authenticatorId": self.authenticator})
        return list(found["credentials"])

    async def sessions(self) -> list[Cookie]:
        """The cookies of sessions."""
        return [cookie for cookie in await self.page.context.cookies() if cookie["name"] == COOKIE]

    async def sign_in_by_mail(self, people: People) -> None:
        before = len(people.to(ADA))
        await self.page.goto(f"{self.desk}/sign-in?next=/account")
        await self.page.locator("#email").fill(ADA)
        await self.page.locator("#email").press("Enter")
        await until(lambda: len(people.to(ADA)) > before)
        await self.page.goto(f"{self.desk}{link_in(people.to(ADA)[-1])}")
        await self.page.locator("main form[method=post] button").click()
        await self.page.wait_for_url(f"{self.desk}/account")

    async def sign_out(self) -> None:
        await self.page.locator("form[action='/sign-out'] button").click()
        await self.page.wait_for_url(f"{self.desk}/sign-in")


async def device(people: People, browser: Browser, width: int = 320, scheme: str = "light", locale: str = "en-GB") -> Device:
    page = await new_page(browser, width, scheme, locale)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    cdp = await page.context.new_cdp_session(page)
    await cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    desk = f"http://localhost:{people.api.base_url.port}"
    return Device(desk, page, cdp, made["authenticatorId"], complaints)


@pytest.mark.parametrize(("width", "scheme", "locale"), [(320, "light", "de-DE"), (320, "dark", "en-GB")])
async def test_a_browser_adds_a_passkey_and_signs_in_with_it(
    people: People, browser: Browser, width: int, scheme: str, locale: str
) -> None:
    here = await device(people, browser, width, scheme, locale)
    page = here.page
    await here.sign_in_by_mail(people)
    await assert_everybody_can_use(page, f"passkeys-none-{scheme}")
    await page.locator("#passkey-name").fill("Ada’s phone, the one with the very long name")
    await page.locator("form[data-passkey] button").click()
    await page.locator("section[aria-labelledby^='passkey-']").wait_for()
    [credential] = await here.credentials()
    assert (credential["isResidentCredential"], credential["rpId"]) == (True, "localhost")
    await page.locator("summary").click()
    await assert_everybody_can_use(page, f"passkeys-one-{scheme}")

    await page.locator("form[data-passkey] button").click()
    await page.get_by_role("alert").wait_for()
    await assert_everybody_can_use(page, f"passkeys-known-{scheme}")
    assert len(await here.credentials()) == 1, "the device has one already"

    await here.sign_out()
    assert await here.sessions() == []
    await assert_everybody_can_use(page, f"passkeys-sign-in-{scheme}")
    await page.goto(f"{here.desk}/account?from=here")
    await page.locator("form[data-passkey] button").click()
    await page.wait_for_url(f"{here.desk}/account?from=here")
    [cookie] = await here.sessions()
    assert (cookie["httpOnly"], cookie["secure"], cookie["sameSite"]) == (True, True, "Lax")
    assert ADA in await page.locator("main").inner_text()

    await page.locator("summary").click()
    await page.locator("section[aria-labelledby^='passkey-'] form[action$='/remove'] button").click()
    await page.locator("section[aria-labelledby^='passkey-']").wait_for(state="detached")
    await here.sign_out()
    await page.locator("form[data-passkey] button").click()
    await page.get_by_role("alert").wait_for()
    await assert_everybody_can_use(page, f"passkeys-removed-{scheme}")
    assert await here.sessions() == []
    assert await here.credentials() == [], "the browser was told that it is of no use any more"
    assert [line for line in here.complaints if "status of 4" not in line and "Clear-Site-Data" not in line] == []


async def test_a_user_who_is_not_verified_is_not_signed_in(people: People, browser: Browser) -> None:
    here = await device(people, browser)
    await here.sign_in_by_mail(people)
    await here.page.locator("form[data-passkey] button").click()
    await here.page.locator("section[aria-labelledby^='passkey-']").wait_for()
    await here.sign_out()
    await here.verifies(user=False)
    await here.page.locator("form[data-passkey] button").click()
    await here.page.get_by_role("alert").wait_for()
    assert await here.sessions() == []
    assert await here.page.locator("form[data-passkey] button").is_enabled()


async def test_without_scripts_people_sign_in_by_mail_as_ever(people: People, browser: Browser) -> None:
    context = await browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 800})
    page = await context.new_page()
    desk = f"http://localhost:{people.api.base_url.port}"
    await page.goto(f"{desk}/sign-in?next=/account")
    assert await page.locator("main button:visible").count() == 1
    await page.locator("#email").fill(ADA)
    await page.locator("main").get_by_role("button").click()
    await until(lambda: people.to(ADA))
    await page.goto(f"{desk}{link_in(people.to(ADA)[-1])}")
    await page.locator("main").get_by_role("button").click()
    await page.wait_for_url(f"{desk}/account")
    assert await page.locator("form[data-passkey]:visible").count() == 0
