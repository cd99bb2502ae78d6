"""The languages of mails and pages.

Texts are written in English: in the templates by ``{% trans %}``, in Python by ``gettext``, ``ngettext`` or ``pgettext``. The
other languages are in ``locale/LANGUAGE/LC_MESSAGES/notifications.po``. Whoever adds or changes a text runs

    python -m notifications.mail.languages update

which brings these files up to date, and then translates what it lists. German says "du" to attendees, "Sie" to hosts and mentors;
where both are told the same in English, the text for hosts has the context "host": ``{% trans "host" %}``. A test fails while
anything is missing, doubtful or not used any more.
"""

import sys
from dataclasses import dataclass
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final, Literal, get_args

from babel import Locale
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

Language = Literal["en", "de"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
SOURCE: Final[Language] = "en"
"""The language in which the texts are written."""

_PACKAGE: Final = Path(__file__).parent.parent
_TEMPLATES: Final = ("templates/**.html", "templates/**.txt")
_METHODS: Final = [("**.py", "python"), *((pattern, "jinja2.ext:babel_extract") for pattern in _TEMPLATES)]
_OPTIONS: Final = {pattern: {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"} for pattern in _TEMPLATES}


@dataclass(frozen=True, slots=True)
class DateForms:
    """How a language writes dates: patterns of Unicode's CLDR, and what comes between and after them."""

    locale: Locale
    day: str
    short_day: str
    time: str
    """With ``{}`` for the hours and minutes."""
    until: str
    """Between the beginning and the end of something."""


DATE_FORMS: Final[dict[Language, DateForms]] = {
    "en": DateForms(Locale("en", "GB"), "EEEE d MMMM y", "d MMMM", "{}", "to"),
    "de": DateForms(Locale("de"), "EEEE, d. MMMM y", "d. MMMM", "{} Uhr", "bis"),
}


def language_of(locale: str | None, default: Language) -> Language:
    """The language for people of this locale (``de``, ``de-AT``, ``de_CH.UTF-8``); the default where there is none for them."""
    wanted = (locale or "").replace("_", "-").partition("-")[0].strip().lower()
    return next((language for language in LANGUAGES if language == wanted), default)


def translations(language: Language) -> NullTranslations:
    """The texts in this language, compiled in memory."""
    if language == SOURCE:
        return NullTranslations()
    compiled = BytesIO()
    write_mo(compiled, catalog(language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def catalog(language: Language) -> Catalog:
    """The translations into this language, as they are in its file."""
    with _path(language).open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def extracted() -> Catalog:
    """Every text in the templates and in Python."""
    found = Catalog(project="notifications", charset="utf-8")
    for file, _, message, comments, context in extract_from_dir(_PACKAGE, _METHODS, _OPTIONS):
        # Without line numbers: a line more above would otherwise change the file.
        found.add(message, locations=[(file, 0)], auto_comments=comments, context=context)
    return found


def untranslated(texts: Catalog) -> list[Message]:
    """Those of the texts that have no translation, or not all of its plural forms."""
    return [message for message in texts if message.id and not all(_forms(message))]


def _forms(message: Message) -> list[str]:
    """The translation, and where there are plural forms, all of these."""
    return [message.string or ""] if isinstance(message.string, str | None) else list(message.string)


def _path(language: Language) -> Path:
    return _PACKAGE / "locale" / language / "LC_MESSAGES" / "notifications.po"


def _update() -> int:
    """Bring the files up to date; list what is to be translated. Returns how much that is."""
    missing = 0
    for language in LANGUAGES:
        if language == SOURCE:
            continue
        texts = catalog(language) if _path(language).exists() else Catalog(locale=language)
        texts.update(extracted(), no_fuzzy_matching=True, update_creation_date=False)
        texts.obsolete.clear()
        texts.project, texts.version, texts.last_translator = "Opportunity Desk notifications", "", "Opportunity Desk"
        texts.header_comment = "# Brought up to date by: python -m notifications.mail.languages update"
        texts.msgid_bugs_address, texts.revision_date, texts.fuzzy = "", texts.creation_date, False
        with _path(language).open("wb") as file:
            write_po(file, texts, width=120, sort_output=True, include_lineno=False)
        for message in untranslated(texts):
            missing += 1
            sys.stdout.write(f"{language}: {message.context + ': ' if message.context else ''}{message.id}\n")
    return missing


if __name__ == "__main__":
    if sys.argv[1:] != ["update"]:
        sys.exit(__doc__)
    sys.exit(1 if _update() else 0)
