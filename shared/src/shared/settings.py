"""Settings that every service has, read from the environment."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """What a service needs to run. A service adds its own fields in its ``settings.py``.

    An empty variable, such as Compose makes of ``${PORT:-}``, is one that is not set.

    Raises ``pydantic.ValidationError``, naming each variable that is missing or wrong, when made.
    """

    model_config = SettingsConfigDict(extra="ignore", env_ignore_empty=True, hide_input_in_errors=True)

    kafka_bootstrap_servers: str = "127.0.0.1:9092"
    kafka_idempotence: bool = Field(default=True, description="off only for a broker without idempotent producers")
    mongodb_uri: SecretStr = SecretStr("mongodb://127.0.0.1:27017")
    topic_prefix: str = Field(default="", description="before the names of topics, groups and the database")
    topic_replicas: int = Field(default=1, ge=1, description="copies of each topic that this service creates")
    host: str = "127.0.0.1"
    port: int = 8000
    log_level: str = "INFO"
    log_format: str = Field(default="json", pattern="^(json|console)$")
    batch_records: int = Field(default=100, ge=1, le=1000, description="most records of one transaction")
    retry_seconds: float = Field(default=0.2, gt=0, description="wait before the first retry; doubles with each, up to 10 s")
    attempts: int = Field(default=3, ge=1, description="tries for a record that fails alone, before it is dead-lettered")
    halt_after: int = Field(default=20, ge=1, description="failing records in a row after which the consumer stops")
    startup_seconds: float = Field(default=60, gt=0, description="how long to wait for Kafka and MongoDB at the start")
    stop_seconds: float = Field(default=15, gt=0, description="how long a stop may take before what is left is cut off")
