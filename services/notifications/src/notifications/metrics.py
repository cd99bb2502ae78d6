"""Prometheus metrics of sending."""

from prometheus_client import Counter, Gauge

MAILS = Counter("mails", "mails by how they ended; deferred ones are tried again, resent ones once more", ["status"])
BREAKER_OPEN = Gauge("mail_breaker_open", "1 while no mails are sent, as the mail server is away or will have none from us")
