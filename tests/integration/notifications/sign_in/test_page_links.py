"""From a mail to the page that it speaks of: only the button signs in, once, and nobody else."""

from datetime import timedelta

import pytest

from notifications.links import Links
from notifications.settings import Settings
from shared import clock
from shared.web.access.sessions import COOKIE, LIFETIME
from shared.web.pages.reader import ZONE_COOKIE
from support.notified import Publisher
from support.signing_in import People, link_in

ADA = "ada"
BOB = "bob@example.org"
PATH = "/my/applications/a-1"


def links() -> Links:
    settings = Settings()
    return Links(settings.public_url, settings.unsubscribe_key, "")


def link(id: str = ADA, age: timedelta = timedelta(hours=1), path: str = PATH) -> str:
    """The path of a link in a mail to this person that is so old."""
    return "/open/" + links().page(id, path, clock.now() - age).rpartition("/")[2]


async def test_a_scanner_that_follows_the_link_changes_nothing(people: People) -> None:
    url, scanner = link(), people.browser()
    for _ in range(3):
        shown = await scanner.send("GET", url)
        assert shown.status_code == 200
        assert "ada@example.org" in shown.text
        assert COOKIE not in scanner.cookies
    assert (await people.browser().send("POST", url)).status_code == 303


async def test_the_button_signs_in_once_and_leads_to_the_page(people: People) -> None:
    url, ada = link(), people.browser()
    used = await ada.send("POST", url)
    assert (used.status_code, used.headers["location"]) == (303, PATH)
    assert (await ada.send("GET", "/session")).json()["person_id"] == ADA
    again = await ada.send("POST", url)  # pressed twice
    assert (again.status_code, again.headers["location"]) == (303, PATH)
    assert (await ada.send("GET", url)).headers["location"] == PATH
    stranger = people.browser()
    for method in ("GET", "POST"):
        gone = await stranger.send(method, url)
        assert gone.status_code == 410
        assert "/sign-in?next=/my/applications/a-1" in gone.text
    assert COOKIE not in stranger.cookies


async def test_the_session_counts_from_the_mail(people: People) -> None:
    ada = people.browser()
    await ada.send("POST", link(age=timedelta(days=3)))
    ends = (await ada.send("GET", "/session")).json()["ends_at"]
    assert ends < (clock.now() + timedelta(days=4, minutes=1)).isoformat()
    assert "within the last 15 minutes" in (await ada.send("GET", "/account")).text


async def test_without_scripts_a_browser_learns_the_time_zone_by_signing_in(people: People, publish: Publisher) -> None:
    await publish.contact("zoe", time_zone="Asia/Tokyo")
    await publish.applied()
    zoe = people.browser()
    await zoe.send("POST", link("zoe"))
    assert zoe.cookies[ZONE_COOKIE] == "Asia%2FTokyo"
    assert "Times are in the time zone Asia/Tokyo" in (await zoe.send("GET", "/account")).text
    travels = people.browser()
    travels.cookies[ZONE_COOKIE] = "Europe%2FPrague"  # as the browser said
    await travels.send("POST", link("zoe", timedelta(hours=2)))
    assert travels.cookies[ZONE_COOKIE] == "Europe%2FPrague"


@pytest.mark.parametrize("age", [LIFETIME, timedelta(days=400)])
async def test_an_old_link_signs_nobody_in(people: People, age: timedelta) -> None:
    browser = people.browser()
    assert (await browser.send("POST", link(age=age))).status_code == 410
    assert COOKIE not in browser.cookies


async def test_signing_out_everywhere_voids_the_links_of_earlier_mails(people: People) -> None:
    ada = await people.signed_in()
    url = link()
    await ada.send("POST", "/sign-out/everywhere")
    assert (await people.browser().send("POST", url)).status_code == 410


async def test_a_link_of_somebody_else_says_so_and_offers_to_switch(people: People, publish: Publisher) -> None:
    await publish.contact("bob", email=BOB)
    await publish.applied()
    bob, url = await people.signed_in(BOB), link()
    shown = await bob.send("GET", url)
    assert shown.status_code == 200
    assert "This link is for somebody else" in shown.text
    assert BOB in shown.text
    by_address = link_in(await people.mail("ada@example.org", people.browser()))
    shown = await bob.send("GET", by_address)
    assert "This link is for somebody else" in shown.text
    assert f'<form method="post" action="{by_address}"><button>Switch and continue</button></form>' in shown.text
    assert BOB in shown.text
    assert (await bob.send("GET", "/session")).json()["person_id"] != ADA
    assert (await bob.send("POST", url)).status_code == 303
    assert (await bob.send("GET", "/session")).json()["person_id"] == ADA


@pytest.mark.parametrize("token", ["x", "_x.y", "_W10.AAAA"])
async def test_a_forged_link_opens_nothing(people: People, token: str) -> None:
    for method in ("GET", "POST"):
        assert (await people.browser().send(method, f"/open/{token}")).status_code == 404
    other = links().preferences(ADA).rpartition("/")[2]
    assert (await people.browser().send("POST", f"/open/{other}")).status_code == 404


async def test_whoever_is_not_known_any_more_is_not_signed_in(people: People) -> None:
    assert (await people.browser().send("POST", link(id="nobody"))).status_code == 410


async def test_a_link_leads_to_no_other_site(people: People) -> None:
    used = await people.browser().send("POST", link(path="//evil.example/x"))
    assert used.headers["location"] == "/"
