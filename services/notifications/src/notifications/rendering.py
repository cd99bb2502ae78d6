"""Mails and pages from templates, and a mail's form for the wire (RFC 5322, MIME)."""

import re
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from hashlib import sha256

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from notifications import wording
from notifications.domain import Contact, Content, Draft, Message
from notifications.links import Links
from shared.events.matching import Match


@dataclass(frozen=True, slots=True)
class MatchView:
    """One match as a mail shows it."""

    title: str
    organization: str
    url: str | None
    new: bool
    reasons: list[str]


class Renderer:
    """Writes the mails and pages of this service."""

    def __init__(self, links: Links, mail_from: str) -> None:
        self._links = links
        name, self.sender = parseaddr(mail_from)
        self._from = _address(name, self.sender)
        self._domain = self.sender.rpartition("@")[2]
        self._templates = Environment(
            loader=PackageLoader("notifications"),
            autoescape=select_autoescape(["html"], default=False),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def content(self, draft: Draft, attendee_id: str, name: str | None) -> Content:
        """What a mail about these matches says."""
        matches = [_view(match, match.listing_id in draft.new) for match in draft.matches]
        subject = wording.subject([match.title for match in matches if match.new])
        variables = {
            "subject": subject,
            "name": wording.shortened(name, 60) if name else None,
            "matches": matches,
            "some_known": not all(match.new for match in matches),
            "opening": wording.opening(sum(match.new for match in matches), len(matches)),
            "unsubscribe_url": self._links.unsubscribe(attendee_id),
        }
        return Content(
            subject=subject,
            text=self._templates.get_template("mail.txt").render(variables),
            html=self._templates.get_template("mail.html").render(variables),
        )

    def page(self, name: str, **variables: object) -> str:
        """A page for a browser."""
        return self._templates.get_template(f"{name}.html").render(variables)

    def mail(self, message: Message, contact: Contact, now: datetime) -> bytes:
        """The message as it goes over the wire. The same message has the same Message-ID whenever it is sent.

        Raises:
            ValueError: a mail to this address cannot be written.
        """
        mail = EmailMessage(_Policy(utf8=not contact.email.isascii()))
        mail["From"] = self._from
        mail["To"] = _address(contact.name or "", contact.email)
        mail["Subject"] = _one_line(message.content.subject)
        mail["Date"] = format_datetime(now)
        mail["Message-ID"] = f"<{sha256(message.id.encode()).hexdigest()[:40]}@{self._domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["List-Unsubscribe"] = f"<{self._links.unsubscribe(message.attendee_id)}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        mail["X-Correlation-ID"] = re.sub(r"[^!-~]", "?", message.correlation_id)
        mail.set_content(message.content.text, cte="quoted-printable")
        mail.add_alternative(message.content.html, subtype="html", cte="quoted-printable")
        return mail.as_bytes()


class _Policy(EmailPolicy):
    """Leaves long headers in one line, as the standard allows up to 998 characters.

    The standard library would otherwise break a link without spaces into encoded words, which no mail program follows.
    Texts that must be encoded are folded, though: an encoded word may have no more than 75 characters (RFC 2047).
    """

    linesep = "\r\n"
    max_line_length = 998

    def fold_binary(self, name: str, value: str) -> bytes:
        policy = self if str(value).isascii() else self.clone(max_line_length=76)
        return super(_Policy, policy).fold_binary(name, value)


def _view(match: Match, new: bool) -> MatchView:
    url = match.url if match.url and re.match(r"https?://", match.url) else None
    return MatchView(match.title, match.organization, url, new, wording.reasons_in_words(match))


def _address(name: str, address: str) -> Address:
    local, _, domain = address.rpartition("@")  # as an ``addr_spec`` it could only be ASCII
    return Address(wording.shortened(_one_line(name), 100), local, domain)


def _one_line(text: str) -> str:
    """Without anything that could start a new header, whatever the contract promises."""
    return " ".join("".join(character if character.isprintable() else " " for character in text).split())
