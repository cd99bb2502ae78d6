"""Settings of the registration service, read from the environment."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from registration.encryption import checked
from shared.settings import ServiceSettings


def _usable(keys: SecretStr) -> SecretStr:
    checked(keys)
    return keys


class Settings(ServiceSettings):
    """See ``ServiceSettings`` for what every service has."""

    port: int = 8001
    person_key: SecretStr = Field(min_length=16, description="makes persons' ids of their addresses; the same in listings")
    secrets_key: Annotated[SecretStr, AfterValidator(_usable)] = Field(
        description="encrypts the secrets and tokens of connections: 32 bytes in URL-safe Base64. Several, separated by commas, "
        "to change it: the first encrypts, each decrypts (`python -m registration secrets rekey`)"
    )
