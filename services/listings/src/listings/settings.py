"""Settings of the listings service, read from the environment."""

from pydantic import Field

from shared.settings import Key, Seconds, ServiceSettings


class Settings(ServiceSettings):
    """See ``ServiceSettings`` for what every service has."""

    port: int = Field(default=8002, ge=1, le=65_535, description="the port to listen on")
    person_key: Key = Field(
        description="turns addresses into person ids; must be the same as in registration. Make one with: openssl rand -hex 32"
    )
    deadline_seconds: Seconds = Field(default=5, description="how often listings and ideas past their deadlines are ended")
    idea_days: int = Field(default=180, ge=7, le=730, description="how many days hosts can see an idea and ask to adopt it")
    idea_author_days: int = Field(
        default=7,
        ge=0,
        le=90,
        description="how many days after its publication only the idea's author may apply for a listing",
    )
