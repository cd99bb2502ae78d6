"""Applying and what follows as pages, without scripts: from a match to an accepted offer, and everything else that may come."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any

import httpx
import pytest

from support.answers import ok
from support.attendees import SUMMER, Visitor, listed, profiled, settled
from support.kafka import Kafka

NOTE = "I should like\nto map <b>stars</b>."
LETTER = {"name": "Ada Lovelace", "note": NOTE, "links": "https://ada.example/work\n\nhttps://ada.example/maps"}


@pytest.fixture
async def api(api: httpx.AsyncClient, kafka: Kafka) -> httpx.AsyncClient:
    """The service knows Ada and Ben, and two listings of the same summer."""
    for id in ("ada", "ben"):
        await profiled(kafka, id)
    for id in ("l1", "l2"):
        await listed(kafka, id)
    await settled(kafka)
    return api


def ahead(**time: float) -> str:
    return (datetime.now(UTC) + timedelta(**time)).isoformat()


async def host(api: httpx.AsyncClient, id: str, command: str, **body: Any) -> None:
    """The host gives this command on the application as it is now."""
    version = (await ok(api.get(f"/applications/{id}")))["version"]
    await ok(api.post(f"/applications/{id}/{command}", json=body or None, headers={"if-match": f'"{version}"'}))


async def applied(visitor: Visitor, listing: str = "l1") -> str:
    """Apply by the form. Returns the path of the application's page."""
    await visitor.get(f"/my/matches/{listing}/apply")
    await visitor.press("See what they will see", **LETTER)
    await visitor.press("Send the application")
    assert visitor.status == 200, visitor.text
    return visitor.path


async def test_from_a_match_to_an_accepted_offer_without_scripts(api: httpx.AsyncClient) -> None:
    ada = await Visitor.signed_in(api, "ada")
    other = (await applied(ada, "l2")).rpartition("/")[2]
    await ada.get("/my/matches/l1")
    await ada.get("/my/matches/l1/apply")
    assert 'value="Ada Lovelace"' in ada.page, "nobody types their name twice"
    await ada.press("See what they will see", **LETTER)
    for shown in (
        NOTE.replace("\n", " "),
        "Ada Lovelace",
        "https://ada.example/maps",
        "Python · level 4 of 5",
        "Nothing is sent yet",
    ):
        assert shown in ada.text
    assert (await ok(api.get("/attendees/ada/applications")))["items"][0]["listing_id"] == "l2", "a preview sends nothing"
    preview, change = ada.url, unescape(re.findall(r'href="([^"]*&amp;change=yes)"', ada.page)[0])
    await ada.get(change)
    assert NOTE in ada.page.replace("&lt;", "<").replace("&gt;", ">")
    await ada.press("See what they will see", note="Another letter, in another tab")
    await ada.get("/my/matches/l1/apply")
    assert "Another letter, in another tab" in ada.page, "going back to the form loses nothing"
    ben = await Visitor.signed_in(api, "ben")
    await ben.get(preview)
    assert "stars" not in ben.page, "an address is no key to what somebody else typed"
    await ada.get(preview)
    assert NOTE.replace("\n", " ") in ada.text, "reloading and going back show it as it was"
    await ada.press("Send the application")
    path, id = ada.path, ada.path.rpartition("/")[2]
    assert "Your application was sent" in ada.text
    assert "The organization answers by" in ada.text
    await ada.get("/my")
    assert "Sent The organization answers by" in ada.text.partition("Your applications")[2], "it waits for the host"

    await host(api, id, "screen")
    slots = [{"starts": ahead(days=day), "ends": ahead(days=day, hours=1), "place": f"Room {day}"} for day in (3, 4)]
    await host(api, id, "interview", slots=slots)
    await ada.get("/my")
    assert "Observatory invites you to an interview" in ada.text
    assert ada.page.count(path) == 1, "what waits for Ada is not said to wait for the host as well"
    await ada.get(path)
    await ada.press("Take this time", slot=1)
    assert "The time is agreed" in ada.text
    assert "Room 4" in ada.text.partition("What happened")[0]

    await host(api, id, "offer", deadline=ahead(days=7))
    await ada.get("/my")
    assert "Answer the offer" in ada.text
    await ada.get(path)
    assert {"Accept the offer", "Decline the offer"} <= ada.buttons
    assert "this application of yours ends, because there are no hours left for it: Project l2, Observatory" in ada.text
    await ada.press("Accept the offer")
    assert "You have the place" in ada.text
    assert ada.buttons == set()
    await ada.get(f"/my/applications/{other}")
    assert "You accepted another place that leaves no hours for this one, so your application ended." in ada.text
    await ada.get("/my/applications")
    assert {"You have the place", "Ended: you have another place"} <= set(_badges(ada))


def _badges(visitor: Visitor) -> list[str]:
    return [
        part.partition("</span>")[0] for part in visitor.page.split('<span class="badge')[1:] for part in [part.partition(">")[2]]
    ]


async def test_what_was_typed_stays_whatever_is_wrong(api: httpx.AsyncClient) -> None:
    ada = await Visitor.signed_in(api, "ada")
    for wrong, said in (
        ({"name": ""}, "Your name"),
        ({"note": NOTE + "\u202e"}, "Your letter"),
        ({"note": "x" * 2001}, "Your letter"),
        ({"links": "not a link"}, "Links"),
        ({"links": "\n".join(f"https://a.example/{number}" for number in range(6))}, "Links"),
    ):
        for step in ("preview", "send"):
            await ada.post("/my/matches/l1/apply", LETTER | wrong | {"step": step})
            assert ada.status == 422
            assert said in ada.text.partition("Nothing has been sent yet")[2][:40]
            kept = ada.page.replace("&lt;", "<").replace("&gt;", ">")
            assert all(text in kept for text in (LETTER | wrong).values())
    assert (await ok(api.get("/attendees/ada/applications")))["items"] == []


async def test_sent_twice_it_is_one_application_and_a_stale_form_loses_nothing(api: httpx.AsyncClient) -> None:
    ada = await Visitor.signed_in(api, "ada")
    path = await applied(ada)
    await ada.post("/my/matches/l1/apply", LETTER | {"step": "send"})
    assert (ada.status, ada.path) == (200, path), "a double click"
    await ada.post("/my/matches/l1/apply", LETTER | {"step": "send", "note": "Another letter"})
    assert ada.status == 409
    assert "Another letter" in ada.page
    await ada.get("/my/matches/l1/apply")
    assert "You have already applied for it" in ada.text
    assert "See what they will see" not in ada.buttons

    await ada.get(path)
    await ada.press("Withdraw")
    assert "no longer sees what you wrote" in ada.text
    await ada.post("/my/matches/l1/apply", LETTER | {"step": "send", "version": "1"})
    assert ada.status == 412
    assert "This has changed since you saw it" in ada.text
    await ada.get(path)
    assert 'href="/my/matches/l1/apply"' in ada.page
    await ada.get("/my/matches/l1/apply")
    assert NOTE in ada.page.replace("&lt;", "<").replace("&gt;", ">"), "to apply again, it is there already"
    await ada.press("See what they will see")
    await ada.press("Send the application")
    assert "You applied again." in ada.text


async def test_what_the_state_forbids_has_no_button_and_asked_for_anyway_is_refused_in_words(api: httpx.AsyncClient) -> None:
    ada = await Visitor.signed_in(api, "ada")
    path = await applied(ada)
    assert ada.buttons == {"Withdraw"}
    for command in ("accept", "decline", "pick-slot", "confirm-terms"):
        await ada.post(f"{path}/{command}", {"version": "1", "slot": "0"})
        assert ada.status == 409, command
        assert "Project l1" in ada.text
    await host(api, path.rpartition("/")[2], "offer", deadline=ahead(days=7))
    await ada.post(f"{path}/accept", {"version": "1"})
    assert ada.status == 412
    assert "This has changed since you saw it" in ada.text
    await ada.post(f"{path}/accept")
    assert ada.status == 422
    await ada.press("Decline the offer")
    assert "You have declined the offer." in ada.text
    assert ada.buttons == set()
    await ada.post(f"{path}/decline", {"version": "2"})
    assert ada.status == 200, "a double click"
    await ada.post(f"{path}/accept", {"version": "3"})
    assert ada.status == 409
    assert "This is no longer possible" in ada.text


async def test_changed_terms_are_asked_about(api: httpx.AsyncClient, kafka: Kafka) -> None:
    ada = await Visitor.signed_in(api, "ada", language="de")
    await ada.get("/my/matches/l1/apply")
    await ada.press("Ansehen, was sie sehen werden", **LETTER)
    await ada.press("Bewerbung abschicken")
    path, id = ada.path, ada.path.rpartition("/")[2]
    await listed(kafka, "l1", 2, conditions=SUMMER | {"hours_per_week": 20})
    await settled(kafka)
    for _ in range(100):
        if (await ok(api.get(f"/applications/{id}")))["changed_terms"]:
            break
        await ada.get("/my")
    await ada.get("/my")
    assert "Observatory hat etwas geändert: die Stunden. Willst du es noch?" in ada.text
    await ada.get(path)
    assert "20 Stunden" in ada.text
    await ada.press("Ich will es noch")
    assert "Die Organisation weiß jetzt, dass du es noch willst." in ada.text
    await ada.get("/my")
    assert "Nichts wartet auf dich" in ada.text


async def test_applications_of_others_do_not_exist(api: httpx.AsyncClient) -> None:
    ada, ben = await Visitor.signed_in(api, "ada"), await Visitor.signed_in(api, "ben")
    operator = await Visitor.signed_in(api, "ops", operator=True)
    path = await applied(ada)
    for other in (ben, operator):
        await other.get(path)
        assert other.status == 404
        for command in ("withdraw", "accept", "decline", "pick-slot", "confirm-terms"):
            await other.post(f"{path}/{command}", {"version": "1", "slot": "0"})
            assert other.status == 404, command
        await other.get("/my/applications")
        assert "No applications yet" in other.text
    await ada.get("/my/matches/nowhere/apply")
    assert ada.status == 404
