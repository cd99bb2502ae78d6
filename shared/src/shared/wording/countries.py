"""Countries: by their codes in events, by their names in pages. Pure."""

from functools import cache
from typing import Final

from shared.wording.languages import DATE_FORMS, LANGUAGES, Language

_NONE: Final = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
"""Codes of CLDR that stand for no country."""
_ALSO: Final = {"uk": "GB", "usa": "US"}
"""What people write besides codes and names."""


def country_name(code: str, language: Language) -> str:
    """``Germany`` for ``DE``; the code itself if it stands for no country."""
    return _names(language).get(code, code)


def country_code(written: str, language: Language) -> str | None:
    """The code of a country by its name, in this language if it has one there, or by its code; None if there is none."""
    return _codes(language).get(_key(written))


def _key(written: str) -> str:
    return " ".join(written.casefold().split())


@cache
def _names(language: Language) -> dict[str, str]:
    territories = DATE_FORMS[language].locale.territories
    return {code: str(name) for code, name in territories.items() if len(code) == 2 and code not in _NONE}


@cache
def _codes(language: Language) -> dict[str, str]:
    codes = dict(_ALSO)
    for one in (*(other for other in LANGUAGES if other != language), language):
        for code, name in _names(one).items():
            codes |= {_key(code): code, _key(name): code}
    return codes
