"""Reads a mail to the bounce address: a bounce and its reason, a complaint, or a reply. Pure.

It understands delivery status reports (RFC 3464, RFC 6533) in a part of their own or in the text, bounces without a report,
feedback reports (ARF, RFC 5965), and automatic replies (RFC 3834), which are ignored. The readers are tried in turn. One that
finds nothing, or fails, leaves the mail to the next.
"""

import re
from collections.abc import Callable
from dataclasses import replace
from email.message import Message
from typing import Final

from notifications.bounces.domain.evidence import is_answer, is_receipt, reading, report_type
from notifications.bounces.domain.excerpts import before_fields, command, has_copy, refusal, with_names, without_copy
from notifications.bounces.domain.kinds import judge, why
from notifications.bounces.domain.mails import (
    MOST_ADDRESSES,
    addresses,
    addresses_in,
    copies,
    field,
    own_parts,
    parse,
    parse_headers,
    status_texts,
    texts,
)
from notifications.bounces.domain.providers import amazon_ses
from notifications.bounces.domain.report import Report, Understood
from notifications.bounces.domain.status_fields import Delivery, deliveries

__all__ = ["Report", "Understood", "read", "why"]

_CAME_TO: Final = ("X-Original-To", "Delivered-To", "Envelope-To", "X-Envelope-To", "To", "Cc")
_MESSAGE_ID: Final = re.compile(r"<([0-9A-Fa-f]{32})@[^<>\s]{1,255}>")
_COPIED_ID: Final = re.compile(r"^[> ]{0,8}Message-ID:[ \t]{0,8}(<[^<>\s]{1,320}>)", re.IGNORECASE | re.MULTILINE)
_COPIED_RECIPIENT: Final = re.compile(r"^[> ]{0,8}To:([^\n]{1,500})", re.IGNORECASE | re.MULTILINE)
_COPIED_SENDER: Final = re.compile(r"^[> ]{0,8}Return-Path:[ \t]{0,8}<([^<>\s]{1,320})>", re.IGNORECASE | re.MULTILINE)
_JUNK: Final = re.compile(r"complaint about message from [\d.:a-fx]{1,60}$", re.I)
"""The subject of a complaint in Microsoft's own form (JMRP), which only has our mail attached."""
_MOST_TEXT: Final = 4_000


def read(raw: bytes, recipient: str = "") -> Report:
    """Understand a raw mail. Never raises. ``recipient``: the envelope's recipient, if known."""
    try:
        mail = parse(raw)
        parts = own_parts(mail)
    except Exception as error:  # noqa: BLE001 - strangers' mails break the library in many ways: headers, nesting, charsets
        return _with_addresses(Report("other", fault=type(error).__name__), [recipient, *_addressed(raw)], [])
    found, fault = Report("other"), ""
    for reader in (_complaint, _status_report, _report_in_text, _notification, _wrapped, _in_words):
        try:
            if report := reader(mail, parts):
                found = report
                break
        except Exception as error:  # noqa: BLE001 - as above; the next reader may understand it
            fault = type(error).__name__
    came_to, tokens = [recipient], list[str]()
    for look in (_came_to, _copied):
        try:
            names, ids = look(mail, parts)
            came_to += names
            tokens += ids
        except Exception as error:  # noqa: BLE001 - as above
            fault = type(error).__name__
    return _with_addresses(replace(found, fault=fault), came_to, tokens)


def _with_addresses(report: Report, came_to: list[str], tokens: list[str]) -> Report:
    return replace(
        report,
        came_to=tuple(dict.fromkeys(address for address in came_to if address))[:MOST_ADDRESSES],
        tokens=tuple(dict.fromkeys(token.lower() for token in tokens))[:MOST_ADDRESSES],
    )


def _addressed(raw: bytes) -> list[str]:
    """The recipients of a mail that could not be parsed."""
    try:
        return addresses(parse_headers(raw), _CAME_TO)
    except Exception:  # noqa: BLE001 - as above: nothing is known of it then
        return []


_Reader = Callable[[Message, list[Message]], Report | None]


def _complaint(mail: Message, parts: list[Message]) -> Report | None:
    for part in parts:
        if part.get_content_type() == "message/feedback-report":
            fields = part.get_payload(0) if part.is_multipart() else part
            kind = field(fields, "Feedback-Type").lower() if isinstance(fields, Message) else ""
            if kind == "not-spam":
                return Report("not_spam")
            if kind in ("auth-failure", "virus"):  # RFC 6591: of our own signatures, not of what somebody wants
                refused = field(fields, "Delivery-Result").lower() == "reject" if isinstance(fields, Message) else False
                return Report("policy_bounce" if refused else "other")
            return Report("complaint")
    return Report("complaint") if _JUNK.match(field(mail, "Subject")) else None


def _status_report(mail: Message, parts: list[Message]) -> Report | None:
    if is_answer(mail):
        return None
    readable = "\n".join(without_copy(text) for text in texts(parts))
    return _deliveries([one for text in status_texts(parts) for one in deliveries(text)], readable, addresses(mail, _CAME_TO))


def _report_in_text(mail: Message, parts: list[Message]) -> Report | None:
    if is_receipt(mail) or is_answer(mail):
        return None
    readable = "\n\n".join(without_copy(text) for text in texts(parts))
    return _deliveries(deliveries(readable), before_fields(readable), addresses(mail, _CAME_TO))


def _deliveries(all_of_them: list[Delivery], readable: str, ours: list[str]) -> Report | None:
    """The first failed recipient decides. Each mail of ours has one recipient; further ones are members of a list behind it."""
    for one in all_of_them:
        if one.failed:
            reply = with_names(one.diagnostic, one.recipient, ours)
            kind, status = judge(one.status, reply, readable, command(readable))
            return Report(kind, status, failed_at=one.recipient)
    actions = [one.action for one in all_of_them]
    if any(action.startswith("delayed") for action in actions):
        return Report("delayed")
    if any(action.startswith(("deliver", "relayed", "expanded")) for action in actions):
        return Report("delivered")
    return None


def _notification(mail: Message, parts: list[Message]) -> Report | None:
    for text in texts(parts):
        kind, delivery = amazon_ses(text)
        if kind == "bounce":
            return _deliveries([delivery], "", [])
        if kind:
            return Report("complaint" if kind == "complaint" else "delivered")
    return None


def _wrapped(mail: Message, parts: list[Message]) -> Report | None:
    """A report attached to a bounce, as gateways do with the report that they received."""
    if reading(mail, texts(parts), has_copy=True) != "bounce":
        return None
    for inner in copies(parts):
        if report_type(inner) == "delivery-status" and (report := _status_report(inner, own_parts(inner))):
            return report
    return None


def _in_words(mail: Message, parts: list[Message]) -> Report | None:
    whole = [*texts(parts), *status_texts(parts)]
    all_texts = [without_copy(text) for text in whole]
    is_a = reading(mail, all_texts, has_copy=any(copies(parts)) or any(has_copy(text) for text in whole))
    if is_a != "bounce":
        return Report(is_a)
    all_failed = addresses(mail, ["X-Failed-Recipients"])
    failed_at = all_failed[0] if len(all_failed) == 1 else ""
    recipient = failed_at or next(iter(_written_to(parts, whole)), "")
    readable = "\n\n".join(all_texts)[:_MOST_TEXT]
    reply = with_names(refusal(readable), recipient, addresses(mail, _CAME_TO))
    kind, status = judge("", reply, with_names(readable, recipient, []), command(readable))
    return Report(kind, status, failed_at=failed_at)


def _written_to(parts: list[Message], all_texts: list[str]) -> list[str]:
    """The recipients in the copy of our mail."""
    attached = [to for ours in copies(parts) for to in addresses(ours, ["To"])]
    return attached + [
        to for text in all_texts for found in [_COPIED_RECIPIENT.search(text)] if found for to in addresses_in(found[1])
    ]


def _came_to(mail: Message, parts: list[Message]) -> tuple[list[str], list[str]]:
    return addresses(mail, _CAME_TO), []


def _copied(mail: Message, parts: list[Message]) -> tuple[list[str], list[str]]:
    """Senders and tokens from the copy of our mail (whole, headers only, or in the text) and from the fields of a complaint."""
    senders, tokens = list[str](), list[str]()
    reported = [part for part in parts if part.get_content_type() == "message/feedback-report" and part.is_multipart()]
    fields = [part.get_payload(0) for part in reported]
    for ours in [*copies(parts), *(one for one in fields if isinstance(one, Message))]:
        senders += addresses(ours, ("Original-Mail-From", "Return-Path"))
        tokens += _MESSAGE_ID.findall(field(ours, "Message-ID"))
    for text in texts(parts):
        senders += [found[1] for found in [_COPIED_SENDER.search(text)] if found]
        tokens += [id for found in [_COPIED_ID.search(text)] if found for id in _MESSAGE_ID.findall(found[1])]
    return senders, tokens
