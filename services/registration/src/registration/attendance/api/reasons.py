"""Why events are not recorded, for people to read. What is stored was written for programs, in English."""

from typing import Final

from registration.attendance.domain.rejections import CONFLICT
from registration.attendance.use_cases.outcomes import FAILED
from shared.worded import Worded

_NO_SESSION: Final = "session unknown: conference "
_NO_CONFERENCE: Final = "conference unknown: "
_MISSPELLED: Final = "is not a known field; did you mean `"
_TEXTS: Final = {
    CONFLICT: Worded("Its id was used for another event of this source."),
    FAILED: Worded("It could not be recorded because of an error on our side."),
}


def readable(reason: str) -> str:
    """The reason as a text that can be translated, if it is one of ours; otherwise, what was stored.

    Of a fault in a field, such as ``met: is missing``, what is wrong is translated, if that has no values in it.
    """
    if text := _TEXTS.get(reason):
        return text
    if reason.startswith(_NO_SESSION):
        session = reason.partition(";")[0].partition(" has no session ")[2].removesuffix(" yet").strip("'")
        return Worded("The schedule has no session “%(session)s”.", session=session) if session else reason
    if reason.startswith(_NO_CONFERENCE):
        return Worded("There was no such conference when it arrived.")
    if reason.startswith(_MISSPELLED) and reason.endswith("`?"):
        return Worded("is not a known field; did you mean %(name)s?", name=reason.removeprefix(_MISSPELLED).removesuffix("`?"))
    field, _, detail = reason.partition(": ")
    if detail:
        return Worded("%(field)s: %(detail)s", field=field, detail=Worded(detail))
    return Worded(reason) if reason else ""
