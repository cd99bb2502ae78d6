"""Events of applications, offers and placements in, mails to attendees and hosts out over SMTP."""

from typing import Any

import httpx
import pytest

from support.kafka import Kafka
from support.mail_rules import ADA, GRACE, in_days, interview, invitation
from support.mail_server import MailServer
from support.notified import Publisher, kind, messages, running, settled, text, told, until_statistics
from support.patience import until


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
