"""Attendance events: taken in over HTTP and Kafka, recorded as facts, and what became of each."""
