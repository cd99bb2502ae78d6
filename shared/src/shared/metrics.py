"""What every service counts, for Prometheus. A service adds its own in the module that counts it."""

from prometheus_client import Counter, Gauge, Histogram

RECEIVED = Counter("events_received", "records received, including repeats", ["topic"])
DONE = Counter("events_done", "records completed: applied, recognised as repeats, or dead-lettered", ["topic"])
DEAD_LETTERS = Counter("dead_letters", "records dead-lettered", ["topic"])
RETRIES = Counter("batch_retries", "retries of batches", ["topic"])
BATCH_SECONDS = Histogram("batch_seconds", "time of one batch, from receipt to commit", ["topic"])
LAG = Gauge("consumer_lag", "records not yet completed", ["topic", "partition"])
HALTED = Gauge("consumer_halted", "consumers that are halted because too many records in a row failed; 0 once they continue")
OUTBOX_UNSENT = Gauge("outbox_unsent", "outbox documents not yet published")
