"""Signing in while strangers try hard to keep somebody out."""

import asyncio
import time
from datetime import UTC, datetime
from typing import Final

import pytest

from notifications.sign_in.domain import MOST_FOR_ADDRESS, MOST_FROM_NETWORK, MOST_IN_ALL, WINDOW, window_start
from support.notified import Publisher
from support.patience import until
from support.signing_in import People, link_in

ADA: Final = "ada@example.org"
TRIES: Final = 10_000
NETWORKS: Final = [f"198.51.100.{number}" for number in range(1, 51)]
AT_ONCE: Final = 10


@pytest.mark.proof
async def test_ten_thousand_tries_on_one_address_lock_nobody_out_who_has_the_mail(people: People, publish: Publisher) -> None:
    await publish.contact("bob")
    await publish.applied()
    assert TRIES / len(NETWORKS) < MOST_FROM_NETWORK, "no network is refused: each try reaches the address"
    waiting = NETWORKS * (TRIES // len(NETWORKS))
    more_than_all = asyncio.Event()
    began, started = window_start(datetime.now(UTC)), time.monotonic()

    async def attack() -> None:
        stranger = people.browser()
        while waiting:
            network = {"x-forwarded-for": waiting.pop()}
            assert (await stranger.send("POST", "/sign-in", network, email=ADA)).status_code == 200
            if TRIES - len(waiting) > MOST_IN_ALL + AT_ONCE:
                more_than_all.set()

    async def bystander() -> None:
        # There were more tries by now than everybody together may make.
        await more_than_all.wait()
        assert await (await people.signed_in("bob@example.org")).who() == "bob"

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
