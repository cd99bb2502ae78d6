"""Tells bounces without a report from replies, by sender, subject and text."""

import re
from collections.abc import Iterable
from email.message import Message
from typing import Final, Literal

from notifications.bounces.domain import languages
from notifications.bounces.domain.codes import has_code
from notifications.bounces.domain.mails import field
from notifications.bounces.domain.regexes import any_of

_DAEMON: Final = re.compile(
    r"mailer-?daemon|post_?master|mail delivery|mail administrator|mailsystem|mail ?system|delivery (?:sub)?system|mdaemon|"
    r"system administrator|microsoft outlook|\bmta\b|mailserver|mail ?server|daemon@|daemon\b|mailadmin|no-?reply-dsn|^<>$",
    re.I,
)
_NO_REPLY: Final = re.compile(r"no-?reply|do-?not-?reply", re.I)
_CALLED: Final = any_of(
    r"undeliver|not (?:be )?deliver|non.?deliver",
    r"(?:delivery|mail|message)\b.{0,40}\b(?:fail|problem|error|unsuccess|status|report|delay|notif)",
    r"fail(?:ed|ure)\b.{0,40}\b(?:deliver|notice|mail|message|send)",
    r"return(?:ed|ing)\b.{0,30}\b(?:mail|message|sender|to)|mail returned|bounce",
    r"could ?n.t (?:be )?(?:sent|send|deliver)|can ?not (?:be )?(?:sent|send|deliver)|unable to deliver",
    r"warning: .{0,60}(?:not|delay|could)|delayed mail|nondelivery|ndn:|dsn:|user unknown|mail error|rejected mail",
    r"delivery unsuccess|mail system error|mailbox .{0,30}(?:full|unavail)|permanent|email address change",
    r"failure notice|message status|配信|送信",
    *languages.NOT_DELIVERED,
    flags=re.I,
)
_ANSWER: Final = re.compile(r"\s{0,5}(?:re|aw|fwd?|wg|sv|antw|tr|rv)\s{0,3}(?:\[\d{1,3}\])?:", re.I)
_AWAY: Final = any_of(
    r"out of (?:the )?office|vacation|holiday|auto(?:matic|mated)?[- ]?(?:reply|response|respon)|away from|on leave",
    *languages.AWAY,
    flags=re.I,
)
_FAILED: Final = any_of(
    r"(?:could|can|was|were|has|have|is|did|does)(?: ?not|n't|n.t) (?:yet )?(?:be |been |"
    r"able to )?(?:be )?(?:successfully )?(?:deliver|sent|reach|send|process|accept|complet)",
    r"unable to (?:deliver|be delivered|send|reach|complete)|undeliver|non-?deliver|fail(?:ed|ure|s)?\b|not delivered",
    r"(?:was|been|were|is|mail|message) (?:\w{1,15} )?(?:reject|return|refus|bounc|block)|permanent (?:error|fatal)",
    r"fatal error|wasn't able to deliver|did ?n.t reach|unknown (?:user|recipient)|user unknown",
    r"no such (?:user|recipient|address)|not a valid (?:user|recipient|address)|does not exist",
    r"returned (?:mail|to)|error|bounced|not be delivered|problem",
    r"expired|quota|no longer|full|incorrectly|malformed",
    *languages.NOT_DELIVERED,
    flags=re.I,
)
_DELAYED: Final = any_of(
    r"this is (?:only )?a warning|warning message only|do(?:es)? not need to (?:resend|re-?send)|has been delayed",
    r"still (?:being )?(?:trying|retr)|will (?:continue|keep|try|be retried|retry)\b|not yet been delivered",
    r"has not been delivered (?:yet|after)|no action is required|delivery.{0,20}delay",
    r"(?<!no further )(?:delivery )?attempts? will (?:continue|be)|could not be delivered for|delayed",
    flags=re.I,
)
_GIVEN_UP: Final = any_of(
    r"giv(?:en|ing) up|permanent|failed (?:permanently|after)|could not be delivered(?! for)|undeliverable",
    r"(?<!will be )returned (?:to|mail)|expired|rejected",
    flags=re.I,
)


def reading(mail: Message, texts: Iterable[str], has_copy: bool) -> Literal["bounce", "delayed", "automatic_reply", "other"]:
    """Classify a mail without a readable report. Evidence of a bounce outweighs headers of an automatic reply."""
    text = "\n".join(texts)
    if _is_bounce(mail, text, has_copy):
        return "delayed" if _DELAYED.search(text) and not _GIVEN_UP.search(text) else "bounce"
    return "automatic_reply" if _is_automatic(mail) else "other"


def _is_bounce(mail: Message, text: str, has_copy: bool) -> bool:
    subject, sender = field(mail, "Subject"), field(mail, "From")
    if is_receipt(mail) or is_answer(mail):
        return False
    failed = _FAILED.search(text) or has_code(text)
    if field(mail, "X-Failed-Recipients"):
        return True
    if report_type(mail) == "delivery-status" and failed:
        return True
    daemon, null_path = bool(_DAEMON.search(sender)), field(mail, "Return-Path") == "<>"
    called = bool(_CALLED.search(subject)) and not _ANSWER.match(subject)
    if _AWAY.search(subject) and not (called and daemon):
        return False
    if daemon and null_path and has_copy:  # whatever language it is in
        return True
    if _is_automatic(mail):
        return bool(daemon and failed)
    if has_copy and failed and _NO_REPLY.search(sender):
        return True
    return (bool(failed) and (called or daemon)) or ((daemon or null_path) and called)


def is_answer(mail: Message) -> bool:
    """Whether it is a reply. Programs that ask senders to confirm their mail reply with a report, as mail servers do."""
    by_somebody = "@" in field(mail, "Return-Path")
    if _DAEMON.search(field(mail, "From")):
        return by_somebody and bool(_ANSWER.match(field(mail, "Subject")))
    return bool(_ANSWER.match(field(mail, "Subject"))) or (by_somebody and bool(field(mail, "In-Reply-To")))


def is_receipt(mail: Message) -> bool:
    """Whether it is a read receipt (RFC 8098)."""
    return report_type(mail) == "disposition-notification"


def report_type(mail: Message) -> str:
    """The type of a report (RFC 6522), in lower case; "" for other mails."""
    return str(mail.get_param("report-type", "")).lower()


def _is_automatic(mail: Message) -> bool:
    """Whether it is an automatic reply, such as an out-of-office note (RFC 3834)."""
    if is_receipt(mail) or field(mail, "Auto-Submitted").lower().startswith("auto-replied"):
        return True
    if any(name in mail for name in ("X-Autoreply", "X-Autorespond", "X-Autoresponder")):
        return True
    return field(mail, "Precedence").lower() in ("auto_reply", "auto-reply")
