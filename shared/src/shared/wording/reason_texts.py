"""Putting reasons, results and counts into words. Reasons that share their evidence share a sentence."""

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from gettext import NullTranslations
from typing import Final

from shared.contract.events.matching import Match, Reason
from shared.wording.untrusted_text import NAME, TERM, TITLE, one_line

MOST_SENTENCES: Final = 3
MOST_NAMES: Final = 15
"""The most names of people with seats in one listing."""
MOST_TERMS: Final = 6
"""The most terms in one sentence."""
_OF_TERMS: Final = ("skill", "topic", "research")
_OTHERS: Final = ("met", "conference", "discipline", "nomination", "similarity")


class Words:
    """Sentences in one language, without full stops."""

    def __init__(self, translations: NullTranslations, line: Callable[[str, int], str] = one_line) -> None:
        """``line`` makes what others wrote fit for a page; in mails, it is ``mail_line``."""
        self._texts: Final = translations
        self._line: Final = line
        self._disciplines: Final = _disciplines(translations.gettext)

    def reasons(self, match: Match, most: int = MOST_SENTENCES, told: Set[str] = frozenset()) -> list[str]:
        """Why the attendee and the listing match, the strongest reason first. Unknown kinds of reasons are left out.

        Words in common come last, whatever they contribute: a loose word such as "packages" says less to people than a skill.
        Those in ``told`` were said of other matches, and are left out if there is any other.
        """
        rare = self._rarest(match.reasons)
        groups: dict[tuple[str, str], list[Reason]] = {}
        for reason in _mentioned(match.reasons):
            groups.setdefault(_evidence(reason), []).append(reason)
        # Sessions with the same terms share a sentence: You attended “A” and “B”; this project uses Python.
        titles: dict[str, list[str]] = {}
        weights: dict[str, float] = {}
        sentences: dict[str, float] = {}
        for (evidence, about), reasons in groups.items():
            weight = sum(reason.contribution for reason in reasons)
            if evidence == "session":
                project = self._project(reasons, rare)
                titles.setdefault(project, []).append(self._line(about, TITLE))
                weights[project] = weights.get(project, 0.0) + weight
            else:
                sentences[self._sentence(evidence, about, reasons, rare)] = 0.0 if evidence == "similarity" else weight
        gettext = self._texts.gettext
        for project, attended in titles.items():
            quoted = self.enumerated(gettext("“%(title)s”") % {"title": title} for title in attended)
            sentence = gettext("You attended %(sessions)s; this project %(does)s") % {"sessions": quoted, "does": project}
            sentences[sentence] = weights[project]
        strongest = sorted(sentences, key=lambda sentence: -sentences[sentence])
        return ([sentence for sentence in strongest if sentence not in told] or strongest[:1])[:most]

    def enumerated(self, items: Iterable[str]) -> str:
        """``a``, ``a and b``, ``a, b and c``; "" for no items."""
        *others, last = list(items) or [""]
        if not others:
            return last
        return self._texts.gettext("%(others)s and %(last)s") % {"others": ", ".join(others), "last": last}

    def outcome(self, result: str) -> str:
        """What became of a listing that an attendee ranked; ``result`` is ``shared.contract.events.matching.Choice.result``."""
        gettext = self._texts.gettext
        match result:
            case "matched":
                return gettext("This is your place")
            case "not_needed":
                return gettext("You have a place that you ranked higher")
            case "filled":
                return gettext("Its places went to people it ranked higher")
            case "filled_by_lot":
                return gettext("Its last places were drawn by lot among people it ranked the same, and went to others")
            case "discipline_full":
                return gettext("Its places for your discipline went to people it ranked higher")
            case "discipline_full_by_lot":
                return gettext(
                    "Its last places for your discipline were drawn by lot among people it ranked the same, and went to others"
                )
            case "limit_full":
                return gettext(
                    "Its organization takes only so many people over several internships, and took people it ranked higher"
                )
            case "limit_full_by_lot":
                return gettext(
                    "Its organization takes only so many people over several internships, and drew the last by lot among people "
                    "it ranked the same"
                )
            case "reserved":
                return gettext("Its last places were reserved for people of other disciplines")
            case "reserved_by_lot":
                return gettext(
                    "Its last places were reserved for people of other disciplines, and those before them drawn by lot among "
                    "people it ranked the same"
                )
            case "not_together":
                return gettext("You would have got it alone, but not together with the other person")
            case "not_ranked":
                return gettext("The organization did not rank you")
            case "withdrawn":
                return gettext("It was withdrawn")
            case "placed_elsewhere":
                return gettext("You already have a place at that time")
            case "ineligible":
                return gettext("Its conditions do not fit your situation")
        return gettext("No place here")

    def terms(self, changed: Iterable[str]) -> str:
        """What changed in a listing, as in ``shared.contract.events.matching.ApplicationChanged.changed_terms``."""
        gettext = self._texts.gettext
        known = {
            "dates": gettext("the dates"),
            "hours": gettext("the hours"),
            "place": gettext("the place"),
            "pay": gettext("the pay"),
        }
        return self.enumerated(dict.fromkeys(known.get(term, gettext("other conditions")) for term in changed))

    def skill(self, term: str, level: int | None) -> str:
        """A skill with its level, from 1 to 5, as in ``shared.contract.events.fields.Level``."""
        gettext = self._texts.gettext
        levels = {
            1: gettext("novice"),
            2: gettext("beginner"),
            3: gettext("competent"),
            4: gettext("proficient"),
            5: gettext("expert"),
        }
        shown = self._line(term, TERM)
        return f"{shown} ({levels[level]})" if level in levels else shown

    def discipline(self, term: str) -> str:
        """The name of one of ``shared.contract.events.fields.Discipline``."""
        return self._disciplines.get(term, term.replace("-", " "))

    def seats(self, people: Sequence[str]) -> str:
        """Who has the seats of a listing."""
        gettext, shown = self._texts.gettext, [self._line(name, NAME) for name in people[:MOST_NAMES]]
        names = [name or gettext("somebody without a name") for name in shown]
        if left_out := len(people) - len(names):
            names.append(self._texts.ngettext("%(count)s more", "%(count)s more", left_out) % {"count": left_out})
        return self.enumerated(names) or gettext("nobody this time")

    def week(self, applications: int, offers: int, accepted: int) -> str:
        """What happened to listings in total: ``5 applications, 2 offers, 1 accepted``."""
        ngettext = self._texts.ngettext
        parts = [
            ngettext("%(count)s application", "%(count)s applications", applications) % {"count": applications},
            ngettext("%(count)s offer", "%(count)s offers", offers) % {"count": offers} if offers else "",
            ngettext("%(count)s accepted", "%(count)s accepted", accepted) % {"count": accepted} if accepted else "",
        ]
        return ", ".join(filter(None, parts))

    def _sentence(self, evidence: str, about: str, reasons: list[Reason], rare: str) -> str:
        gettext = self._texts.gettext
        match evidence:
            case "met":
                return self._met(len(reasons))
            case "conference":
                return gettext("Its organization takes part in a conference you attended")
            case "nomination":
                return gettext("A mentor nominated you for it")
            case "discipline":
                names = [self.discipline(term) for term in self._terms(reasons, "discipline")]
                return gettext("It looks for people of your discipline, %(names)s") % {"names": self.enumerated(names)}
            case "similarity":
                return self._similar(self._terms(reasons, "similarity"))
            case "declared":
                return self._declared(about, self._terms(reasons, about), rare)
        return gettext("This project %(does)s") % {"does": self._project(reasons, rare)}

    def _met(self, count: int) -> str:
        numbers = {2: self._texts.gettext("two"), 3: self._texts.gettext("three")}
        sentence = self._texts.ngettext("You met one of its mentors", "You met %(count)s of its mentors", count)
        return sentence % {"count": numbers.get(count, str(count))}

    def _similar(self, words: list[str]) -> str:
        sentence = self._texts.ngettext(
            "Its description shares a word with your profile and sessions: %(words)s",
            "Its description shares words with your profile and sessions: %(words)s",
            len(words),
        )
        return sentence % {"words": self.enumerated(words)}

    def _declared(self, kind: str, terms: list[str], rare: str) -> str:
        ngettext, count = self._texts.ngettext, len(terms)
        values = {"terms": self.enumerated(terms), "rare": rare}
        if kind == "skill" and rare in terms:
            sentence = ngettext(
                "You named %(terms)s among your skills; this project uses it, and it is in short supply",
                "You named %(terms)s among your skills; this project uses them, and %(rare)s is in short supply",
                count,
            )
        elif kind == "skill":
            sentence = ngettext(
                "You named %(terms)s among your skills; this project uses it",
                "You named %(terms)s among your skills; this project uses them",
                count,
            )
        elif kind == "topic":
            sentence = ngettext(
                "You named %(terms)s among your interests; this project is about it",
                "You named %(terms)s among your interests; this project is about them",
                count,
            )
        else:
            sentence = ngettext(
                "You named %(terms)s among your interests; this project does research that involves it",
                "You named %(terms)s among your interests; this project does research that involves them",
                count,
            )
        return sentence % values

    def _project(self, reasons: list[Reason], rare: str) -> str:
        """A predicate for the project with these terms: ``uses Python and is about astronomy``."""
        gettext = self._texts.gettext
        skills, topics, research = (self._terms(reasons, kind) for kind in _OF_TERMS)
        uses = gettext("uses %(terms)s") % {"terms": self.enumerated(skills)} if skills else ""
        if rare in skills:
            others = [skill for skill in skills if skill != rare]
            terms = {"terms": self.enumerated([*others, rare])}
            if topics or research:
                uses = gettext("uses %(terms)s, which is in short supply,") % terms
            else:
                uses = gettext("uses %(terms)s, which is in short supply") % terms
        parts = [
            uses,
            gettext("is about %(terms)s") % {"terms": self.enumerated(topics)} if topics else "",
            gettext("does research that involves %(terms)s") % {"terms": self.enumerated(research)} if research else "",
        ]
        return self.enumerated(filter(None, parts))

    def _rarest(self, reasons: list[Reason]) -> str:
        """The skill whose demand contributes most to the score; "" if none does."""
        return max(
            (
                (reason.contribution, self._line(reason.term, TERM))
                for reason in reasons
                if reason.kind == "demand" and reason.term
            ),
            default=(0.0, ""),
        )[1]

    def _terms(self, reasons: list[Reason], kind: str) -> list[str]:
        strongest = sorted(
            (reason for reason in reasons if reason.kind == kind and reason.term), key=lambda one: -one.contribution
        )
        return list(dict.fromkeys(self._line(reason.term, TERM) for reason in strongest if reason.term))[:MOST_TERMS]


def _mentioned(reasons: list[Reason]) -> Iterator[Reason]:
    """The reasons to mention. If several have the same term, sessions win over others, else the strongest one."""
    chosen: dict[str, Reason] = {}
    named = {word for reason in reasons if reason.kind in _OF_TERMS and reason.term for word in reason.term.casefold().split()}
    for reason in sorted(reasons, key=lambda reason: (reason.session_title is None, -reason.contribution)):
        if reason.kind in _OTHERS:
            if reason.kind != "similarity" or (reason.term or "").casefold() not in named:
                yield reason
        elif reason.kind in _OF_TERMS and reason.term:
            first = chosen.setdefault(reason.term.casefold(), reason)
            if reason is first or (reason.kind == first.kind and reason.session_title):
                yield reason


def _evidence(reason: Reason) -> tuple[str, str]:
    if reason.kind in _OTHERS:
        return reason.kind, ""
    if reason.session_title:
        return "session", reason.session_title
    return ("declared", reason.kind) if reason.declared else ("term", "")


def _disciplines(gettext: Callable[[str], str]) -> dict[str, str]:
    """The names of ``shared.contract.events.fields.Discipline``."""
    return {
        "education": gettext("education"),
        "arts": gettext("arts"),
        "humanities": gettext("humanities"),
        "languages": gettext("languages"),
        "social-sciences": gettext("social sciences"),
        "journalism": gettext("journalism"),
        "business": gettext("business"),
        "law": gettext("law"),
        "biology": gettext("biology"),
        "environment": gettext("environment"),
        "physical-sciences": gettext("physical sciences"),
        "mathematics": gettext("mathematics"),
        "ict": gettext("information technology"),
        "engineering": gettext("engineering"),
        "manufacturing": gettext("manufacturing"),
        "architecture": gettext("architecture"),
        "agriculture": gettext("agriculture"),
        "forestry": gettext("forestry"),
        "fisheries": gettext("fisheries"),
        "veterinary": gettext("veterinary"),
        "health": gettext("health"),
        "welfare": gettext("welfare"),
        "personal-services": gettext("personal services"),
        "occupational-health": gettext("occupational health"),
        "security": gettext("security"),
        "transport": gettext("transport"),
    }
