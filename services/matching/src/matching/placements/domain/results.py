"""The results of a placement: feedback from both sides, skills, and a hire. Pure.

Each function takes a placement and returns the changed one. Repeating one changes nothing. They raise ``Conflict`` and
``Invalid``.
"""

from dataclasses import replace
from datetime import datetime

from matching.model.terms import Terms
from matching.placements.domain.course import Speaker, started_ever
from matching.placements.domain.placement import Answer, Placement, Side
from matching.placements.domain.requests import Confirmation, Feedback, Gains, Hiring
from shared.contract.events.matching import GainedSkill, Hire
from shared.refusals import Conflict, Invalid
from shared.worded import Worded


def give_feedback(placement: Placement, speaker: Speaker, given: Feedback, now: datetime) -> Placement:
    """Record a side's feedback. Before the next moment, new feedback replaces it."""
    if not started_ever(placement):
        raise Conflict(Worded("the placement has not started; give feedback once it has"))
    _check_sense(given)
    _check_side(given, speaker.side)
    _check_course(given, placement)
    said = given.model_dump(exclude={"moment", "side"})
    answer = Answer(given.moment, speaker.side, placement.due.get(given.moment), now, **said)
    key = (answer.moment, answer.side, answer.due)
    known = next((one for one in placement.answers if (one.moment, one.side, one.due) == key), None)
    if known and replace(known, at=now) == answer:
        return placement
    return replace(placement, answers=(*(one for one in placement.answers if one is not known), answer))


def _check_sense(given: Feedback) -> None:
    """Raises ``Invalid`` if the answers contradict each other."""
    if given.moment == "middle" and given.completed is not None:
        raise Invalid("completed", Worded("belongs to the feedback at the end; leave it out"))
    if given.moment == "end" and given.completed is None and given.ended_early is None:
        raise Invalid("completed", Worded("is missing; give whether the work was completed, or that the placement ended early"))
    if given.completed and given.ended_early:
        raise Invalid(
            "ended_early", Worded("contradicts `completed`: a placement is completed or ends early, not both; give only one")
        )
    if given.extend and given.completed:
        raise Invalid("extend", Worded("contradicts `completed`: a completed placement cannot be extended; give only one"))
    if given.extend and given.ended_early:
        raise Invalid(
            "extend", Worded("contradicts `ended_early`: a placement cannot both be extended and end early; give only one")
        )
    if given.pay and given.ended_early:
        raise Invalid("pay", Worded("contradicts `ended_early`: pay does not continue after the placement; give only one"))


def _check_side(given: Feedback, side: Side) -> None:
    if given.pay is not None and side != "host":
        raise Invalid("pay", Worded("is asked of the host only; leave it out"))


def _check_course(given: Feedback, placement: Placement) -> None:
    """Raises ``Invalid`` if the answers contradict the placement's course."""
    if placement.state == "ended":
        if given.completed:
            raise Invalid(
                "completed",
                Worded(
                    "contradicts the placement, which ended early, on %(ends)s (%(end_reason)s)",
                    ends=placement.ends,
                    end_reason=placement.end_reason,
                ),
            )
        if given.moment == "end" and given.ended_early is False:
            raise Invalid(
                "ended_early",
                Worded("contradicts the placement, which ended early (%(end_reason)s)", end_reason=placement.end_reason),
            )
    if placement.state == "completed":
        if given.ended_early:
            raise Invalid(
                "ended_early", Worded("contradicts the placement, which was completed on %(ends)s", ends=placement.ends)
            )
        if given.completed is False:
            raise Invalid("completed", Worded("contradicts the placement, which was completed on %(ends)s", ends=placement.ends))
    if given.extend and not placement.live:
        raise Invalid("extend", Worded("is too late: the placement is over; leave it out"))


def name_gains(placement: Placement, given: Gains, terms: Terms) -> Placement:
    """Record the skills that the host says were gained. Skills that are named again stay confirmed."""
    if placement.live or not started_ever(placement):
        raise Conflict(Worded("skills can be named once the placement is over, if it had started"))
    known = {terms.normalise(skill.term): skill for skill in placement.skills}
    skills: dict[str, GainedSkill] = {}
    for named in given.skills:
        key = terms.normalise(named.term)
        if not key:
            raise Invalid("skills", Worded("%(term)s contains no word; name the skill", term=repr(named.term)))
        if key in skills:
            raise Invalid(
                "skills",
                Worded(
                    "%(term)s is the same as %(term_2)s; name each skill once",
                    term=repr(named.term),
                    term_2=repr(skills[key].term),
                ),
            )
        before = known.get(key)
        confirmed = before is not None and before.confirmed and before.level == named.level
        skills[key] = GainedSkill(term=named.term, level=named.level, confirmed=confirmed)
    return replace(placement, skills=tuple(skills.values()), remark=given.remark)


def confirm_skills(placement: Placement, given: Confirmation, terms: Terms) -> Placement:
    """Record which of the named skills the attendee confirms."""
    if not placement.skills:
        raise Conflict(Worded("the host has not named any skills yet"))
    confirmed = {terms.normalise(term): term for term in given.terms}
    named = {terms.normalise(skill.term) for skill in placement.skills}
    if unknown := [term for key, term in confirmed.items() if key not in named]:
        shown = ", ".join(skill.term for skill in placement.skills[:5])
        raise Invalid(
            "terms",
            Worded(
                "the host did not name %(unknown)s; confirm only skills that it named: %(shown)s",
                unknown=repr(unknown[0]),
                shown=shown,
            ),
        )
    skills = [skill.model_copy(update={"confirmed": terms.normalise(skill.term) in confirmed}) for skill in placement.skills]
    return replace(placement, skills=tuple(skills))


def hire(placement: Placement, speaker: Speaker, given: Hiring) -> Placement:
    """Record that the host employs the attendee. A report by the other side changes nothing."""
    if not started_ever(placement):
        raise Conflict(Worded("the placement has not started; report that you employ somebody once it has"))
    if placement.starts and given.starts < placement.starts:
        raise Invalid("starts", Worded("is before the first day of the placement, %(starts)s", starts=placement.starts))
    if placement.hire and (placement.hire.role, placement.hire.starts) == (given.role, given.starts):
        return placement
    return replace(placement, hire=Hire(role=given.role, starts=given.starts, said_by=speaker.side))
