"""What every service counts, for Prometheus. A service adds its own in the module that counts it."""

from prometheus_client import Counter, Gauge, Histogram

RECEIVED = Counter("events_received", "records received, repeated ones included", ["topic"])
DONE = Counter("events_done", "records done with: applied, recognised as repeated, or dead-lettered", ["topic"])
DEAD_LETTERS = Counter("dead_letters", "records put into the dead-letter topic", ["topic"])
RETRIES = Counter("batch_retries", "batches tried again", ["topic"])
BATCH_SECONDS = Histogram("batch_seconds", "time of one batch, from receipt to commit", ["topic"])
LAG = Gauge("consumer_lag", "records not yet done", ["topic", "partition"])
HALTED = Gauge("consumer_halted", "consumers that apply nothing, as too many records in a row failed; 0 once they go on")
OUTBOX_UNSENT = Gauge("outbox_unsent", "outbox documents not yet published")
