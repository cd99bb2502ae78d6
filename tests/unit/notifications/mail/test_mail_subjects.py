"""In a list of mails, where only the beginnings of subjects show, what differs looks different."""

import re
from dataclasses import replace
from difflib import SequenceMatcher
from itertools import combinations, product

import pytest

from notifications.mail.samples import samples
from notifications.mail.templates import Templates
from notifications.mail_kinds import KINDS
from shared.wording.languages import LANGUAGES, Language

TEMPLATES = Templates()
SHOWN = 30
"""How many characters of a subject a phone shows."""
ALIKE = 0.8
"""From this share of common text on, two beginnings are easily taken for each other."""
ACCEPTANCES = ("offer", "offer_reminder", "placement_confirmed", "round_result")
RECEIPTS = ("application_sent", "round_opened", "round_locked")
SMALL_WORDS = {"your", "is", "an", "to", "a", "dein", "deine", "ein", "ist", "am", "by", "bis"}


def beginnings(language: Language) -> dict[str, str]:
    """What shows of the subject of each sample, without the dates and the names of listings and rounds."""
    found = {}
    for sample in samples():
        if sample.reader.language == language:
            listing = sample.content.listing and replace(sample.content.listing, title="")
            content = replace(sample.content, listing=listing, round_name="")
            subject = TEMPLATES.write(sample.kind, sample.reader, content).subject
            subject = re.sub(r"\d+\.? (July|Juli)(, \d\d:\d\d( Uhr)? \w+)?", "", subject)
            found[sample.title] = subject.strip(" :")[:SHOWN].casefold()
    return found


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_kinds_of_mail_begin_alike(language: Language) -> None:
    shown = beginnings(language)
    kinds = {title: KINDS[title.partition("-")[0]] for title in shown}
    assert {kind.name for kind in kinds.values()} == KINDS.keys()
    alike = [
        (one, other, shown[one], shown[other])
        for one, other in combinations(shown, 2)
        if kinds[one] != kinds[other]
        and (kinds[one].role == "attendee") == (kinds[other].role == "attendee")
        and SequenceMatcher(None, shown[one], shown[other], autojunk=False).ratio() >= ALIKE
    ]
    assert not alike, "\n".join(map(str, alike))


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_acceptance_shares_no_word_with_a_receipt(language: Language) -> None:
    words = {title: set(re.findall(r"\w+", shown)) - SMALL_WORDS for title, shown in beginnings(language).items()}
    for acceptance, receipt in product(ACCEPTANCES, RECEIPTS):
        assert not words[acceptance] & words[receipt], (acceptance, receipt)
