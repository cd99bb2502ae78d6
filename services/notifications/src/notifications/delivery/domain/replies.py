"""What a mail server's answer means for a mail (RFC 5321, 4.2; enhanced status codes, RFC 3463). Pure."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

Phase = Literal["connect", "login", "mail", "rcpt", "data"]
"""How far a mail had come: connection and greeting, login, MAIL, RCPT, or DATA with the text."""

Verdict = Literal["taken", "later", "bad_address", "refused", "ours", "away", "unclear"]
"""What an answer, or silence, means.

- taken: the server has the mail; later: it refuses the mail for now; refused: it refuses this mail for good
- bad_address: there is no such mailbox
- ours: the server refuses mail from us, which is not the recipient's fault
- away: the server accepts no mail now, and does not have this one
- unclear: the server did not answer, and may have the mail
"""

LONGEST_WAIT: Final = timedelta(hours=6)
"""The longest wait that a server can ask for."""

_LONGEST_ANSWER: Final = 300
_ENHANCED: Final = re.compile(r"(?:^\s*|#)([245])\.(\d{1,3})\.(\d{1,3})\b")
"""At the start of the text (RFC 2034), or in the form of qmail: ``sorry, no mailbox here by that name. (#5.1.1)``."""
_ASKS_TO_WAIT: Final = re.compile(r"again|retry|wait|later|gr[ae]y-?list", re.IGNORECASE)
_WAIT: Final = re.compile(
    r"\b(?:in|after|for|least|another)\W{0,3}(\d{1,6})\s{0,3}(s|m|h)(?:ec|in|r|our)?[a-z]{0,6}\b", re.IGNORECASE
)
_UNITS: Final = {"s": timedelta(seconds=1), "m": timedelta(minutes=1), "h": timedelta(hours=1)}

_LOG_IN: Final = frozenset({530, 534, 535, 538})
"""RFC 4954: login required, login mechanism too weak, login failed, encryption required."""
_NO_MAILBOX: Final = frozenset({550, 551, 553})
"""Codes for an unknown recipient, from servers that give no enhanced code."""
_PROTOCOL: Final = frozenset({500, 502, 503, 504, 555})
"""The server refuses what we say: an unknown command, a missing login, a name in EHLO that is not fully qualified."""
_OURS: Final = frozenset({"1.7", "1.8", "4.5"})
"""Enhanced codes about the sender's address or the amount we send, although their subject is another one."""
_ADDRESS: Final = re.compile(r"\S+@\S+")
_ABOUT_US: Final = re.compile(
    r"relay|rcpthosts|spam|block|black|polic(?:y|ies)|\b(?:spf|dkim|dmarc|helo|ehlo|ptr|rdns|rbl)\b|dnsbl|reverse|client host|"
    r"sender|authenti|reputation|banned|(?<!not )listed|denied|prohibit|not allowed to send|"
    r"(?:sending|daily|hourly|relay|rate|outgoing).{0,20}(?:limit|quota)|too many .{0,20}\bfrom\b",
    re.IGNORECASE,
)
_NOT_GONE: Final = re.compile(r"\bfull\b|quota|over limit|too (?:large|big|many)|temporar", re.IGNORECASE)
"""Words about a mailbox that exists."""
_SYSTEM: Final = frozenset({"3.1", "3.2"})
"""The mail system is full, or accepts no mail now."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The outcome of an attempt to send a mail."""

    verdict: Verdict
    answer: str
    """Code and text, in one line of printable ASCII."""
    wait: timedelta | None = None
    """How long the server asked to wait; never more than ``LONGEST_WAIT``."""
    every: bool = False
    """Any other mail would have failed in the same way."""


def outcome(phase: Phase, code: int, text: str) -> Outcome:
    """What an answer in this phase means: an error (4xx, 5xx), or success after the text.

    Any other answer is unexpected and says nothing, so it counts as ``silence``.
    """
    if code < 400 and not (phase == "data" and 200 <= code < 300):
        return silence(phase, f"unexpected answer: {code} {text}")
    verdict, every = _verdict(phase, code, _enhanced(code, text), text)
    wait = asked_wait(text) if verdict in ("later", "away") else None
    return Outcome(verdict, ascii_line(f"{code} {text}"), wait, every)


def silence(phase: Phase, what: str) -> Outcome:
    """No answer: the connection broke, or time ran out. Before DATA, the server cannot have the mail."""
    if phase == "data":
        return Outcome("unclear", ascii_line(what))
    return Outcome("away", ascii_line(what), every=phase != "rcpt")


def asked_wait(text: str) -> timedelta | None:
    """How long to wait, if the text says so ("try again in 300 seconds"); ``LONGEST_WAIT`` at most."""
    found = _WAIT.search(text) if _ASKS_TO_WAIT.search(text) else None
    return min(int(found[1]) * _UNITS[found[2].lower()], LONGEST_WAIT) if found else None


def about_us(text: str) -> bool:
    """Whether the words of a refusal are about the sender, not the recipient. For refusals without a specific enhanced code.

    In doubt it is about the sender, so that no recipient is suppressed for a fault in our configuration.
    """
    return _ABOUT_US.search(_ADDRESS.sub(" ", text[:1000])) is not None


def ascii_line(text: str) -> str:
    """A server's text in one line of printable ASCII (RFC 5321, 4.2.1), safe to store and log."""
    printable = "".join(character if " " <= character <= "~" else "?" if character > "~" else " " for character in text[:1000])
    return " ".join(printable.split())[:_LONGEST_ANSWER]


def _enhanced(code: int, text: str) -> str:
    """``subject.detail`` of the enhanced code ("1.1"); "" if there is none that agrees with the code (RFC 2034)."""
    found = _ENHANCED.search(text)
    return f"{found[2]}.{found[3]}" if found and found[1] == str(code)[0] else ""


def _verdict(phase: Phase, code: int, enhanced: str, text: str) -> tuple[Verdict, bool]:
    early = phase in ("connect", "login", "mail")
    if code < 300:
        return "taken", False
    if code == 421 or code < 500:  # RFC 5321: 421 may come at any time, and ends the connection
        away = early or code == 421 or enhanced in _SYSTEM
        return ("away" if away else "later"), early
    general = not enhanced or enhanced.endswith(".0")
    policy = enhanced.startswith("7.") or (general and about_us(text))
    if early or code in _LOG_IN | _PROTOCOL or policy or enhanced in _OURS:
        return "ours", early or code in _LOG_IN
    unknown = phase == "rcpt" and enhanced in ("", "0.0") and code in _NO_MAILBOX and not _NOT_GONE.search(text)
    if enhanced.startswith("1.") or unknown:
        return "bad_address", False
    return "refused", False
