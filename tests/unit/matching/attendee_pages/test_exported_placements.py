"""What an export says of a placement."""

from datetime import UTC, date, datetime

from matching.attendee_pages.own_data import exported_placement
from matching.placements.domain.placement import Answer, Placement

AT = datetime(2027, 5, 31, tzinfo=UTC)


def test_it_has_the_attendees_feedback_and_not_what_the_host_wrote_in_confidence() -> None:
    answers = [Answer("end", side, date(2027, 5, 31), AT, 4, comment=f"by the {side}") for side in ("attendee", "host")]
    placement = Placement("p1", "ada", "l1", answers=tuple(answers), remark="A joy to work with.")
    exported = exported_placement(placement)
    assert [answer.comment for answer in exported["answers"]] == ["by the attendee"]
    assert (exported["id"], exported["remark"]) == ("p1", "A joy to work with.")
