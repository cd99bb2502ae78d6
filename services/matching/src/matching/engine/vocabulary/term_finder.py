"""Finds terms in prose, longest first. An ordinary word such as "go" counts only where it is used as a name."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import normalize

LONGEST = 20_000
"""How many characters of a text are read."""
MOST_WORDS = 5
"""How many words a term may have."""
NEARBY = 12
"""Within how many words a certain term confirms a doubtful one."""

_WORD = re.compile(r"(?:(?<![\w.])\.(?=[^\W\d_]))?[^\W_]+[+#]*")
_ADDRESS = re.compile(
    r"(?:https?://|www\.)[^\s<>\"')\]]+|[\w.+-]{1,64}@[\w.-]{1,255}|\b(?:github|gitlab|bitbucket|youtube|twitter|linkedin)\.com\S*"
)
"""Addresses are skipped: they name hosts, not terms."""
_PIECE = re.compile(r"\S{1,400}|\s+")
_JOINT = re.compile(r"[ \n\u00a0]|[-_./‑–]|/ | /| & | - ")
"""Separators between the words of one term."""
_LIST = re.compile(r",? (?:and|or|und|oder|et|ou|vs\.?|versus|with|mit|avec) |,? ?& ?| ?[,/+|] ?")
"""Separators between the members of a list."""
_START = re.compile(r"(?:^|[.!?:;•*\n\"“(\[–—])\s*$")
"""The end of a text before a sentence's first word."""
_FUNCTION_WORDS = frozenset(
    ["an", "are", "as", "at", "be", "by", "for", "in", "is", "it", "of", "on", "or", "the", "to", "was", "we", "were"]
)
"""Words with which no multi-word term begins: a price "in flux" is not about a database."""
_CUES_BEFORE = frozenset(["in", "using", "written", "learning", "programming"])
_CUES_AFTER = frozenset(
    [
        "language",
        "programming",
        "program",
        "programs",
        "code",
        "codebase",
        "developer",
        "developers",
        "compiler",
        "library",
        "libraries",
        "api",
        "package",
        "packages",
        "framework",
        "extension",
        "extensions",
        "bindings",
        "binding",
        "script",
        "scripts",
        "runtime",
    ]
)


_ABLE_BEFORE = frozenset(
    ["skill", "skills", "experience", "experienced", "knowledge", "expertise", "expert", "background", "trained", "degree"]
)
"""What people have in something, or with it: "experience with monitoring"."""
_ABLE_AFTER = frozenset(["skills", "expert", "experts", "expertise", "engineer", "engineers", "specialist", "specialists"])


@dataclass(slots=True)
class _Mention:
    number: int
    first: int
    last: int
    doubt: int  # 0: none; 1: an ordinary word written like a name; 2: counts only beside a cue; 3: only near one of its own cues
    cues: frozenset[str] = frozenset()


class TermFinder:
    """The terms that may count in prose, by their forms. A term is a number."""

    def __init__(self) -> None:
        self._plain: dict[str, int] = {}
        self._phrases: dict[str, int] = {}
        self._written: dict[str, tuple[int, frozenset[str], bool]] = {}  # form -> term, as it is written, whether it needs a cue
        self._senses: dict[str, frozenset[str]] = {}

    def add(
        self,
        number: int,
        plain: Iterable[str],
        phrases: Iterable[str],
        cased: Iterable[str],
        cue: Iterable[str],
        senses: Mapping[str, Iterable[str]],
    ) -> None:
        """Add a term: its plain forms, forms that are phrases, and names that count as written (``cue``: only beside a cue).

        ``senses``: forms that mean the term only near one of these words.
        """
        self._plain.update(dict.fromkeys((*plain, *senses), number))
        self._senses.update({form: frozenset(cues) for form, cues in senses.items()})
        self._phrases.update(dict.fromkeys(phrases, number))
        for names, needs_cue in ((cased, False), (cue, True)):
            for name in names:
                as_written = frozenset([name, name.upper()] if len(name) <= 3 else [name])
                self._written[name.casefold()] = (number, as_written, needs_cue)

    def find(self, text: str) -> list[int]:
        """The terms that a text names, each once, in order."""
        text = _ADDRESS.sub(" \n ", _normal(text[:LONGEST])[:LONGEST])  # one character may become 18
        words = list(_WORD.finditer(text))
        folded = [word[0].casefold() for word in words]
        named = self._mentions(text, words, folded)
        _resolve_doubts(text, words, folded, named)
        return list(dict.fromkeys(one.number for one in named if one.doubt == 0))

    def _mentions(self, text: str, words: list[re.Match[str]], folded: list[str]) -> list[_Mention]:
        joined = [bool(_JOINT.fullmatch(text, word.end(), following.start())) for word, following in pairwise(words)]
        joined.append(False)
        titled = _in_title_case(words)
        named: list[_Mention] = []
        position = 0
        while position < len(words):
            if found := self._longest(text, words, folded, joined, position, titled):
                named.append(found)
                position = found.last
            position += 1
        return named

    def _longest(
        self, text: str, words: list[re.Match[str]], folded: list[str], joined: list[bool], first: int, titled: bool
    ) -> _Mention | None:
        last = first
        while last - first < MOST_WORDS - 1 and joined[last] and words[first][0] not in _FUNCTION_WORDS:
            last += 1
        while last > first:
            form = "".join(folded[first : last + 1])
            # Short words in a row often form a term by chance: "a pi", "or m".
            joins = len(form) >= 5 or text[words[first].end()] not in " \n"
            if joins and (found := self._mention(form, first, last)):
                return found
            last -= 1
        if written := self._written.get(folded[first]):
            number, names, needs_cue = written
            word = words[first][0]
            if word not in names:
                return None
            if needs_cue:
                return _Mention(number, first, first, 2)
            like_any = word.istitle() and (
                titled or bool(_START.search(text, max(0, words[first].start() - 4), words[first].start()))
            )
            return _Mention(number, first, first, int(like_any))
        return self._mention(folded[first], first, first)

    def _mention(self, form: str, first: int, last: int) -> _Mention | None:
        """The mention of a term that these words are a form of; phrases count only if they are several."""
        for terms in (self._plain, self._phrases) if last > first else (self._plain,):
            if (known := _singular_or_plural(form, terms)) is not None:
                cues = self._senses.get(known)
                return _Mention(terms[known], first, last, 0 if cues is None else 3, cues or frozenset())
        return None


def _normal(text: str) -> str:
    """The text in NFKC, word by word: the standard library takes quadratic time to sort a long run of marks."""
    return text if text.isascii() else "".join(normalize("NFKC", piece) for piece in _PIECE.findall(text))


def _singular_or_plural(form: str, terms: Mapping[str, int]) -> str | None:
    """This form, or its singular or plural, if it is among the terms."""
    if form in terms:
        return form
    other = form[:-1] if form[-1] == "s" else form + "s"
    return other if len(form) > 4 and not form.endswith("ic") and other in terms else None


def _resolve_doubts(text: str, words: list[re.Match[str]], folded: list[str], named: list[_Mention]) -> None:
    """Clear the doubt about terms that their neighbours confirm."""
    certain = [one.first for one in named if one.doubt == 0]
    for one in named:
        before = folded[one.first - 1] if one.first else ""
        after = words[one.last + 1][0] if one.last + 1 < len(words) else ""
        if one.doubt == 3:
            if _is_skill(folded, one):
                one.doubt = 0
        elif one.doubt and (before in _CUES_BEFORE or after in _CUES_AFTER or (one.doubt == 1 and _any_near(certain, one.first))):
            one.doubt = 0
    neighbours = list(pairwise(named))
    for left, right in [*neighbours, *reversed(neighbours)]:
        listed = _LIST.fullmatch(text, words[left.last].end(), words[right.first].start())
        least, most = sorted((left.doubt, right.doubt))
        # Two neighbouring ordinary words that are both written like names confirm each other.
        if listed and least < (1 if most == 3 else 2):
            left.doubt = right.doubt = 0


def _is_skill(folded: list[str], one: _Mention) -> bool:
    """Whether words nearby say that this mention, of a word that has other senses, means the skill."""
    around = folded[max(0, one.first - NEARBY) : one.first] + folded[one.last + 1 : one.last + 1 + NEARBY]
    if one.cues.intersection(around):
        return True
    able = not _ABLE_BEFORE.isdisjoint(folded[max(0, one.first - 2) : one.first])
    return able or not _ABLE_AFTER.isdisjoint(folded[one.last + 1 : one.last + 2])


def _any_near(positions: list[int], position: int) -> bool:
    """Whether one of the sorted positions is within ``NEARBY`` words."""
    at = bisect_left(positions, position - NEARBY)
    return at < len(positions) and positions[at] <= position + NEARBY


def _in_title_case(words: list[re.Match[str]]) -> bool:
    """Whether most words begin with a capital, so that a capital does not mark a name."""
    long = [word[0] for word in words if len(word[0]) > 3]
    return sum(word[0].isupper() for word in long) > 0.6 * len(long)
