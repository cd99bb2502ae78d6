"""What a mail to the bounce address says: that a mail of ours came back and why, or was called unwanted. Pure.

Read are delivery status notifications (RFC 3464, RFC 6533), the bounces of servers that write none (by ``flufl.bounce``),
feedback reports (ARF, RFC 5965), and automatic replies (RFC 3834), which mean nothing.
"""

import email
import logging
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from email.message import Message
from typing import Final, Literal

from flufl.bounce import all_failures

from notifications.domain.replies import about_us

Understood = Literal[
    "hard_bounce",
    "soft_bounce",
    "policy_bounce",
    "delayed",
    "delivered",
    "complaint",
    "not_spam",
    "unsubscribe",
    "automatic_reply",
    "other",
]
"""hard: there is no such address. soft: it took no mail this time, as its mailbox is full. policy: it is us that the server
does not take mail from, or what we wrote. The first three are final: the mail did not arrive."""

# Its log lines are those of a developer, and a trace of it would show addresses.
logging.getLogger("flufl.bounce").setLevel(logging.CRITICAL + 1)

_CAME_TO: Final = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
_MOST: Final = 20
"""Of addresses that are looked at."""
_MOST_PARTS: Final = 500
"""Of a mail that is read at all: reports have about ten."""
_TEXT: Final = 20_000
"""Characters of a bounce without a form that are looked at."""

_ENHANCED: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?!\.?\d)")
_CODE: Final = re.compile(r"(?<![\d.])([45])\d\d(?=[ \-#])")
_MESSAGE_ID: Final = re.compile(r"<([0-9A-Fa-f]{32})@[^<>\s]*>")
_COPIED_ID: Final = re.compile(r"^[> ]*Message-ID:\s*(<[^<>\s]+>)", re.IGNORECASE | re.MULTILINE)
_COPIED_SENDER: Final = re.compile(r"^[> ]*Return-Path:\s*<([^<>\s]+)>", re.IGNORECASE | re.MULTILINE)
_DELIVERY_STATUS: Final = ("message/delivery-status", "message/global-delivery-status")
_PARAGRAPH: Final = re.compile(r"\r?\n[ \t]*\r?\n")
_JUNK: Final = re.compile(r"complaint about message from [\d.:a-f]+$", re.I)
"""The subject of Microsoft's complaints (JMRP) where they are not set to be in ARF: our mail is attached, and nothing else."""
_CONTENT: Final = re.compile(r"content|virus", re.I)
_FULL: Final = re.compile(r"quota|(?:mail)?box(?: is|'s)? full|is full|insufficient (?:system )?(?:storage|resources)", re.I)


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail said, and by what to find which of our mails it is about."""

    understood: Understood
    status: str = ""
    """The enhanced status code (RFC 3463) of a bounce, such as 5.1.1."""
    came_to: tuple[str, ...] = ()
    """The addresses at which it arrived, the surest first; then those that its copy of our mail bears."""
    tokens: tuple[str, ...] = ()
    """Those in the Message-ID of its copy of our mail."""
    failed_at: str = ""
    """The address that a report (DSN) says it could not be delivered to: another than ours was forwarded to."""
    fault: str = ""
    """The type of the error at which reading ended; what was read before counts."""


def read(raw: bytes, recipient: str = "") -> Report:
    """Understand a mail as it came; whatever it holds, it fails at nothing. ``recipient``: of its envelope, where known."""
    addresses, tokens = [recipient], list[str]()
    report = Report("other")
    try:
        if raw.count(b"\n--") > _MOST_PARTS:
            raise ValueError("no report is like that")
        mail = email.message_from_bytes(raw)
        addresses += _values(mail, _CAME_TO)
        parts = list(mail.walk())
        for ours in _ours(parts):
            addresses += _values(ours, ("Original-Mail-From", "Return-Path"))
            tokens += _MESSAGE_ID.findall(_field(ours, "Message-ID"))
        report = _understand(mail, parts)
    except Exception as error:  # noqa: BLE001 - strangers' mails break the libraries in many ways: headers, nesting, charsets
        report = Report("other", fault=type(error).__name__)
    came_to = tuple(dict.fromkeys(address for address in addresses if address))[:_MOST]
    return replace(report, came_to=came_to, tokens=tuple(dict.fromkeys(token.lower() for token in tokens))[:_MOST])


def _understand(mail: Message, parts: list[Message]) -> Report:
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            return Report(_complaint(part))
    if _JUNK.match(_field(mail, "Subject")):
        return Report("complaint")
    for part in parts:
        if part.get_content_type() in _DELIVERY_STATUS and part.is_multipart():
            return _delivery_status(_blocks(part))
    if _is_automatic(mail):
        return Report("automatic_reply")
    return _unformed(mail, parts)


def _complaint(part: Message) -> Understood:
    fields = part.get_payload(0) if part.is_multipart() else part
    kind = _field(fields, "Feedback-Type").lower() if isinstance(fields, Message) else ""
    if kind == "not-spam":
        return "not_spam"
    # RFC 6591: these tell of our own signatures, not of what somebody wants.
    return "policy_bounce" if kind in ("auth-failure", "virus") else "complaint"


def _blocks(part: Message) -> list[Message]:
    """The fields of the report, then those of each recipient."""
    blocks = [block for block in part.get_payload() if isinstance(block, Message)]
    if part.get_content_type() == "message/global-delivery-status":  # the library takes all after the first for its text
        blocks += [email.message_from_string(text) for text in _PARAGRAPH.split(_payload(blocks[0]))]
    return blocks


def _delivery_status(blocks: Iterable[Message]) -> Report:
    """Each mail of ours has one recipient: that of a list behind it that failed does not make the others fail, yet says more."""
    found: Understood = "other"
    for block in blocks:
        action = _field(block, "Action").lower()
        if action.startswith(("fail", "error")):
            diagnostic = _field(block, "Diagnostic-Code")
            status = _status(_field(block, "Status"), diagnostic)
            failed = next(iter(_values(block, ["Final-Recipient"])), "")
            return Report(why(status, diagnostic), status, failed_at=failed)
        if action.startswith("delayed"):
            found = "delayed"
        elif found == "other" and action.startswith(("delivered", "relayed", "expanded")):
            found = "delivered"
    return Report(found)


def _unformed(mail: Message, parts: list[Message]) -> Report:
    """A bounce in words only."""
    temporary, permanent = all_failures(mail)
    if permanent:
        said = _said(_text(parts))
        status = _status("", said)
        return Report(why(status, said), status)
    return Report("delayed" if temporary else "other")


def why(status: str, said: str) -> Literal["hard_bounce", "soft_bounce", "policy_bounce"]:
    """Why a mail came back, by its enhanced status code (RFC 3463; "" where there was none).

    ``said``: the server's words, which count where the code is one of the general ones.
    """
    kind, subject, detail = map(int, (status or "5.0.0").split("."))
    if kind != 5:
        return "soft_bounce"
    if detail == 0 and subject < 6:
        if _FULL.search(said):
            return "soft_bounce"
        if about_us(said) or _CONTENT.search(said):
            return "policy_bounce"
        return "hard_bounce" if subject in (0, 1, 5) else "soft_bounce"
    match subject, detail:
        case (1, 7 | 8) | (2, 3) | (3, 4) | (4, 5) | (5 | 6 | 7, _):  # our address, mail's size or form, number, reputation
            return "policy_bounce"
        case (1, 9):
            return "soft_bounce"
        case (1, _) | (2, 1) | (4, 4 | 310):  # also: a mailbox that was shut, a domain that is not there (310: Exchange)
            return "hard_bounce"
        case _:
            return "soft_bounce"


def _status(stated: str, said: str) -> str:
    """The most special code there is: servers in between like to state 5.0.0, and quote the last one's better code."""
    codes = [".".join(found.groups()) for text in (stated, said) for found in _ENHANCED.finditer(text) if found[1] != "2"]
    for code in codes:
        if not code.endswith(".0"):
            return code
    if codes:
        return codes[0]
    basic = _CODE.search(said)
    return f"{basic[1]}.0.0" if basic else ""


def _said(text: str) -> str:
    """The words of the server that refused the mail: from the first code to the end of its paragraph, as our mail may follow."""
    code = _CODE.search(text) or _ENHANCED.search(text)
    return _PARAGRAPH.split(text[code.start() : code.start() + 500], 1)[0] if code else ""


def _is_automatic(mail: Message) -> bool:
    """Whether somebody's program replied, as those do that say that somebody is on holiday, or that a mail was read."""
    if mail.get_content_type() == "multipart/report" and str(mail.get_param("report-type", "")) == "disposition-notification":
        return True
    submitted = _field(mail, "Auto-Submitted").lower()
    if submitted.startswith("auto-replied") and not _field(mail, "X-Failed-Recipients"):
        return True
    if any(name in mail for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder")):
        return True
    return _field(mail, "Precedence").lower() in ("auto_reply", "auto-reply")


def _ours(parts: list[Message]) -> Iterator[Message]:
    """The headers of our mail as the report has them: whole, its headers alone, or what the report's own fields say."""
    for part in parts:
        kind = part.get_content_type()
        if kind in ("message/rfc822", "message/rfc822-headers", "message/global", "message/feedback-report"):
            yield from (inner for inner in part.get_payload() if isinstance(inner, Message)) if part.is_multipart() else ()
        elif kind in ("text/rfc822-headers", "message/global-headers"):
            yield email.message_from_string(_payload(part))
    copied, text = Message(), _text(parts)
    for name, pattern in (("Message-ID", _COPIED_ID), ("Return-Path", _COPIED_SENDER)):
        if found := pattern.search(text):
            copied[name] = found[1]
    yield copied


def _text(parts: list[Message]) -> str:
    part = next((part for part in parts if part.get_content_type() == "text/plain"), None)
    return _payload(part)[:_TEXT] if part else ""


def _payload(part: Message) -> str:
    data = part.get_payload(decode=True)
    return data.decode("utf-8", "replace") if isinstance(data, bytes) else ""


def _field(message: Message, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())


def _values(message: Message, names: Iterable[str]) -> list[str]:
    """The addresses in these headers."""
    texts = [str(text) for name in names for text in message.get_all(name, [])]
    return [address for text in texts for address in _addresses(text)]


def _addresses(text: str) -> list[str]:
    return re.findall(r"[^\s<>,;:\"]+@[^\s<>,;:\"]+", text[:10_000])[:_MOST]
