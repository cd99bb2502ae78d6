"""Pacing, retries and the circuit breaker. Pure."""
