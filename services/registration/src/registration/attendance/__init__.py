"""Accepts attendance events over HTTP and Kafka, records them as facts, and tells publishers the outcome of each."""
