"""Extracts the parts of a bounce's text that give the reason: the text before the copy of our mail, and the server's reply."""

import re
from collections.abc import Sequence
from typing import Final

from notifications.bounces.domain.codes import has_code
from notifications.bounces.domain.regexes import any_of

_COPY: Final = any_of(
    r"^[ \t>]{0,8}(?:[-=_*+#|]{2,80}[^\n]{0,80}(?:copy|original|unsent|returned|header|your message|"
    r"message (?:follows|text|header))|(?:(?:the )?(?:original(?! message was received)|undelivered|returned|unsent|"
    r"rejected|a copy of|the following is|below (?:this line )?is|first|header)\b[^\n]{0,60}(?:message|mail|"
    r"headers?)\b[^\n]{0,40}(?::[ \t]{0,9}$|follow|-{2,}|\.$|below))|(?:message )?(?:headers?|contents) follow|(?:received|"
    r"return-path|x-[\w-]{1,40}|mime-version|message-id|dkim-signature): )",
    flags=re.I | re.M,
)
"""Matches the beginning of a copy of our mail."""
_SUBJECT: Final = re.compile(r"^[ \t>]{0,8}subject:[^\n]{0,1000}", re.I | re.M)
"""Matches the subject of our mail, which is no reason."""
_FIELDS: Final = re.compile(r"^[ \t]{0,8}(?:reporting-mta|(?:final|original)-recipient|action):", re.I | re.M)
_PARAGRAPH: Final = re.compile(r"\n[ \t\r]{0,80}\n")
_IN_REPLY: Final = re.compile(r"\(in\s{1,9}reply[^)]{1,60}\)")
_NOT_FINAL: Final = re.compile(r"[ \t<>]{0,8}[24]\d\d[ -]")
_FOLLOWS: Final = re.compile(r"[ \t<>]{0,8}503[ -]")
"""The reply to a command that could not follow, because the one before it was refused."""
_PERMANENT: Final = re.compile(r"[ \t<>]{0,8}5\d\d[ -]")
_SAID: Final = 700
_CONTEXT: Final = 300
_MOST_SENDERS: Final = 4
"""How many addresses of ours are looked for. A bounce goes to one or two."""


_NAMED_BY: Final = re.compile(
    r"with the following header fields:[ \t]{0,9}\n(?:[ \t]{0,9}\n|[ \t]{1,9}[\w-]{2,40}: [^\n]{0,1000}\n){1,20}", re.I
)
"""Matches the fields by which a report says which mail it is about, before it says why."""


def without_copy(text: str) -> str:
    """The text before the copy of our mail."""
    text = _SUBJECT.sub("", _NAMED_BY.sub("", text))
    copy = _COPY.search(text)
    return text[: copy.start()] if copy else text


def has_copy(text: str) -> bool:
    """Whether a text ends with a copy of our mail."""
    return _COPY.search(text) is not None


def before_fields(text: str) -> str:
    """The text before the fields of a report within it."""
    fields = _FIELDS.search(text)
    return text[: fields.start()] if fields else text


def refusal(text: str) -> str:
    """The reply of the server that refused the mail: from the line of the first code to the end of its paragraph.

    A transcript may also hold answers about other recipients or earlier attempts, with a 2xx or 4xx code. They are left out if
    there is a permanent one.
    """
    code = has_code(text)
    if not code:
        return ""
    lines = _PARAGRAPH.split(text[code.start() : code.start() + _SAID], maxsplit=1)[0].split("\n")
    if not any(_PERMANENT.match(line) for line in lines):
        return "\n".join(lines)
    kept, skipping = list[str](), False
    for line in lines:
        skipping = bool(_NOT_FINAL.match(line) or (kept and _FOLLOWS.match(line))) or (skipping and not _PERMANENT.match(line))
        if not skipping:
            kept.append(line)
    return "\n".join(kept)


def with_names(text: str, recipient: str, ours: Sequence[str]) -> str:
    """The text with "address" and "domain" in place of the recipient's, and "sender" in place of ours.

    So "550 <ada@uni.example> does not exist" is about the recipient, and "550 unknown domain desk.example" about us.
    """
    if recipient:
        text = _replaced("address", text, [recipient])
    domain = _domain(recipient)
    senders = [address for address in ours[:_MOST_SENDERS] if address.lower() != recipient.lower()]
    domains = [_domain(address) for address in senders if domain and _domain(address) != domain]
    text = _at(domains, _replaced("sender", text, senders))
    text = _replaced("sender", text, domains)
    return _replaced("domain", text, [domain]) if domain and domain not in [_domain(address) for address in senders] else text


def _at(domains: Sequence[str], text: str) -> str:
    """The text with "sender" in place of each address at our domains. A server may also try our postmaster's."""
    if not domains:
        return text
    any_domain = "|".join(re.escape(domain) for domain in domains)
    address = rf"(?<![\w.+=/<-])(?<!=<)<?[\w.+/-]{{1,64}}@(?:{any_domain})>?(?![\w-]|\.\w)"
    return re.sub(address, "sender", text, flags=re.IGNORECASE)


def _replaced(word: str, text: str, names: Sequence[str]) -> str:
    """The text with the word in place of these names, except in a log line such as from=<news@desk.example>."""
    if not names:
        return text
    any_name = "|".join(re.escape(name) for name in names)
    return re.sub(rf"(?<![\w.+@=-])(?<!=<)(?:{any_name})(?![\w-]|\.\w)", word, text, flags=re.IGNORECASE)


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def command(text: str) -> str:
    """The text that names the refused command: before the first code, or in "in reply to" after it."""
    code = has_code(text)
    if not code:
        return ""
    reply = _IN_REPLY.search(refusal(text))
    return text[max(0, code.start() - _CONTEXT) : code.start()] + (reply[0] if reply else "")
