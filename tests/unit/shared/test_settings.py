"""What the environment says of any service: an empty variable is one that is not set."""

from typing import Self

import pytest
from pydantic import model_validator

from shared.contract.topics import SERVICES
from shared.environment import read_settings
from shared.settings import ServiceSettings
from support.services import settings_of


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_variable_leaves_the_default_and_a_required_one_stops_the_start_by_its_name(
    service: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_of(service)
    required = {name for name, field in settings.model_fields.items() if field.is_required()}
    for name in settings.model_fields:
        monkeypatch.setenv(name.upper(), "")
    if required:
        with pytest.raises(SystemExit) as stopped:
            read_settings(settings)
        assert stopped.value.code == 2
    else:
        given = read_settings(settings)
        assert given == settings.model_construct()
    named = {line.partition(":")[0].strip() for line in capsys.readouterr().err.splitlines()[1:]}
    assert named == {name.upper() for name in required}


class Consistent(ServiceSettings):
    @model_validator(mode="after")
    def _consistent(self) -> Self:
        raise ValueError("PORT and HOST do not go together")


def test_what_is_wrong_with_several_settings_is_told_in_its_own_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        read_settings(Consistent)
    assert capsys.readouterr().err.splitlines()[1:] == ["  PORT and HOST do not go together"]
