"""Browsers with passkeys, from the service's point of view."""

from typing import Any

import httpx

from support.authenticator import Authenticator
from support.signing_in import Browser


async def options_to_add(browser: Browser) -> Any:
    return (await browser.send("POST", "/account/passkeys/options")).raise_for_status().json()


async def options_to_sign_in(browser: Browser) -> Any:
    return (await browser.send("POST", "/sign-in/passkey/options")).raise_for_status().json()


async def add(browser: Browser, device: Authenticator, name: str = "phone", locale: str = "", **instead: Any) -> httpx.Response:
    """Add a passkey on this device. ``instead`` is as in ``Authenticator.create``."""
    made = device.create(await options_to_add(browser), **instead)
    return await browser.send("POST", "/account/passkeys", {"accept-language": locale}, json={"credential": made, "name": name})


async def sign_in(browser: Browser, device: Authenticator, next: str = "", **instead: Any) -> httpx.Response:
    """Sign in with the newest passkey on this device. ``instead`` is as in ``Authenticator.get``."""
    signed = device.get(await options_to_sign_in(browser), **instead)
    return await use(browser, signed, next)


async def use(browser: Browser, signed: dict[str, Any], next: str = "") -> httpx.Response:
    """Send what a passkey signed."""
    return await browser.send("POST", "/sign-in/passkey", json={"credential": signed, "next": next})


ORIGIN = "https://desk.example.net"  # as in support.notified


def device() -> Authenticator:
    return Authenticator(ORIGIN)
