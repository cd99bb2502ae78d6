"""Events over Kafka: envelope, consumer, delivery, outbox, dead letters, erasure."""
