"""What the words of a refusal say, whatever its code.

Words that spare the address are asked first: "no such user, or the mailbox is full" does not say that nobody is there.
"""

import re
from typing import Final, Literal

from notifications.bounces.domain import languages, phrases
from notifications.bounces.domain.codes import BASIC, Said

_MOST: Final = 4_000
"""Characters that are looked at."""
_NO_WORDS: Final = re.compile(
    r"554 5\.0\.0 service unavailable|"  # sendmail adds it to any refusal
    r"https?://\S{1,300}|<?[^\s<>:;,()\[\]]{1,128}@[^\s<>:;,()\[\]]{1,255}>?|"  # what links and addresses are called says nothing
    r"\b[245]\d\d[ -](?:#?[245]\.\d{1,3}\.\d{1,3})?|#?[245]\.\d{1,3}\.\d{1,3}|"  # codes, which come in the middle of sentences
    r"[*_\"«»]{1,9}"
)
_LOCAL_PART: Final = re.compile(r"<[\w.+=-]{1,64}>")
"""A recipient named without the domain: "550 <ada> is disabled"."""
_ADDRESS_FIRST: Final = re.compile(r"[\s\d.#:-]{0,20}<?[^\s<>@]{1,128}@")
_HOST_NAME: Final = re.compile(r"\b(host|at|by|from|with|to) [\w-]{1,63}(?:\.[\w-]{1,63}){1,6}(?: ?\[[^\[\]]{1,60}\])?")
"""Names of servers, which may be called relay or spamfilter."""
_COMMAND: Final = re.compile(r"\b(mail from|helo|ehlo|rcpt to|end of data)\b|>>> (data)\b")
_IN_REPLY_TO: Final = re.compile(r"in reply to (?:end of )?(mail from|helo|ehlo|rcpt to|data)\b()")
_BLOCK_LISTS: Final = re.compile(
    r"spamhaus|spamcop|barracuda(?:central|networks)|sorbs|senderbase|uceprotect|dnsbl|blo?c?k?-?list|blacklist|rbl\b", re.I
)
"""Names of block lists, which often stand only in a link."""


def words(text: str) -> str:
    """A text in one line and small letters, without links, addresses, codes, and what stands in most bounces."""
    plain = text[:_MOST].replace("\u2019", "'").replace("\u2018", "'").replace("`", "'")
    small = " ".join(_NO_WORDS.sub(" ", _LOCAL_PART.sub("address", plain.lower())).split())
    small = phrases.NO_REASON.sub(" ", small)
    return " ".join(_HOST_NAME.sub(r"\1", small).split())


def clearly_nobody(text: str) -> bool:
    """Whether a sentence says that the mailbox is gone, in more words than filters use, too."""
    return phrases.CLEARLY_NOBODY.search(words(text)) is not None


def is_standard(text: str) -> bool:
    """Whether a sentence is the one that RFC 5321 has for many reasons: nobody is there, no access, a policy."""
    return phrases.STANDARD.search(words(text)) is not None


def is_there(text: str) -> bool:
    """Whether it is the mailbox that takes no mail now: it is full, or its server asks everybody to come again."""
    said = words(text)
    return _is_full(said) or re.search("gr[ae]y-?list", said) is not None


def phase(text: str) -> Literal["mail", "rcpt", "data", ""]:
    """What was refused, by the last command that this text names: the sender, the recipient, the mail itself."""
    small = " ".join(text.lower()[-_MOST:].split())
    commands = [name or other for name, other in _IN_REPLY_TO.findall(small) or _COMMAND.findall(small)]
    if not commands:
        return ""
    return "rcpt" if commands[-1] == "rcpt to" else "data" if "data" in commands[-1] else "mail"


def meaning(text: str) -> Said:
    """What a refusal says; "" where that is not understood."""
    said = words(text)
    if _BLOCK_LISTS.search(text[:_MOST]):
        return "policy"
    if phrases.BEFORE_RECIPIENT.search(said) or phrases.LIMITS_OF_OURS.search(said):
        return "policy"
    if _is_full(said):
        return "soft"
    if phrases.GONE_BY_DISUSE.search(said):
        return "hard"
    if phrases.ABOUT_US.search(said) or languages.ABOUT_US.search(said):
        return "policy"
    if phrases.NOT_NOW.search(said) or languages.NOT_NOW.search(said):
        return "soft"
    if phrases.UNSURE.search(said) or languages.UNSURE.search(said):
        return "soft"
    if phrases.NOBODY.search(said) or languages.NOBODY.search(said):
        return "hard"
    return "hard" if _begins_with_what_became_of_it(text) else ""


def _begins_with_what_became_of_it(text: str) -> bool:
    """Whether a reply leaves out whom it is about, as "550 does not exist" does: the recipient, whose command it answers.

    A reply that begins with an address names whom it is about. It may be the sender.
    """
    code = BASIC.search(text[:_MOST])
    if not code or _ADDRESS_FIRST.match(text, code.end()):
        return False
    said = words(text[code.end() :])
    return phrases.GONE_AT_ONCE.match(said) is not None or languages.GONE_AT_ONCE.match(said) is not None


def _is_full(said: str) -> bool:
    return phrases.FULL.search(said) is not None or languages.FULL.search(said) is not None
