"""Settings of the registration service, read from the environment."""

from pydantic import Field, SecretStr

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """See ``ServiceSettings`` for what every service has."""

    port: int = 8001
    person_key: SecretStr = Field(min_length=16, description="makes persons' ids of their addresses; the same in listings")
