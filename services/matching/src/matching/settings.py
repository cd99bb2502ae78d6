"""Settings of the matching service, read from the environment."""

from pydantic import Field

from matching.engine.score import Weights
from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """See ``ServiceSettings`` for what every service has."""

    port: int = 8003
    weights: Weights = Field(default_factory=Weights)
    """The most that each kind of reason adds to a score, as JSON: ``{"skill": 4, "met": 2}``. They are made to sum up to 1."""
    census_seconds: float = Field(default=30, gt=0)
    """How often is counted what candidates hold and are shown, by which scarce skills and crowded listings are known."""
    insight_seconds: float = Field(default=180, gt=0)
    """How often is counted what came of conferences; less often where that takes long, at most a twentieth of the time."""
