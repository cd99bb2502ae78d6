"""Translations: complete, sure, and used."""

import re

import pytest

from shared.wording.languages import (
    LANGUAGES,
    PACKAGES,
    SOURCE,
    Language,
    catalog,
    extracted,
    language_of,
    translations,
    untranslated,
)

TRANSLATED = [language for language in LANGUAGES if language != SOURCE]
PLACEHOLDER = re.compile(r"%\((\w+)\)s")


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("de_CH.UTF-8", "de"),
        ("DE", "de"),
        ("en-US", "en"),
        ("fr", "de"),
        ("", "de"),
        (None, "de"),
        ("\ud800", "de"),
        ("den", "de"),
    ],
)
def test_the_language_is_that_of_the_locale_or_the_default(locale: str | None, language: Language) -> None:
    assert language_of(locale, "de") == language


def test_what_is_extracted_is_what_the_templates_and_python_say() -> None:
    """A loss here would make the tests below pass for nothing."""
    texts = {(message.context, message.id) for message in (*extracted("notifications"), *extracted("shared"))}
    assert (None, "You have an offer") in texts, "of a template"
    assert ("host", "Hello,") in texts, "with its context"
    assert (None, "You met one of its mentors") in {(context, id[0]) for context, id in texts if isinstance(id, tuple)}, (
        "of Python"
    )
    assert len(texts) > 150


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated_and_none_is_left_over(language: Language, package: str) -> None:
    texts = catalog(language, package)
    wanted = {(message.context, message.id) for message in extracted(package) if message.id}
    assert {(message.context, message.id) for message in texts if message.id} == wanted, (
        "run python -m shared.wording.languages update"
    )
    assert [message.id for message in untranslated(texts)] == []
    assert [message.id for message in texts if message.fuzzy] == []
    assert not texts.obsolete


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_names_what_the_text_names(language: Language, package: str) -> None:
    for message in catalog(language, package):
        if not message.id:
            continue
        ids = [message.id] if isinstance(message.id, str) else list(message.id)
        strings = [message.string] if isinstance(message.string, str) else list(message.string or ())
        for id, string in zip(ids, strings, strict=True):
            wanted, found = sorted(PLACEHOLDER.findall(id)), sorted(PLACEHOLDER.findall(string or ""))
            # A refusal, which has no capital, also tells programs what is only for them, such as a route.
            assert found == wanted or (not id[0].isupper() and set(found) <= set(wanted)), id
            assert id.endswith((".", ":", "?", ",")) == (string or "").endswith((".", ":", "?", ",")), id


@pytest.mark.parametrize("package", PACKAGES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_are_plain_and_calm(language: Language, package: str) -> None:
    """The same text stands in HTML and in plain text, so it has no markup."""
    for message in extracted(package) if language == SOURCE else catalog(language, package):
        forms = message.id if language == SOURCE else message.string
        for text in [forms] if isinstance(forms, str) else forms or ():
            if message.id:
                assert not re.search(r"[<>&!]|\s{2}|^\s|\s$", text), text


def test_compiled_in_memory_texts_and_plurals_are_found() -> None:
    german = translations("de", "notifications")
    assert german.gettext("You have an offer") == "Du hast ein Angebot"
    assert german.pgettext("host", "Hello,") == "Guten Tag,"
    counted = [german.ngettext("%(count)s offer", "%(count)s offers", count) for count in (0, 1, 2)]
    assert counted == ["%(count)s Angebote", "%(count)s Angebot", "%(count)s Angebote"]
    assert translations("en").ngettext("%(count)s offer", "%(count)s offers", 1) == "%(count)s offer"
