"""Interprets the words of a refusal, whatever its code.

Words that spare the address are asked first: "no such user, or the mailbox is full" does not say that nobody is there.
"""

import re
from typing import Final, Literal

from notifications.bounces.domain import gone, gone_english, languages, phrases
from notifications.bounces.domain.codes import BASIC, Meaning
from notifications.bounces.domain.regexes import without_accents

Command = Literal["mail", "rcpt", "data", ""]
"""What a server refused: the sender, the recipient, or the mail itself. "": unknown."""

_MOST: Final = 3_000
"""Characters of a text that are read."""
_OF_AN_ADDRESS: Final = r"[^\s<>:;,()\[\]\u3000-\u9fff\uac00-\ud7af\uff00-\uffef]"
"""Chinese, Japanese and Korean texts write addresses without a space between."""
_ADDRESS: Final = re.compile(rf"<?{_OF_AN_ADDRESS}{{1,128}}@{_OF_AN_ADDRESS}{{1,255}}>?")
_NO_WORDS: Final = re.compile(
    r"554 5\.0\.0 service unavailable|"  # sendmail adds it to any refusal
    rf"https?://\S{{1,300}}|\bname=\S{{1,255}}|{_ADDRESS.pattern}|"  # what links, domains and addresses are called says nothing
    r"\b[245]\d\d[ -](?:#?[245]\.\d{1,3}\.\d{1,3})?|#?(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?!\.?\d)|"
    r""  # codes, which come in the middle of sentences
    r"[*_\"«»]{1,9}"
)
_LOCAL_PART: Final = re.compile(r"<[\w.+=-]{1,64}>")
"""A recipient named without the domain: "550 <ada> is disabled"."""
_HOST_NAME: Final = re.compile(r"\b(host|at|by|from|with|to) [\w-]{1,63}(?:\.[\w-]{1,63}){1,6}(?: ?\[[^\[\]]{1,60}\])?")
"""Matches names of servers. One may be called relay or spamfilter, which is no reason."""
_JOINED: Final = re.compile(r"(?<=[a-z]{2})(?=[A-Z][a-z])")
"""Between the words of a name such as "UserNotFound"."""
_EMPTY: Final = re.compile(r"\( ?(?:address)? ?\)")
"""Brackets that held an address, as in "user ada (ada@uni.example) does not exist"."""
_INNER_DOT: Final = re.compile(r"(?<=\w)\.(?=[a-z0-9])")
"""A dot within a name, such as "uni.example", which ends no sentence."""
_COMMAND: Final = re.compile(r"\b(mail from|helo|ehlo|rcpt to|end of data)\b|>>> (data)\b")
_SENDER_LINE: Final = re.compile(
    r"^[ \t]{0,9}(?:from|sender|return-path|absender|von|exp[ée]diteur|remitente|mittente|remetente|afzender|nadawca|"
    r"отправитель|发件人|發件人|差出人|送信者|보낸 사람)[ \t]{0,9}[:：][^\n@]{0,200}@[^\s]{1,255}[ \t]{0,9}$",
    re.M,
)
"""A line that only names the sender, as some servers list what they know of the mail."""
_PARAGRAPH: Final = re.compile(
    r"\n[ \t\r]{0,80}\n|smtp error from remote mail(?:er| server) after \w{1,12}(?: \w{1,12}:<?[^\s>]{0,320}>?)?[^\n:]{0,80}:"
)
"""Matches what separates sentences though it is no full stop, such as the words before a reply that Exim quotes."""
_SENTENCE_END: Final = re.compile(r"(?<![.!?])[.!?](?= |$)|[。！？]")
_PART_END: Final = re.compile(r"(?<![.!?;()])[.!?;()]++(?= |$)|[。！？；（）]++")
_CLAUSE_END: Final = re.compile(r"[.;()|；（），、]+|[,:：](?= |$)| - ")
_QMAIL: Final[tuple[tuple[Command, re.Pattern[str]], ...]] = (
    ("mail", re.compile(r"\bbut (?:sender|my name) was rejected|\bbut greeting failed")),
    ("rcpt", re.compile(r"does not like recipient")),
    ("data", re.compile(r"failed (?:after i sent the message|on data command)")),
)
"""How qmail names the refused command."""
_IN_REPLY_TO: Final = re.compile(r"in reply to (?:end of )?(mail from|helo|ehlo|rcpt to|data)\b()")
_BLOCK_LISTS: Final = re.compile(
    r"spamhaus|spamcop|barracuda(?:central|networks)|sorbs|senderbase|uceprotect|dnsbl|blo?c?k?-?list|blacklist|rbl\b", re.I
)
"""Matches names of block lists, which are often only in a link."""


def words(text: str) -> str:
    """A text in one line and lower case, without links, addresses, codes, and phrases that most bounces have."""
    plain = text[:_MOST].replace("\u2019", "'").replace("\u2018", "'").replace("`", "'")
    small = _SENDER_LINE.sub(" ", _PARAGRAPH.sub(" . ", without_accents(_JOINED.sub(" ", plain).lower())))
    small = " ".join(_NO_WORDS.sub(" ", _LOCAL_PART.sub("address", small)).split())
    small = " ".join(_INNER_DOT.sub("-", _EMPTY.sub(" ", _HOST_NAME.sub(r"\1", small))).split())
    small = languages.MAIL_TO_SOMEBODY.sub("mail", phrases.MAIL_TO_SOMEBODY.sub("mail", small))
    return " ".join(languages.NO_REASON.sub(" ", phrases.NO_REASON.sub(" ", small)).split())


def clearly_nobody(text: str) -> bool:
    """Whether a text says clearly that the mailbox is gone. Filters, too, say "user unknown"."""
    return phrases.CLEARLY_NOBODY.search(words(text)) is not None


def agrees(text: str) -> bool:
    """Whether a part of a text says that nobody is there, where a code says so too. Advice and names beside it do not count."""
    small = words(text)
    if _BLOCK_LISTS.search(text[:_MOST]) or _has(small, phrases.SENDER, languages.SENDER, phrases.NOT_NOW, languages.NOT_NOW):
        return False
    about_us = (phrases.ABOUT_US, languages.ABOUT_US, phrases.TOPICS, languages.TOPICS, phrases.UNSURE, languages.UNSURE)
    return any(_has(part, gone_english.NOBODY, *gone.NOBODY) and not _has(part, *about_us) for part in _PART_END.split(small))


def is_standard(text: str) -> bool:
    """Whether a text is the standard sentence of RFC 5321 for several reasons: no such mailbox, no access, a policy."""
    return phrases.STANDARD.search(words(text)) is not None


def is_there(text: str) -> bool:
    """Whether the mailbox exists but takes no mail now: it is full, or its server greylists."""
    sentence = words(text)
    return _has(sentence, phrases.FULL, languages.FULL) or re.search("gr[ae]y-?list", sentence) is not None


def phase(text: str) -> Command:
    """The refused command, by the last one that a text names: that of the sender, of the recipient, or of the mail itself."""
    small = " ".join(text.lower()[-_MOST:].split())
    commands = [name or other for name, other in _IN_REPLY_TO.findall(small) or _COMMAND.findall(small)]
    if not commands:
        return next((command for command, named in _QMAIL if named.search(small)), "")
    return "rcpt" if commands[-1] == "rcpt to" else "data" if "data" in commands[-1] else "mail"


def meaning(text: str) -> Meaning:
    """What a refusal means; "" if it is not understood.

    Words that spare the address count wherever they are, unless another sentence says plainly that nobody is there.
    """
    small = words(text)
    if _BLOCK_LISTS.search(text[:_MOST]) or _has(small, phrases.BEFORE_RECIPIENT, phrases.LIMITS_OF_OURS):
        return "policy"
    if _has(small, phrases.FULL, languages.FULL):
        return "soft"
    if _has(small, phrases.GONE_BY_DISUSE, gone.GONE_BY_DISUSE):
        return "hard"
    doubtful = _has(small, phrases.SENDER, languages.SENDER, phrases.UNSURE, languages.UNSURE)
    if not doubtful and any(_says_nobody(sentence) for sentence in _SENTENCE_END.split(small)):
        return "hard"
    if _has(small, phrases.SENDER, languages.SENDER, phrases.ABOUT_US, languages.ABOUT_US):
        return "policy"
    if _has(small, phrases.NOT_NOW, languages.NOT_NOW, phrases.UNSURE, languages.UNSURE):
        return "soft"
    if _has(small, phrases.TOPICS, languages.TOPICS):
        return "policy"
    if _has(small, phrases.GUESSES):
        return "soft"
    if _has(small, gone_english.NOBODY, *gone.NOBODY, phrases.PROBABLY_NOBODY) or _begins_with_what_became_of_it(text):
        return "hard"
    return ""


def _begins_with_what_became_of_it(text: str) -> bool:
    """Whether a reply such as "550 does not exist" leaves out its subject, which is the recipient.

    A reply that begins with an address has a subject, which may be the sender.
    """
    code = BASIC.search(text[:_MOST])
    if not code:
        return False
    address = _ADDRESS.search(text, code.end(), _MOST)
    if address and not words(text[code.end() : address.start()]):
        return False
    sentence = words(text[code.end() :])
    return phrases.GONE_AT_ONCE.match(sentence) is not None or gone.GONE_AT_ONCE.match(sentence) is not None


def _says_nobody(sentence: str) -> bool:
    """Whether a sentence says plainly that nobody is there.

    Topics count only in the same part of it: "user unknown (security filter)" is plain.
    """
    if _has(sentence, phrases.ABOUT_US, languages.ABOUT_US, phrases.NOT_NOW, languages.NOT_NOW):
        return False
    return any(
        _has(clause, gone_english.NOBODY, *gone.NOBODY) and not _has(clause, phrases.TOPICS, languages.TOPICS, phrases.GUESSES)
        for clause in _CLAUSE_END.split(sentence)
    )


def _has(text: str, *tables: re.Pattern[str]) -> bool:
    return any(table.search(text) for table in tables)
