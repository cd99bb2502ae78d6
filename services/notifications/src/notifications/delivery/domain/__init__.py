"""Pacing, retries, the circuit breaker, and what mail servers' answers mean. Pure."""
