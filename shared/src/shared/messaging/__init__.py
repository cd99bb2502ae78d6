"""Events over Kafka. Read in this order:

1. ``consumer``: a batch of records is applied in one transaction, then its offsets are committed.
2. ``batch_applier``: how a batch is applied although some of its records are bad; ``slow_records``: which of them are too slow;
   ``failure_streak``: whether the fault is ours.
3. ``outbox``: publishes what transactions have left to publish.
4. ``dead_letters``: records that could not be applied: kept, listed, sent again. ``erasure`` takes persons out of them.

The consumer uses ``subscribing`` (the adapter to FastStream), ``lossless_consumer`` and ``inflating`` (no record is lost, and no
batch is too large), ``retries`` (pauses and halts) and ``consumer_reports`` (metrics and logs). ``kafka`` makes the producer and
the topics, and ``kafka_connection`` says how all clients connect.
"""
