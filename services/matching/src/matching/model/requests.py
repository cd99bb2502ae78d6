"""What the bodies of requests have in common. Pure."""

from pydantic import BaseModel, ConfigDict


class RequestBody(BaseModel):
    """A body of known fields only."""

    model_config = ConfigDict(extra="forbid", frozen=True)
