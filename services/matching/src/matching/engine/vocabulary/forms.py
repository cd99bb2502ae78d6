"""Normal forms of terms: spellings that differ only in case, separators or ending get the same form."""

import re
import unicodedata
from collections.abc import Iterator

LONGEST = 200
"""How many characters of a term are read."""

_DROPPED = frozenset("'’`´\u00ad\u200b\u200c\u200d\ufeff")
_KEPT = frozenset("+#")


class _Letters(dict[int, str | None]):
    """A table for ``str.translate``: keeps letters, marks, numbers, + and #, drops apostrophes, makes all else a space."""

    def __missing__(self, code: int) -> str | None:
        char = chr(code)
        kept = char in _KEPT or unicodedata.category(char)[0] in "LMN"
        replacement = char if kept else None if char in _DROPPED else " "
        if code < 0x3000:  # rare characters are not cached: hostile text would fill the memory
            self[code] = replacement
        return replacement


_LETTERS = _Letters({0: "."})  # NUL stands for the dot of .NET while other dots are taken out
_LEADING_DOT = re.compile(r"(?<!\S)\.(?=[^\W\d_])")


def words(text: str) -> str:
    """The words of a term in lower case, separated by single spaces: ``Scikit-Learn`` and ``scikit  learn`` are equal.

    At most ``LONGEST`` characters. Idempotent.
    """
    text = unicodedata.normalize("NFKC", text[: 2 * LONGEST])
    text = unicodedata.normalize("NFKC", text.casefold())
    text = text.replace(" & ", " and ")
    text = _LEADING_DOT.sub("\0", text.replace("\0", " ")).translate(_LETTERS)
    # Once more: a dropped character may have separated a letter from its mark.
    text = " ".join(unicodedata.normalize("NFKC", text).split())
    return text[:LONGEST].rstrip()


def compact(spaced: str) -> str:
    """The form by which a term is looked up: its words without spaces, so that ``node js`` is ``nodejs``."""
    joined = spaced.replace(" ", "")
    return joined[:1] + joined[1:].replace(".", "")  # .NET keeps its dot, ASP .NET is ASP.NET


def form(text: str) -> str:
    """The normal form of a term as somebody wrote it."""
    return compact(words(text))


def singular(spaced: str) -> str:
    """The words with the last one in the singular, if that is safe; otherwise unchanged."""
    last = spaced.rpartition(" ")[2]
    if len(last) < 4 or last[-1] != "s" or last[-2] in "suiao" or not last[-2].isalpha():
        return spaced
    return spaced[:-3] + "y" if last.endswith("ies") and len(last) > 4 else spaced[:-1]


_VERSION = re.compile(r"(?<=\w) ?v?\d+( \d+| x)*\+?$")
_KIND = re.compile(r" (programming|scripting|coding|programming language|language|framework|library|basics|fundamentals)$")
_VENDOR = re.compile(
    r"^(adobe|amazon|apache|aws|esri|google|hashicorp|ibm|jetbrains|microsoft|mozilla|ms|nvidia|oracle|sap) (?=\S\S)"
)
_BRACKETS = re.compile(r"^(.*\S)\s*[(\[]([^()\[\]]+)[)\]]\s*$")


def variants(text: str, spaced: str) -> Iterator[str]:
    """Other forms by which a term may be known, the nearest first, at most ten. ``spaced``: the term's ``words``."""
    one = singular(spaced)
    if one != spaced:
        yield compact(one)
    elif spaced.endswith("s"):
        yield compact(spaced)[:-1]  # "GPUs" may be unknown while "GPU" is known
    if len(one) > 2 and not one.endswith("ic"):  # "algorithmic" does not mean "algorithm", nor "economic" "economics"
        yield compact(one) + "s"
    if brackets := _BRACKETS.match(text[:LONGEST]):  # Amazon Web Services (AWS)
        yield form(brackets[1])
        yield form(brackets[2])
    shorter = _VERSION.sub("", one) if len(one) <= LONGEST else one  # Python 3.12
    if shorter != one and len(shorter) > 2:
        yield compact(shorter)
    plain = _KIND.sub("", shorter)  # Java programming
    if plain != shorter:
        yield compact(plain)
    own = _VENDOR.sub("", plain)  # Google TensorFlow
    if own != plain:
        yield compact(own)
