"""Events of applications, placements, rounds and listings in, mails to attendees and hosts out over SMTP."""

from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any

import httpx
import pytest
from icalendar import Calendar

from support.kafka import Kafka
from support.mail_server import MailServer
from support.notified import Publisher, kind, messages, running, settled, text, told, until_statistics
from support.patience import until

ADA, GRACE = "ada@example.org", "grace@observatory.example"


@pytest.fixture
async def publish(publish: Publisher, api: httpx.AsyncClient) -> Publisher:
    """Ada, who agreed to mails long ago, Grace of the observatory, and its listing are known."""
    await publish.contact()
    await publish.staff()
    await publish.listing()
    await publish.applied()
    return publish


def in_days(days: float) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


def interview(days: float = 2) -> dict[str, Any]:
    return {"starts": in_days(days), "ends": in_days(days + 0.04), "place": "Room 1", "url": "https://example.com/meet"}


def invitation(mail: EmailMessage) -> Any:
    (part,) = (part for part in mail.walk() if part.get_content_type() == "text/calendar")
    calendar = Calendar.from_ical(part.get_content())
    (event,) = calendar.walk("VEVENT")
    return calendar, event


async def test_who_agrees_to_mails_is_welcomed_once_in_their_language(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.contact("bob", consent=False, time=in_days(0))
    await publish.contact("bob", version=2, locale="de-AT", time=in_days(0))
    await until(lambda: mails.taken)
    await publish.contact("bob", version=3, consent=False, time=in_days(0))
    await publish.contact("bob", version=4, locale="de-AT", time=in_days(0))
    await settled(api, publish)
    [mail] = mails.to("bob@example.org")
    assert (kind(mail), mail["Content-Language"]) == ("welcome", "de")
    assert not mails.to(ADA), "who agreed long ago is not greeted as new"


async def test_an_application_is_told_to_both_and_its_mails_lie_in_one_thread(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.application("submitted")
    await publish.application("submitted")
    await until(lambda: told(mails, "application_sent") and told(mails, "application_received"))
    await publish.application("rejected", version=2)
    await until(lambda: told(mails, "application_rejected"))
    await settled(api, publish)
    assert [kind(mail) for mail in mails.to(ADA)] == ["application_sent", "application_rejected"]
    [received] = mails.to(GRACE)
    assert "Ada" in text(received)
    assert "Project l1" in received["Subject"]
    assert len({mail["References"] for _, mail in mails.taken}) == 1
    assert received["List-Unsubscribe"] is None
    [message] = await messages(api, "grace")
    assert (message["about"], message["cause"]) == ("application/a1", "application/a1@1")


async def test_what_an_event_needs_may_come_after_it(api: httpx.AsyncClient, publish: Publisher, mails: MailServer) -> None:
    await publish.application("submitted", id="a2", listing_id="l2")
    await publish.applied()
    assert not mails.taken
    await publish.listing("l2", organization_id="o2", organization="Planetarium")
    await publish.staff("tycho", "o2")
    await until(lambda: mails.to("tycho@observatory.example") and mails.to(ADA), 40)
    assert "Planetarium" in text(mails.to(ADA)[0])


async def test_an_interview_is_a_date_that_moves_and_is_called_off(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    first = interview()
    await publish.application("interview", interview=first)
    await until(lambda: told(mails, "interview") and told(mails, "interview_host"))
    await publish.application("interview", version=2, interview=first)
    await publish.application("interview", version=3, interview=interview(3))
    await until(lambda: len(told(mails, "interview", "interview_host")) == 4)
    await publish.application("withdrawn", version=4)
    await until(lambda: told(mails, "interview_cancelled") and told(mails, "interview_cancelled_host"))
    await until(lambda: told(mails, "application_withdrawn", to=GRACE))
    for address in (ADA, GRACE):
        invitations = [mail for mail in mails.to(address) if kind(mail).startswith("interview")]
        dates = [invitation(mail) for mail in invitations]
        assert [str(calendar["METHOD"]) for calendar, _ in dates] == ["REQUEST", "REQUEST", "CANCEL"]
        assert [int(event["SEQUENCE"]) for _, event in dates] == [1, 3, 4]
        assert ["moved to" in str(mail["Subject"]) for mail in invitations] == [False, True, False]
        assert len({str(event["UID"]) for _, event in dates}) == 1
        assert {str(event["ATTENDEE"]) for _, event in dates} == {f"mailto:{address}"}
        assert str(dates[-1][1]["STATUS"]) == "CANCELLED"


async def test_reminders_of_an_offer_end_with_its_answer(api: httpx.AsyncClient, publish: Publisher, mails: MailServer) -> None:
    offer = {"deadline": in_days(5), "starts": "2027-01-04"}
    await publish.application("offered", offer=offer)
    await until(lambda: told(mails, "offer"))
    scheduled = (await until_statistics(api, queued=0))["scheduled"]
    assert scheduled == 3, "two reminders, and the host's summary"
    await publish.application("accepted", version=2, offer=offer)
    await until(lambda: told(mails, "offer_answered"))
    assert (await until_statistics(api, scheduled=1))["cancelled"] == 0
    assert [kind(mail) for mail in mails.to(ADA)] == ["offer"]
    assert [kind(mail) for mail in mails.to(GRACE)] == ["offer_answered"]


async def test_a_placement_introduces_invites_and_asks_how_it_was(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    days: dict[str, Any] = {"starts": "2027-01-04", "ends": "2027-03-31"}
    await publish.placement("confirmed", **days)
    await until(lambda: len(told(mails, "placement_confirmed", "mentor_introduction", "mentee_introduction")) == 3)
    for version, state in ((3, "started"), (4, "completed")):
        await publish.placement(state, version, **days)
    await until(lambda: told(mails, "placement_started") and told(mails, "placement_completed"))
    await settled(api, publish)
    [introduction] = told(mails, "mentor_introduction", to=ADA)
    assert GRACE in text(introduction)
    [introduced] = told(mails, "mentee_introduction", to=GRACE)
    assert ADA in text(introduced)
    [confirmed] = told(mails, "placement_confirmed")
    calendar, event = invitation(confirmed)
    assert (str(calendar["METHOD"]), event["DTSTART"].dt.isoformat()) == ("REQUEST", "2027-01-04")


async def test_a_placement_that_ends_early_calls_its_date_off(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.placement("confirmed", starts="2027-01-04")
    await until(lambda: told(mails, "placement_confirmed"))
    await publish.placement("ended", version=3, starts="2027-01-04")
    await until(lambda: told(mails, "placement_cancelled"))
    first, last = (invitation(mail)[1] for mail in told(mails, "placement_confirmed", "placement_cancelled"))
    assert (first["UID"], int(first["SEQUENCE"]) < int(last["SEQUENCE"])) == (last["UID"], True)


async def test_a_nomination_asks_the_nominee_and_the_host_hears_only_of_an_agreement_and_its_end(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.listing(version=2, deadline="2027-03-01T12:00:00Z", kind="leadership")
    await publish.staff("mina", "o2", contact=False)
    await publish.nomination("proposed", mentor_person_id="mina")
    await until(lambda: told(mails, "nomination"))
    await settled(api, publish)
    [asked] = [mail for _, mail in mails.taken]
    assert asked["To"].addresses[0].addr_spec == ADA
    assert "1 March" in asked["Subject"]
    assert "Nominated by: Mina" in text(asked)
    assert "mina@" not in text(asked)
    await publish.nomination("agreed", version=2, mentor_person_id="mina")
    await publish.nomination("agreed", version=2, mentor_person_id="mina")
    await publish.nomination("agreed", version=3, mentor_person_id=None)
    await until(lambda: told(mails, "nomination_agreed", to=GRACE) and told(mails, "nomination_answered"))
    await publish.nomination("withdrawn", version=4, mentor_person_id="mina")
    await until(lambda: told(mails, "nomination_ended", to=ADA) and told(mails, "nomination_taken_back", to=GRACE))
    await settled(api, publish)
    assert [kind(mail) for mail in mails.to(GRACE)] == ["nomination_agreed", "nomination_taken_back"]
    assert "Ada" in text(mails.to(GRACE)[0])
    assert [kind(mail) for mail in mails.to("mina@observatory.example")] == ["nomination_answered"]
    assert [kind(mail) for mail in mails.to(ADA)] == ["nomination", "nomination_ended"]


async def test_an_erasure_takes_back_what_a_nomination_has_not_told_yet(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.nomination("agreed", listing_id="unknown")
    await publish.applied()
    await publish.forget_nomination()
    await publish.erase()
    await until(lambda: told(mails, "erased"))
    await publish.listing("unknown")
    await settled(api, publish)
    await until_statistics(api, contacts=0, queued=0, scheduled=0)
    assert [kind(mail) for _, mail in mails.taken] == ["erased"]


async def test_an_invitation_is_told_once_and_not_to_whoever_applied_or_if_the_listing_closed(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.listing("l2")
    await publish.listing("l3")
    await publish.application("submitted", listing_id="l2")
    await publish.withdraw_listing("l3")
    await publish.applied()
    for id, listing in (("v1", "l1"), ("v1", "l1"), ("v2", "l2"), ("v3", "l3"), ("v4", "unknown")):
        await publish.invitation(id, listing)
    await publish.applied()
    await publish.forget_invitation("v4")
    await until(lambda: told(mails, "invitation"))
    await publish.listing("unknown")
    await settled(api, publish)
    await until_statistics(api, queued=0, scheduled=1)  # only the host's weekly summary is to come
    [invited] = told(mails, "invitation", to=ADA)
    assert "It does not know your name" in text(invited)
    assert [kind(mail) for _, mail in mails.taken if kind(mail) != "invitation"] == ["application_sent", "application_received"]


async def test_a_match_day_is_told_to_those_concerned(api: httpx.AsyncClient, publish: Publisher, mails: MailServer) -> None:
    for name in ("bob", "cyd"):
        await publish.contact(name)
    await publish.recommend("l1", id="ada")
    await publish.recommend("l1", id="bob")
    await publish.recommend("other", id="cyd")
    await settled(api, publish)
    for name in ("ada", "bob"):
        await publish.profile(name, "pyconf")
    await publish.profile("cyd", "other")
    await publish.applied()
    await publish.round("open", 2, closes_at=in_days(7), conference_id="pyconf")
    await until(lambda: len(told(mails, "round_opened")) == 2 and told(mails, "round_opened_host", to=GRACE))
    await publish.ranking("ada")
    await publish.ranking("cyd")
    await publish.ranking("cyd", listings=0, version=2)
    await publish.applied()
    await publish.round("locked", 3, closes_at=in_days(7))
    await until(lambda: told(mails, "round_locked"))
    await publish.outcome()
    await until(lambda: told(mails, "round_result"))
    await settled(api, publish)
    assert len(told(mails, "round_opened")) == 2
    assert not told(mails, "round_opened", to="cyd@example.org")
    assert len(told(mails, "round_locked", to=ADA)) == len(told(mails, "round_locked")) == 1
    [result] = told(mails, "round_result")
    assert "Project l1" in text(result)


async def test_optional_mails_end_with_unsubscribing_and_transactional_ones_do_not(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.recommend("l1")
    await until(lambda: told(mails, "matches"))
    path = told(mails, "matches")[0]["List-Unsubscribe"].partition(">")[0].removeprefix("<https://desk.example.net")
    assert (await api.post(path)).status_code == 200
    await publish.round("open", 2, closes_at=in_days(7))
    await publish.application("submitted")
    await until(lambda: told(mails, "application_sent"))
    await settled(api, publish)
    assert not told(mails, "round_opened")


async def test_a_host_without_contacts_is_told_through_the_listings_mentors(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.staff(version=2, contact=False)
    await publish.staff("kepler", contact=False)
    await publish.applied()
    await publish.application("submitted")
    await until(lambda: told(mails, "application_received"))
    await settled(api, publish)
    assert [recipient for recipient, mail in mails.taken if kind(mail) == "application_received"] == [GRACE]


async def test_one_applicant_sets_off_only_so_many_mails_a_day(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, kafka: Kafka, mails: MailServer
) -> None:
    monkeypatch.setenv("STRANGER_MAILS_PER_DAY", "3")
    publish = Publisher(kafka)
    async with running() as api:
        await publish.contact()
        await publish.staff()
        await publish.listing()
        await publish.applied()
        for number in range(5):
            await publish.application("submitted", id=f"a{number}")
        await until(lambda: len(told(mails, "application_sent")) == 5)
        await publish.applied()
        statistics = await until_statistics(api, queued=0, pending=0)
    assert len(told(mails, "application_received")) == 3
    assert statistics["scheduled"] == 3, "two wait for tomorrow, and the summary for Monday"


async def test_links_of_strangers_lead_only_where_they_may(api: httpx.AsyncClient, publish: Publisher, mails: MailServer) -> None:
    await publish.listing("evil", url="https://example.com.evil.test/login", title="<script>alert(1)</script>")
    await publish.applied()
    await publish.application("submitted", listing_id="evil")
    await until(lambda: told(mails, "application_sent"))
    for form in ("plain", "html"):
        assert "evil.test" not in text(told(mails, "application_sent")[0], form)
    assert "<script>" not in text(told(mails, "application_sent")[0], "html")


async def test_what_became_of_each_mail_is_told_to_other_services(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer, kafka: Kafka
) -> None:
    mails.script[GRACE] = ["r550 5.1.1 no such mailbox"]
    await publish.application("submitted")
    deliveries = {one["kind"]: one for one in await kafka.events("notifications.deliveries", 2)}
    assert {kind: one["state"] for kind, one in deliveries.items()} == {
        "application_sent": "sent",
        "application_received": "failed",
    }
    [message] = await messages(api)
    assert deliveries["application_sent"]["message_id"] == message["token"]
    assert deliveries["application_received"]["person_id"] == "grace"
    await publish.application("offered", version=2, offer={"deadline": in_days(0.5)})
    await until(lambda: told(mails, "offer"))
    await publish.application("accepted", version=3)
    await until_statistics(api, suppressed=1)  # the host's address takes no mail any more


async def test_who_was_erased_is_forgotten_whole(api: httpx.AsyncClient, publish: Publisher, mails: MailServer) -> None:
    await publish.application("offered", offer={"deadline": in_days(5)})
    await until(lambda: told(mails, "offer"))
    await publish.erase()
    await until(lambda: told(mails, "erased"))
    await until_statistics(api, contacts=0, queued=0, scheduled=1)
    assert [kind(mail) for mail in mails.to(ADA)] == ["offer", "erased"]
    for message in await messages(api):
        assert ADA not in str(message)


async def test_author_and_hosts_are_told_what_becomes_of_an_idea(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.staff("tycho", "o2")
    await publish.organization("o1", name="Observatory of Potsdam")
    await publish.organization("o2", name="Uraniborg")
    await publish.idea("asked", 2, "o1", "o2")
    await until(lambda: len(told(mails, "idea_asked")) == 2)
    asked = sorted(text(mail) for mail in told(mails, "idea_asked"))
    for mail, name in zip(
        sorted(asked, key=lambda mail: "Uraniborg" in mail), ("Observatory of Potsdam", "Uraniborg"), strict=True
    ):
        assert name in mail
        assert "Comet tails" in mail
        assert "Answer by: Thursday 1 January 2099, 12:00 UTC" in mail
    adopted = {"organization_id": "o1", "listing_id": "l9"}
    for _ in range(2):
        await publish.idea("adopted", 3, **adopted)
    await until(lambda: told(mails, "idea_adopted") and told(mails, "idea_closed"))
    await publish.listing("l9", idea_author_id="ada", author_only_until="2099-01-01T12:00:00Z")
    await publish.listing("l9", version=2, idea_author_id="ada")
    await until(lambda: told(mails, "idea_published"))
    assert "apply for it: until Thursday 1 January 2099, 12:00 UTC, only you can" in " ".join(
        text(told(mails, "idea_published")[0]).split()
    )
    await settled(api, publish)
    assert [kind(mail) for mail in mails.to(GRACE)] == ["idea_adopted"]
    assert "Author: Ada" in text(mails.to(GRACE)[0]), "who adopts it learns whose it was"
    [closed] = mails.to("tycho@observatory.example")
    assert "Another organization has adopted this idea" in text(closed)
    assert "Ada" not in text(closed)
    assert sorted(kind(mail) for mail in mails.to(ADA)) == ["idea_asked", "idea_asked", "idea_published"]


async def test_an_idea_of_somebody_who_was_erased_is_gone_for_its_hosts_without_what_it_said(
    api: httpx.AsyncClient, publish: Publisher, mails: MailServer
) -> None:
    await publish.organization()
    await publish.idea("asked", 2, "o1")
    await until(lambda: told(mails, "idea_asked"))
    await publish.forget_idea()
    await publish.erase()
    await publish.forget_idea()
    await until(lambda: told(mails, "idea_closed"))
    await settled(api, publish)
    [closed] = mails.to(GRACE)
    assert "no longer exists" in text(closed)
    assert "Comet" not in closed.as_string()
