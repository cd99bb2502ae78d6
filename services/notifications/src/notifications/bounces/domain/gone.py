"""Says in other languages than English that nobody has an address.

A sentence must name both the recipient and what happened: "unbekannter Benutzer", not "unbekannter Fehler". What happened is a
state ("gelöscht"), or the denial of what a recipient that exists is ("nicht ... gefunden"), with some words between.
Each expression is linear: its repeats are bounded, and none follows another.
"""

import re
from typing import Final

from notifications.bounces.domain.gone_words import WORDS, Words
from notifications.bounces.domain.regexes import any_folded, without_accents


def _nobody(words: Words) -> str:
    nouns = rf"mailbox|account|alias|address\b|user\b|{words.recipient}"
    who = rf"(?:(?:e-?)?mail-?|e-?post|sähköposti)?(?:{nouns})(?!への|的[邮郵]件|에게)"
    some = r"(?:[^\s.;]{1,14} ){0,4}?"
    gone = rf"{words.gone}|\b{words.denial} ?{some}(?:{words.there})"
    articles = r"[\w']{0,10}[ :]{0,2}(?:\w{1,4} ){0,2}(?:\w{1,2}')?"
    return rf"(?<![a-z]){who}[^.;。]{{0,50}}?(?:{gone})|(?:{gone}){articles}{who}|(?<![a-z])(?:{words.no}) ?(?:\w{{1,14}} )?{who}"


_NOBODY_BY_NAME: Final = any_folded(
    r"\b(?:nadie|nessuno|ningu[ée]m|niemand|nikt|nikdo|никого|никто|ingen|senki|nimeni|kimse|никой|nitko|niko|nihče|ningú)"
    r"(?: \w{1,8}){0,3} (?:con|bajo|sotto|com|sob|unter|mit|onder|met|z|pod|s|с|под|med|under|cu|ile|amb)\b",
)
NOBODY: Final = (_NOBODY_BY_NAME, *(re.compile(without_accents(_nobody(words))) for words in WORDS.values()))
"""One expression for each language, besides "nobody by that name" in all of them."""
GONE_AT_ONCE: Final = any_folded(
    r"existiert nicht|n'existe pas|no existe\b|non esiste|n[aã]o existe|bestaat niet|nie istnieje|не существует|не найден[ао]?\b",
    r"存在しません|不存在|finns inte|findes ikke|finnes ikke|ei ole olemassa|neexistuje|nem létezik|nu exist[aă]|не існує",
)
"""What happened to the recipient, as the first words of a reply."""
GONE_BY_DISUSE: Final = any_folded(
    r"(?:gesperrt|deaktiviert|geschlossen) wegen inaktivit[äa]e?t|wegen inaktivit[äa]e?t (?:gesperrt|deaktiviert|geschlossen)",
    r"(?:bloqu|ferm|d[ée]sactiv|supprim)\w{1,3} (?:pour|suite [àa]|par|en raison d'une?) ?(?:l'|d')?inactivit[ée]",
    r"(?:bloquead|desactivad|eliminad|cerrad|cancelad)[oa] por (?:falta de uso|inactividad)",
    r"(?:bloccat|disattivat|chius|cancellat)[oa] per (?:inutilizzo|inattivit[aà])",
    r"(?:bloquead|desativad|exclu[ií]d|cancelad)[oa] por (?:falta de uso|inatividade)",
    r"长期未(?:使用|登录)|长时间未(?:使用|登录)|заблокирован\w{0,2} (?:из-за|за|по причине) неактивност",
)
"""The mailbox is gone, even if the text says "blocked"."""
