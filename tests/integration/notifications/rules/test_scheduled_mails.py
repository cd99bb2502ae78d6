"""Events of nominations, invitations, match days and ideas in, mails out over SMTP."""

import httpx

from support.mail_rules import ADA, GRACE, in_days
from support.mail_server import MailServer
from support.notified import Publisher, kind, settled, text, told, until_statistics
from support.patience import until


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
    lost = [{"listing_id": "other", "result": "filled_by_lot"}]
    await publish.outcome(listing_id=None, choices=lost, free_listing_ids=["l1"])
    await until(lambda: told(mails, "round_result"))
    await settled(api, publish)
    assert len(told(mails, "round_opened")) == 2
    assert not told(mails, "round_opened", to="cyd@example.org")
    assert len(told(mails, "round_locked", to=ADA)) == len(told(mails, "round_locked")) == 1
    [result] = told(mails, "round_result")
    assert "drawn by lot" in text(result)
    assert "Project l1" in text(result), "it has a free seat"


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
