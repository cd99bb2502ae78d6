"""Which mails each event of an idea causes, and which it takes back."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from notifications.rules.domain.ideas import Idea, idea_after, on_idea, on_idea_erased
from notifications.rules.domain.listings import on_listing, on_listing_gone
from notifications.rules.domain.scheduled_mails import Audience, ScheduleChanges, one_person
from shared.contract.events.listings import IdeaChanged, ListingPublished
from support.published import listing_published
from support.scheduled import DAY, NOW, cancelled, kinds, only

EXPIRES = NOW + timedelta(days=100)


def idea(version: int, state: str = "asked", *asked_by: str, **values: Any) -> IdeaChanged:
    data = {"idea_id": "i1", "version": version, "attendee_id": "ada", "state": state, "title": "Comets", "conference_ids": ["c"]}
    return IdeaChanged.model_validate(data | {"asked_by": asked_by, "expires_at": EXPIRES} | values)


def known_after(*events: IdeaChanged) -> Idea | None:
    known: Idea | None = None
    for event in events:
        known = idea_after(event, known, NOW)
    return known


def told(*events: IdeaChanged) -> ScheduleChanges:
    """What the last of these events leads to."""
    return on_idea(events[-1], known_after(*events[:-1]), "c", NOW)


def audiences(changes: ScheduleChanges, kind: str) -> dict[str, str]:
    """The organizations that get a mail of this kind, each with why."""
    mails = [scheduled for scheduled in changes.scheduled_mails if scheduled.kind.name == kind]
    assert {mail.audience.group for mail in mails} <= {"organization"}
    return {mail.audience.ids[0]: mail.details.answer for mail in mails}


PROPOSED = idea(1, "proposed")
ASKED = idea(2, "asked", "o1")
ASKED_BY_TWO = idea(3, "asked", "o1", "o2")


def test_nothing_is_told_of_an_idea_for_which_nobody_asked() -> None:
    assert kinds(told(PROPOSED)) == set()
    assert kinds(told(PROPOSED, idea(2, "proposed", title="Comet tails"))) == set()
    assert kinds(told(PROPOSED, idea(2, "withdrawn"))) == set()


def test_the_author_is_told_which_host_asks_and_by_when_to_answer() -> None:
    mail = only(told(PROPOSED, ASKED), "idea_asked")
    assert mail.audience == one_person("ada")
    assert (mail.details.organization_id, mail.details.deadline) == ("o1", EXPIRES)
    late = idea(2, "asked", "o1", expires_at=NOW + DAY)
    assert only(told(PROPOSED, late), "idea_asked").not_after == NOW + DAY


def test_each_host_that_asks_is_told_once_of() -> None:
    second = told(PROPOSED, ASKED, ASKED_BY_TWO)
    mail = only(second, "idea_asked")
    assert mail.details.organization_id == "o2"
    first = only(told(PROPOSED, ASKED), "idea_asked")
    assert "idea_asked" in cancelled(second)
    assert second.kept_causes == [first.cause], "the mail about the first host is still true"


def test_a_host_that_takes_its_question_back_gets_no_mail_and_its_mail_to_the_author_is_not_sent() -> None:
    back = told(PROPOSED, ASKED, idea(3, "proposed"))
    assert (kinds(back), back.kept_causes) == (set(), [])
    assert "idea_asked" in cancelled(back)
    again = told(PROPOSED, ASKED, idea(3, "proposed"), idea(4, "asked", "o1"))
    assert only(again, "idea_asked").id != only(told(PROPOSED, ASKED), "idea_asked").id


def test_a_host_that_is_declined_is_told() -> None:
    declined = told(PROPOSED, ASKED, ASKED_BY_TWO, idea(4, "asked", "o2", declined=["o1"]))
    assert audiences(declined, "idea_closed") == {"o1": "declined"}
    assert audiences(told(PROPOSED, idea(2, "asked", "o2", declined=["o1"])), "idea_closed") == {}


def test_the_host_that_the_author_agreed_with_is_told_and_so_are_the_others() -> None:
    adopted = idea(4, "adopted", organization_id="o1", listing_id="l1")
    changes = told(PROPOSED, ASKED, ASKED_BY_TWO, adopted)
    mail = only(changes, "idea_adopted")
    details = mail.details
    assert (mail.audience, details.person_id, details.listing_id) == (Audience("organization", ("o1",)), "ada", "l1")
    assert audiences(changes, "idea_closed") == {"o2": "adopted_elsewhere"}
    assert only(told(adopted), "idea_adopted").id == mail.id, "also if nothing was known before"


@pytest.mark.parametrize("state", ["withdrawn", "expired"])
def test_all_hosts_that_asked_are_told_of_its_end(state: str) -> None:
    changes = told(PROPOSED, ASKED_BY_TWO, idea(4, state))
    assert audiences(changes, "idea_closed") == {"o1": state, "o2": state}
    assert "idea_asked" in cancelled(changes)
    assert ("idea_expired" in kinds(changes)) == (state == "expired")


def test_the_author_is_told_that_it_expired_unless_it_is_proposed_again() -> None:
    expired = idea(2, "expired")
    assert only(told(PROPOSED, expired), "idea_expired").audience == one_person("ada")
    assert "idea_expired" in cancelled(told(PROPOSED, expired, idea(3, "proposed")))


def test_once_the_author_is_erased_hosts_learn_that_it_is_gone_and_no_more() -> None:
    known = known_after(PROPOSED, ASKED_BY_TWO)
    assert known
    changes = on_idea_erased(known, "c", NOW)
    assert audiences(changes, "idea_closed") == {"o1": "withdrawn", "o2": "withdrawn"}
    assert all((mail.details.idea_id, mail.details.person_id) == ("", "") for mail in changes.scheduled_mails)


def test_the_author_is_told_once_that_the_listing_is_open() -> None:
    def published(version: int, **values: Any) -> ListingPublished:
        return ListingPublished.model_validate(listing_published("l1", version) | {"idea_author_id": "ada"} | values)

    first, second = (on_listing(published(version), "c", NOW) for version in (1, 2))
    assert only(first, "idea_published").audience == one_person("ada")
    assert only(first, "idea_published").id == only(second, "idea_published").id
    until = datetime(2099, 1, 1, tzinfo=UTC)
    kept = on_listing(published(1, author_only_until=until), "c", NOW)
    assert (only(first, "idea_published").details.until, only(kept, "idea_published").details.until) == (None, until)
    assert "idea_published" not in kinds(on_listing(published(1, approved=False), "c", NOW)), "nobody can apply yet"
    assert "idea_published" not in kinds(on_listing(published(1, idea_author_id=None), "c", NOW))
    assert "idea_published" in cancelled(on_listing_gone("l1"))
