"""Fetching from other systems: from the configured host alone, whatever a name, a redirect or an answer tries."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from aiohttp import web

from registration.connections.fetcher import Fetcher, FetchFailed, FetchRefused
from registration.systems.adapter import Fetch
from support.systems import Remote, after, remote, status


def resolving(*answers: list[str]) -> Callable[[str], Awaitable[list[str]]]:
    """A DNS that gives one answer after the other, the last one from then on."""
    left = list(answers)

    async def resolve(_: str) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


async def get(url: str, fetch: Fetch | None = None, *, private: bool = True, seconds: float = 5, **options: Any) -> bytes | None:
    fetcher = Fetcher(seconds=seconds, private_networks=private, **options)
    try:
        return await fetcher.get(url, fetch or Fetch("object"), "Token t0ken")
    finally:
        await fetcher.close()


async def asked(system: Remote, answer: Any, **options: Any) -> bytes | None:
    system.answers["/object"] = answer
    return await get(system.url, **options)


@pytest.mark.parametrize("url", ["https://127.0.0.1", "https://[::1]", "https://[::ffff:10.0.0.1]", "https://localhost"])
async def test_an_address_in_a_private_network_is_refused(url: str) -> None:
    with pytest.raises(FetchRefused, match="FETCH_PRIVATE_NETWORKS"):
        await get(url, private=False)


@pytest.mark.parametrize("url", ["https://2130706433", "https://0x7f.1", "https://127.1", "file:///etc", "https://"])
async def test_an_address_written_otherwise_is_refused_too(url: str) -> None:
    with pytest.raises(FetchFailed):
        await get(url, private=False)


async def test_a_name_with_any_private_address_is_refused_and_nothing_is_sent() -> None:
    async with remote() as system:
        port = system.url.rpartition(":")[2]
        for addresses in (["127.0.0.1"], ["93.184.216.34", "127.0.0.1"]):
            with pytest.raises(FetchRefused, match="not at a public address"):
                await get(f"https://pretix.example.org:{port}", private=False, resolve=resolving(addresses))
        assert system.asked == []


async def test_a_name_that_changes_its_address_after_the_check_gains_nothing() -> None:
    """DNS rebinding: there is one look-up, and what it gave is what is connected to."""
    async with remote() as system:
        port, lookups = system.url.rpartition(":")[2], 0

        async def rebinding(_: str) -> list[str]:
            nonlocal lookups
            lookups += 1
            return ["192.0.2.1"] if lookups > 1 else ["127.0.0.1"]

        system.answers["/object"] = {"genuine": True}
        assert await get(f"http://pretix.example.org:{port}", resolve=rebinding) == b'{"genuine": true}'
        assert lookups == 1
        assert system.hosts == {f"pretix.example.org:{port}"}


async def test_each_fetch_checks_the_name_anew() -> None:
    async with remote() as system:
        port = system.url.rpartition(":")[2]
        fetcher = Fetcher(seconds=2, private_networks=False, resolve=resolving(["192.0.2.1"], ["127.0.0.1"]))
        try:
            for _ in range(2):
                with pytest.raises(FetchRefused, match="not at a public address"):
                    await fetcher.get(f"https://pretix.example.org:{port}", Fetch("object"), "")
        finally:
            await fetcher.close()
        assert system.asked == []


async def test_without_tls_nothing_is_fetched_where_a_token_could_be_read() -> None:
    async with remote() as system:
        with pytest.raises(FetchRefused, match="https"):
            await asked(system, {}, private=False)
        assert system.asked == []


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(code: int) -> None:
    async with remote() as elsewhere, remote() as system:
        with pytest.raises(FetchRefused, match="redirect"):
            await asked(system, status(code, Location=f"{elsewhere.url}/object"))
        assert elsewhere.asked == []


async def test_no_proxy_of_the_environment_gets_the_token(monkeypatch: pytest.MonkeyPatch) -> None:
    async with remote() as proxy, remote() as system:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        assert await asked(system, [1]) == b"[1]"
        assert proxy.asked == []
        assert system.authorizations == {"Token t0ken"}


async def test_a_cookie_is_not_sent_back() -> None:
    async with remote() as system:
        fetcher = Fetcher(seconds=2, private_networks=True)
        system.answers["/object"] = status(200, Set_Cookie="a=b")
        try:
            for _ in range(2):
                await fetcher.get(system.url, Fetch("object"), "")
        finally:
            await fetcher.close()
        assert system.cookies == {""}


async def endless(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(10_000):
        await response.write(b" " * 65536)
    return response


async def trickling(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse()
    await response.prepare(request)
    for _ in range(1000):
        await response.write(b" ")
        await asyncio.sleep(0.05)
    return response


async def test_an_answer_without_end_is_broken_off() -> None:
    async with remote() as system:
        with pytest.raises(FetchRefused, match="more than 2,097,152 bytes"):
            await asked(system, endless)
        with pytest.raises(FetchRefused, match="compressed"):
            await asked(system, status(200, Content_Encoding="gzip"))


@pytest.mark.parametrize("answer", [after(30), trickling])
async def test_an_answer_that_takes_too_long_is_broken_off(answer: Any) -> None:
    async with remote() as system:
        with pytest.raises(FetchFailed, match="in time") as failed:  # otherwise the answer would come in the end
            await asked(system, answer, seconds=0.5)
        assert failed.value.unavailable


async def test_what_failed_says_whether_to_wait_and_how_long() -> None:
    async with remote() as system:
        for code, away in ((401, True), (404, False), (429, True), (500, True), (418, False)):
            with pytest.raises(FetchFailed, match=str(code)) as failed:
                await asked(system, status(code))
            assert (failed.value.unavailable, failed.value.retry_after) == (away, None)
        with pytest.raises(FetchFailed) as failed:
            await asked(system, status(503, Retry_After="120"))
        assert failed.value.retry_after == 120
        with pytest.raises(FetchFailed) as failed:
            await asked(system, status(503, Retry_After=format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)))
        assert 80 < (failed.value.retry_after or 0) <= 90
        with pytest.raises(FetchFailed) as failed:
            await asked(system, status(503, Retry_After="soon"))
        assert failed.value.retry_after is None
        assert await asked(system, status(404), fetch=Fetch("object", may_be_deleted=True)) is None
    with pytest.raises(FetchFailed, match="cannot be reached") as failed:
        await get("http://127.0.0.1:1")
    assert failed.value.unavailable


async def test_a_name_that_is_not_known_is_a_passing_failure() -> None:
    async def unknown(_: str) -> list[str]:
        raise OSError(-2, "Name or service not known")

    with pytest.raises(FetchFailed, match="not known") as failed:
        await get("https://nowhere.example.org", private=False, resolve=unknown)
    assert failed.value.unavailable
    assert not isinstance(failed.value, FetchRefused)
