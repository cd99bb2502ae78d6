"""The sentences of the insight page, in the reader's language."""

from gettext import NullTranslations
from typing import Final

from matching.insight.domain.figures import MOST_ROWS, Count, HostAnswers, Insight, Steps, Totals, at_most, share
from shared.contract.events.fields import Discipline
from shared.wording.reason_texts import Words

ENGLISH: Final = NullTranslations()


def count(people: Count) -> str:
    """A number of people as a table shows it."""
    return people if isinstance(people, str) else f"{people:,}"


def points(difference: float) -> str:
    """A difference of shares, in percentage points."""
    rounded = round(difference * 100)
    return f"+{rounded}" if rounded > 0 else f"\u2212{-rounded}" if rounded < 0 else "0"


def name(text: str) -> str:
    """A foreign text within a sentence, isolated so that right-to-left text does not reorder the rest."""
    return f"\u2068{text}\u2069"


def answered(answers: HostAnswers | None) -> str:
    """The share of applications that a host answered in time, as a table shows it."""
    return "\u2013" if answers is None or answers.rate is None else f"{answers.rate:.0%}"


class Sentences:
    """The page's sentences about figures."""

    def __init__(self, texts: NullTranslations = ENGLISH) -> None:
        self._gettext, self._ngettext = texts.gettext, texts.ngettext
        self._words = Words(texts)

    def discipline(self, field: Discipline) -> str:
        said = self._words.discipline(field)
        return said[:1].upper() + said[1:]

    def people(self, count: Count) -> str:
        """A number of people, as a sentence begins with it."""
        gettext, ngettext = self._gettext, self._ngettext
        if count == "<3":
            return gettext("Fewer than 3 people")
        if count == 0:
            return gettext("Nobody")
        return ngettext("%(count)s person", "%(count)s people", count) % {"count": f"{count:,}"}

    def lead(self, insight: Insight) -> str:
        gettext, ngettext, totals = self._gettext, self._ngettext, insight.totals
        if not totals.attendees:
            if insight.conference_id is None:
                return gettext("Nobody has agreed to be matched yet. Figures come with the first attendees who do.")
            return gettext(
                "Nobody who was at %(conference)s has agreed to be matched yet. Figures come with the first attendees who do."
            ) % {"conference": name(insight.name)}
        said = [gettext("%(people)s agreed to be matched.") % {"people": self.people(totals.attendees)}]
        if not totals.listings:
            said.append(gettext("No host offers an internship yet."))
        else:
            hosts = ngettext("%(count)s host offers", "%(count)s hosts offer", totals.hosts) % {"count": f"{totals.hosts:,}"}
            listings = ngettext("%(count)s internship", "%(count)s internships", totals.listings)
            said.append(
                gettext("%(hosts)s %(listings)s with %(seats)s.")
                % {"hosts": hosts, "listings": listings % {"count": f"{totals.listings:,}"}, "seats": self._seats(totals.seats)}
            )
        if totals.attendees == "<3":
            said.append(gettext("Results are shown from the third attendee on."))
        return " ".join(said)

    def way(self, totals: Totals, steps: Steps | None = None) -> str:
        gettext = self._gettext
        if not totals.attendees:
            return gettext("Nothing to show yet: no attendance has arrived.")
        said = []
        if steps and steps.came is not None and steps.agreed is not None:
            said.append(
                gettext("Came: %(came)s; agreed to be matched: %(agreed)s.") % _counts(came=steps.came, agreed=steps.agreed)
            )
        said.append(
            gettext("An internship is recommended to %(part)s of %(whole)s attendees.")
            % {"part": _part(totals.matched, totals.attendees), "whole": count(totals.attendees)}
        )
        if steps and steps.applied is not None and steps.applied != 0:
            part = _part(steps.applied, totals.attendees)
            said.append(gettext("Applied or ranked internships on a match day: %(part)s.") % {"part": part})
        placed = _part(totals.placed, totals.attendees)
        said.append(
            gettext("Have a seat: %(part)s.") % {"part": placed} if totals.placed != 0 else gettext("Nobody has a seat yet.")
        )
        return " ".join(said)

    def skills(self, insight: Insight) -> str:
        gettext, ngettext, totals = self._gettext, self._ngettext, insight.totals
        if not totals.listings:
            return gettext("No host offers an internship yet, so nothing is asked for.")
        if not insight.skills:
            return gettext("The internships name no skills. Hosts add them to their listings.")
        if not totals.attendees:
            return ngettext(
                "Internships ask for %(count)s skill; there are no attendees yet who could have it.",
                "Internships ask for %(count)s skills; there are no attendees yet who could have any.",
                totals.skills,
            ) % {"count": f"{totals.skills:,}"}
        first = insight.skills[0]
        if first.gap <= 0:
            return gettext("Every skill is at hand at least as often as it is asked for.")
        return gettext(
            "The scarcest is %(skill)s: of %(listings)s internships, %(asking)s ask for it; of %(attendees)s attendees, "
            "%(having)s have it."
        ) % {
            "skill": name(first.name),
            "asking": f"{first.listings:,}",
            "listings": f"{totals.listings:,}",
            "having": count(first.attendees),
            "attendees": count(totals.attendees),
        }

    def sessions(self, insight: Insight) -> str:
        gettext, ngettext = self._gettext, self._ngettext
        if not insight.sessions:
            return gettext("No session has yet been about anything that a recommended internship asks for.")
        were = ngettext(
            "%(count)s session was about something that recommended internships ask for.",
            "%(count)s sessions were about something that recommended internships ask for.",
            insight.totals.sessions,
        ) % {"count": f"{insight.totals.sessions:,}"}
        most = max(insight.sessions, key=lambda session: (at_most(session.applied), at_most(session.placed)))
        if not most.applied:
            nobody = gettext("Nobody who was there has applied for one of these yet.")
            return f"{were} {nobody}"
        led = gettext("“%(session)s” led the most people to an application: %(applied)s of the %(attended)s who were there.")
        return f"{were} {led % ({'session': name(most.title)} | _counts(applied=most.applied, attended=most.attended))}"

    def fields(self, insight: Insight) -> str:
        gettext, totals = self._gettext, insight.totals
        if not insight.crossings:
            return gettext(
                "Nothing to compare yet: this needs attendees who name their field of study, and internships "
                "recommended to them that name theirs."
            )
        return gettext(
            "Of %(whole)s people whose field can be compared, %(part)s are recommended an internship outside their own."
        ) % {"whole": count(totals.comparable), "part": _part(totals.crossing, totals.comparable)}

    def hosts(self, insight: Insight) -> str:
        gettext, ngettext, totals = self._gettext, self._ngettext, insight.totals
        if not insight.hosts:
            return gettext("No host offers an internship yet.")
        hosts = ngettext("%(count)s host offers", "%(count)s hosts offer", totals.hosts) % {"count": f"{totals.hosts:,}"}
        said = [gettext("%(hosts)s %(seats)s.") % {"hosts": hosts, "seats": self._seats(totals.seats)}]
        taken = gettext("Taken: %(taken)s.") % _counts(taken=totals.placed)
        said.append(taken if totals.placed != 0 else gettext("None is taken yet."))
        others = len(insight.hosts) - totals.hosts
        if others > 0:
            has_none = ngettext(
                "%(count)s other host has no open internship.", "%(count)s other hosts have no open internship.", others
            )
            said.append(has_none % {"count": f"{others:,}"})
        return " ".join(said)

    def conferences(self, insight: Insight) -> str:
        gettext, ngettext = self._gettext, self._ngettext
        if not insight.conferences:
            return gettext("No conference is known yet.")
        if len(insight.conferences) == MOST_ROWS:
            text = gettext("The %(count)s conferences with the most results; each has a page of its own.")
            return text % {"count": MOST_ROWS}
        return ngettext(
            "%(count)s conference, which has a page of its own.",
            "%(count)s conferences; each has a page of its own.",
            len(insight.conferences),
        ) % {"count": f"{len(insight.conferences):,}"}

    def _seats(self, seats: int) -> str:
        ngettext = self._ngettext
        return ngettext("%(count)s seat", "%(count)s seats", seats) % {"count": f"{seats:,}"}


def _counts(**people: Count) -> dict[str, str]:
    return {what: count(one) for what, one in people.items()}


def _part(part: Count, whole: Count) -> str:
    """A number with its share, unless the share would reveal more than the number."""
    return count(part) if part in (0, "<3") or whole == "<3" else f"{count(part)} ({share(part, whole):.0%})"
