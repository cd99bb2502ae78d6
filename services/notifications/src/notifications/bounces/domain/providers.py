"""Notifications that mail services send instead of bounces. Their fields are JSON, which a mail may wrap anywhere."""

import re
from typing import Final

from notifications.bounces.domain.status_fields import Delivery

_KIND: Final = re.compile(r'"(?:notificationType|eventType)"\s{0,9}:\s{0,9}"(Bounce|Complaint|Delivery)"')
_FIELD: Final = re.compile(r'"(emailAddress|action|status|diagnosticCode)"\s{0,9}:\s{0,9}"([^"]{0,2000})"')
_TRANSIENT: Final = re.compile(r'"bounceType"\s{0,9}:\s{0,9}"(?:Transient|Undetermined)"')


def amazon_ses(text: str) -> tuple[str, Delivery]:
    """The kind of an Amazon SES notification ("bounce", "complaint", "delivery"; "" for other mails), and its delivery."""
    text = text.replace("\\", "")
    kind = _KIND.search(text)
    if not kind:
        return "", Delivery()
    fields = dict[str, str]()
    for name, value in _FIELD.findall(text[kind.start() :]):
        fields.setdefault(name, value)
    status = fields.get("status", "") + (" temporary" if _TRANSIENT.search(text) else "")
    return kind[1].lower(), Delivery("failed", status, fields.get("diagnosticCode", ""), fields.get("emailAddress", ""))
