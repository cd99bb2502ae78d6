"""An invitation to apply causes one mail, however often its event comes."""

from notifications.rules.domain.invitations import on_invitation
from notifications.rules.domain.scheduled_mails import Audience
from shared.contract.events.matching import InvitationSent
from support.scheduled import NOW, kinds, only

INVITED = {"invitation_id": "v1", "version": 1, "attendee_id": "ada", "listing_id": "l1", "organization_id": "o1"}


def test_only_the_attendee_hears_of_an_invitation_and_once() -> None:
    changes = on_invitation(InvitationSent.model_validate(INVITED), "c", NOW)
    mail = only(changes, "invitation")
    assert kinds(changes) == {"invitation"}
    assert (mail.audience, mail.details.listing_id, mail.about) == (Audience("person", ("ada",)), "l1", "invitation/v1")
    assert only(on_invitation(InvitationSent.model_validate(INVITED), "c", NOW), "invitation").id == mail.id
