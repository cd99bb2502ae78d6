"""The languages of mails and pages.

Texts are written in English: in templates with ``{% trans %}``, in Python with ``gettext``, ``ngettext``,
``pgettext``, ``translatable`` or ``Worded``. The
translations of a package are in its ``locale/LANGUAGE/LC_MESSAGES/PACKAGE.po``. After adding or changing a text, run

    python -m shared.wording.languages update

and translate what it lists. German says "du" to attendees and "Sie" to hosts, mentors and organizers. If both get the same
English text, the text for the others has the context "host": ``{% trans "host" %}``. A test fails while a translation is missing,
fuzzy or unused.
"""

import sys
from dataclasses import dataclass
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Final, Literal, get_args

from babel import Locale
from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

Language = Literal["en", "de"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
SOURCE: Final[Language] = "en"
"""The language in which texts are written."""
OWN_NAMES: Final[dict[Language, str]] = {"en": "English", "de": "Deutsch"}
PACKAGES: Final = ("shared", "registration", "listings", "matching", "notifications")
"""The packages that have texts."""

_KEYWORDS: Final = DEFAULT_KEYWORDS | {"translatable": None, "Worded": None}
_TEMPLATES: Final = ("**/templates/**.html", "templates/**.html", "templates/**.txt")
_METHODS: Final = [("**.py", "python"), *((pattern, "jinja2.ext:babel_extract") for pattern in _TEMPLATES)]
_OPTIONS: Final = {pattern: {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"} for pattern in _TEMPLATES}


@dataclass(frozen=True, slots=True)
class DateForms:
    """How a language writes dates: CLDR patterns, and the words around them."""

    locale: Locale
    day: str
    short_day: str
    brief_day: str
    time: str
    """``{}`` is replaced by hours and minutes."""
    until: str
    """The word between a start and an end."""


DATE_FORMS: Final[dict[Language, DateForms]] = {
    "en": DateForms(Locale("en", "GB"), "EEEE d MMMM y", "d MMMM", "EEE d MMMM", "{}", "to"),
    "de": DateForms(Locale("de"), "EEEE, d. MMMM y", "d. MMMM", "EEE, d. MMMM", "{} Uhr", "bis"),
}


def translatable(text: str) -> str:
    """Marks a text that is translated only when it is shown."""
    return text


def language_of(locale: str | None, default: Language) -> Language:
    """The language for a locale such as ``de``, ``de-AT`` or ``de_CH.UTF-8``; the default if it is not available."""
    wanted = (locale or "").replace("_", "-").partition("-")[0].strip().lower()
    return next((language for language in LANGUAGES if language == wanted), default)


@lru_cache
def translations(language: Language, package: str = "shared") -> NullTranslations:
    """The translations of this package's texts into this language, with those of ``shared``, compiled in memory once."""
    if language == SOURCE:
        return NullTranslations()
    found = _compiled(language, package)
    if package != "shared":
        found.add_fallback(_compiled(language, "shared"))
    return found


def catalog(language: Language, package: str) -> Catalog:
    """The translations of this package's texts, read from their file."""
    with _path(language, package).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def extracted(package: str) -> Catalog:
    """All texts in the package's templates and Python modules."""
    found = Catalog(project=package, charset="utf-8")
    for file, _, message, comments, context in extract_from_dir(_directory(package), _METHODS, _OPTIONS, _KEYWORDS):
        # Without line numbers, so that the file changes only if a text does.
        found.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    return found


def untranslated(texts: Catalog) -> list[Message]:
    """The texts without a translation, or without one of its plural forms."""
    return [message for message in texts if message.id and not all(_forms(message))]


def _forms(message: Message) -> list[str]:
    """The translation in all of its plural forms."""
    return [message.string or ""] if isinstance(message.string, str | None) else list(message.string)


def _compiled(language: Language, package: str) -> GNUTranslations:
    compiled = BytesIO()
    write_mo(compiled, catalog(language, package))
    compiled.seek(0)
    return GNUTranslations(compiled)


def _directory(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or spec.origin is None:
        raise LookupError(f"the package {package!r} is not installed")
    return Path(spec.origin).parent


def _path(language: Language, package: str) -> Path:
    return _directory(package) / "locale" / language / "LC_MESSAGES" / f"{package}.po"


def _update(package: str) -> int:
    """Update the files of a package, and list the texts to translate. Returns their number."""
    missing = 0
    for language in LANGUAGES:
        if language == SOURCE:
            continue
        path = _path(language, package)
        texts = catalog(language, package) if path.exists() else Catalog(locale=language)
        texts.update(extracted(package), no_fuzzy_matching=True, update_creation_date=False)
        texts.obsolete.clear()
        texts.project, texts.version, texts.last_translator = f"Opportunity Desk {package}", "", "Opportunity Desk"
        texts.header_comment = "# Brought up to date by: python -m shared.wording.languages update"
        texts.msgid_bugs_address, texts.revision_date, texts.fuzzy = "", texts.creation_date, False
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            write_po(file, texts, width=120, sort_output=True, include_lineno=False)
        for message in untranslated(texts):
            missing += 1
            sys.stdout.write(f"{package}, {language}: {message.context + ': ' if message.context else ''}{message.id}\n")
    return missing


if __name__ == "__main__":
    if sys.argv[1:2] != ["update"]:
        sys.exit(__doc__)
    sys.exit(1 if sum(map(_update, sys.argv[2:] or PACKAGES)) else 0)
