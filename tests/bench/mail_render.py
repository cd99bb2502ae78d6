"""How many mails one core writes: from what they tell to their bytes, in both languages, with invitations where a kind has one."""

import email
import email.policy
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from statistics import median
from typing import Any

from notifications.mail.samples import sample
from notifications.mail_kinds import KINDS
from shared.wording.languages import LANGUAGES
from support.mails import Mails

ROUNDS = 7
NOW = datetime(2024, 7, 8, 12, tzinfo=UTC)


def mail_render() -> Iterator[dict[str, Any]]:
    """One mail of each kind and language in each round, and then the same mails by ``EmailMessage``, all their texts given."""
    mails = Mails()
    usual = [sample(kind, language) for kind in KINDS for language in LANGUAGES]
    parsed = [email.message_from_bytes(mails.write(one, NOW), policy=email.policy.default) for one in usual]
    given = [_given(one) for one in parsed if isinstance(one, EmailMessage)]
    rounds = [
        (
            _rate(lambda: [mails.write(one, NOW) for one in usual], len(usual)),
            _rate(lambda: [_bare(*one) for one in given], len(given)),
        )
        for _ in range(ROUNDS)
    ]
    yield {
        "name": "mail_render",
        "value": round(median(ours for ours, _ in rounds)),
        "unit": "messages/s",
        "ratio": round(median(ours / bare for ours, bare in rounds), 2),
        "to": "EmailMessage given the same headers and texts: set, set_content, add_alternative, as_bytes; no template",
        "peer": round(median(bare for _, bare in rounds)),
        "at": f"{len(usual)} mails: {len(KINDS)} kinds in {len(LANGUAGES)} languages",
        "at_least": 0.5,
    }


def _given(mail: EmailMessage) -> tuple[dict[str, str], list[str], bytes]:
    """Headers, texts and the calendar of a mail."""
    headers = {name: str(value) for name, value in mail.items() if name not in ("Content-Type", "MIME-Version")}
    texts = [str(part.get_content()) for part in mail.walk() if part.get_content_type() in ("text/plain", "text/html")]
    files = [bytes(part.get_content()) for part in mail.iter_attachments() if part.get_content_type() == "application/ics"]
    return headers, texts, files[0] if files else b""


def _bare(headers: dict[str, str], texts: list[str], calendar: bytes) -> bytes:
    mail = EmailMessage(email.policy.SMTP)
    for name, value in headers.items():
        mail[name] = value
    mail.set_content(texts[0])
    mail.add_alternative(texts[1], subtype="html")
    if calendar:
        mail.add_alternative(calendar.decode(), subtype="calendar", params={"method": "REQUEST"})
        mail.add_attachment(calendar, maintype="application", subtype="ics", filename="invite.ics")
    return mail.as_bytes()


def _rate(work: Callable[[], list[bytes]], count: int) -> float:
    started = time.process_time()
    work()
    return count / (time.process_time() - started)
