"""Prometheus metrics of sending mails."""

from prometheus_client import Counter, Gauge

MAILS = Counter("mails", "mails by what became of them; deferred ones are retried, resent ones sent once more", ["status"])
BREAKER_OPEN = Gauge("mail_breaker_open", "1 while sending is paused, because the mail server is down or refuses all our mail")
