"""Settings of the matching service, read from the environment."""

from shared.settings import ServiceSettings


class Settings(ServiceSettings):
    """See ``ServiceSettings`` for what every service has."""

    port: int = 8003
