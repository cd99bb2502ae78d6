"""Settings of the listings service, read from the environment."""

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """See ``ServiceSettings`` for what every service has."""

    port: int = 8002
    person_key: SecretStr = Field(min_length=16, description="makes persons' ids of their addresses; the same in registration")
    deadline_seconds: float = Field(default=5, gt=0, description="how often listings whose deadline has passed are closed")
