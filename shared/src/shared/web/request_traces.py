"""Spans of requests: FastAPI's own, as far as they may leave the service."""

from typing import Final

from fastapi.telemetry import TelemetryConfig

from shared import tracing

_UNTRACED: Final = ("/health/", "/metrics")


def of_requests() -> TelemetryConfig:
    """What FastAPI is told: a span for each request, but for those of health and metrics; none where there are no traces."""
    provider = tracing.provider()
    config = TelemetryConfig(metrics=False, logs=False, operation_spans=False, auto_configure=False, tracing=provider is not None)
    if provider:
        config |= TelemetryConfig(tracer_provider=provider, exclude=lambda scope: scope.get("path", "").startswith(_UNTRACED))
    return config
