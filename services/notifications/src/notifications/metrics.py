"""Prometheus metrics of sending mails."""

from prometheus_client import Counter, Gauge

from shared.metrics import Age

MAILS = Counter("opportunity_desk_mails", "mails, by outcome; deferred ones are retried, resent ones sent once more", ["status"])
for status in ("failed", "sent"):  # from 0 on: a counter that begins with its first increase would hide it
    MAILS.labels(status)
BREAKER_OPEN = Gauge(
    "opportunity_desk_mail_breaker_open", "1 while sending is paused, because the mail server is down or refuses all our mail"
)
OLDEST = Age(
    "opportunity_desk_mails_oldest_age_seconds",
    "how long the mail that has waited longest has been due, to be written or sent; a retry is due later",
    ["to"],
)
