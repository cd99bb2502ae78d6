"""Why events were not recorded, as people read it in their language."""

import pytest

from registration.attendance.api.reasons import readable
from registration.attendance.domain.pending import conference_unknown, session_unknown
from registration.attendance.domain.rejections import CONFLICT
from registration.attendance.domain.similar_fields import SimilarFields
from registration.attendance.use_cases.outcomes import FAILED
from shared.contract.events.attendance import SessionAttended
from shared.worded import Worded
from shared.wording.languages import translations

EVENT = SessionAttended.model_validate({"conference_id": "c1", "session_id": "s:new-1", "attendee": {"email": "ada@example.org"}})
[(_, MISSPELLED)] = SimilarFields().of("attendance.session_attended.v1", {"conferenceid": "c1"})


@pytest.mark.parametrize(
    ("reason", "german"),
    [
        (CONFLICT, "Die Kennung wurde schon für ein anderes Ereignis dieser Quelle verwendet."),
        (FAILED, "Es ließ sich wegen eines Fehlers bei uns nicht speichern."),
        (session_unknown(EVENT), "Das Programm hat keine Veranstaltung „s:new-1“."),
        (f"{session_unknown(EVENT).partition(' yet')[0]}; the event waited 30 days for it", "hat keine Veranstaltung „s:new-1“."),
        (conference_unknown(EVENT), "Diese Konferenz gab es nicht, als es ankam."),
        ("met: is missing", "met: fehlt"),
        (MISSPELLED, "ist kein bekanntes Feld; ist conference_id gemeint?"),
    ],
)
def test_a_reason_of_ours_is_said_in_german(reason: str, german: str) -> None:
    text = readable(reason)
    assert isinstance(text, Worded)
    assert text.translated(translations("de", "registration").gettext).endswith(german)


@pytest.mark.parametrize("reason", ["The token has expired.", "100 % of it: is new", "session unknown: conference c1 has no", ""])
def test_what_others_say_stays_as_it_is(reason: str) -> None:
    text = readable(reason)
    gettext = translations("de", "registration").gettext
    assert (text.translated(gettext) if isinstance(text, Worded) else text) == reason
