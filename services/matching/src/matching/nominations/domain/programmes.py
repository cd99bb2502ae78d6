"""Leadership programmes, as nominations meet them: when they are open, and whom a mentor may nominate. Pure."""

from datetime import datetime

from matching.model.candidates import Candidate
from matching.model.listings import INTERNSHIP, Listing
from matching.nominations.domain.transitions import STANDING, State
from matching.roles.domain import RoleHolders
from shared.refusals import Conflict
from shared.worded import Worded


def check_open(listing: Listing, now: datetime) -> None:
    """Raises ``Conflict``, with what to do, unless the listing is a programme that is open for nominations."""
    if listing.kind == INTERNSHIP and not listing.closed:
        raise Conflict(
            Worded("listing %(id)s is an internship: everybody can apply for it, without a nomination", id=repr(listing.id))
        )
    obstacle = listing.obstacle(now, nominated=True)
    if obstacle is None:
        return
    id, another = listing.id, Worded("choose another programme")
    if listing.closed:
        raise Conflict(Worded("programme %(id)s is closed; %(another)s", id=repr(id), another=another))
    if listing.deadline and listing.deadline <= now:
        raise Conflict(
            Worded(
                "nominations for %(id)s closed on %(deadline)s; %(another)s",
                id=repr(id),
                deadline=_moment(listing.deadline),
                another=another,
            )
        )
    if not listing.open:
        raise Conflict(
            Worded("programme %(id)s is not open at the moment; nominate once its host has opened it again", id=repr(id))
        )
    if obstacle == "not open yet" and listing.opens_at:
        raise Conflict(
            Worded(
                "nominations for %(id)s open on %(opens_at)s; nominate from then on",
                id=repr(id),
                opens_at=_moment(listing.opens_at),
            )
        )
    if obstacle == "no seats left":
        raise Conflict(Worded("programme %(id)s has no seats left; nominate once one is free", id=repr(id)))
    raise Conflict(Worded("the host of programme %(id)s is not approved; nominate once it is", id=repr(id)))


def ended_states(listing: Listing | None, now: datetime) -> tuple[State, ...]:
    """The states of nominations that end with the programme: none as long as it is open.

    An agreed one lasts beyond the deadline, as the host still decides about applications, until the host closes the programme.
    """
    if not has_ended(listing, now):
        return ()
    return STANDING if listing is None or listing.closed else ("proposed",)


def has_ended(listing: Listing | None, now: datetime) -> bool:
    """Whether nobody can agree to a nomination for it unless its host opens it again."""
    return listing is None or listing.closed or (listing.deadline is not None and listing.deadline <= now)


def knows(mentor_person_id: str, organization: RoleHolders, candidate: Candidate, listing: Listing) -> bool:
    """Whether the mentor of this organization knows the candidate well enough to nominate them.

    They met at a conference in which the organization takes part: so the mentor met them there, and somebody answers for it. Or
    the organization is the programme's host, and the candidate attended one of its conferences: the host decides about its
    programme anyway, and may ask people there.
    """
    if mentor_person_id not in organization.holders("mentor"):
        return False
    if not organization.conference_ids.isdisjoint(candidate.met_at(mentor_person_id)):
        return True
    return organization.id == listing.organization_id and not candidate.conference_ids.isdisjoint(organization.conference_ids)


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
