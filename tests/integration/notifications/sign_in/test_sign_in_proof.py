"""Signing in while strangers try hard to keep somebody out."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

import pytest

from notifications.sign_in.domain import MOST_FOR_ADDRESS, MOST_FROM_NETWORK, MOST_IN_ALL, WINDOW, window_start
from support.notified import Publisher
from support.patience import until
from support.raw_http import Raw
from support.signing_in import People, link_in

ADA: Final = "ada@example.org"
TRIES: Final = 10_000
NETWORKS: Final = [f"198.51.100.{number}" for number in range(1, 51)]
FROM_EACH: Final = TRIES // len(NETWORKS)
AT_ONCE: Final = 20


def tries_from(network: str, server: Raw) -> bytes:
    """All tries of one network, to send over one connection. They are raw bytes: a client library is too slow for so many."""
    body = urlencode({"email": ADA}).encode()
    headers = [
        f"Origin: http://{server.host}",
        f"X-Forwarded-For: {network}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {len(body)}",
    ]
    return b"".join(
        server.request("POST /sign-in", *headers, body=body, last=number == FROM_EACH) for number in range(1, FROM_EACH + 1)
    )


@pytest.mark.proof
async def test_ten_thousand_tries_on_one_address_lock_nobody_out_who_has_the_mail(people: People, publish: Publisher) -> None:
    await publish.contact("bob")
    await publish.applied()
    assert FROM_EACH * len(NETWORKS) == TRIES
    assert FROM_EACH < MOST_FROM_NETWORK, "no network is refused: each try reaches the address"
    server = Raw(people.api.base_url.port or 0)
    waiting, done = NETWORKS.copy(), list[str]()
    more_than_all = asyncio.Event()
    began, started = window_start(datetime.now(UTC)), time.monotonic()

    async def attack_from(network: str) -> None:
        assert await server.statuses(tries_from(network, server), seconds=3600) == [200] * FROM_EACH
        done.append(network)
        if len(done) * FROM_EACH > MOST_IN_ALL:
            more_than_all.set()

    async def attack() -> None:
        while waiting:
            await attack_from(waiting.pop())

    async def bystander() -> None:
        # There were more tries by now than everybody together may make.
        await more_than_all.wait()
        assert await (await people.signed_in("bob@example.org")).who() == "bob"

    # One network first: SecantusDB tells too high a count to those who make the first one at the same time.
    await attack_from(waiting.pop())
    await asyncio.gather(bystander(), *(attack() for _ in range(AT_ONCE)))
    print(f"\n{TRIES:,} tries on one address in {time.monotonic() - started:.0f} s")
    windows = 1 + (window_start(datetime.now(UTC)) - began) // WINDOW
    await until(lambda: len(people.to(ADA)) >= MOST_FOR_ADDRESS)
    mails = people.to(ADA)
    assert len(mails) <= windows * MOST_FOR_ADDRESS
    for mail in mails[-MOST_FOR_ADDRESS:]:
        reading = people.browser()
        assert (await reading.send("POST", link_in(mail))).status_code == 303
        assert await reading.who() == "ada"
