"""What the environment says of any service: an empty variable is one that is not set."""

import importlib

import pytest

from shared.service import read_settings
from shared.settings import ServiceSettings
from shared.topics import SERVICES


@pytest.mark.parametrize("service", SERVICES)
def test_an_empty_variable_leaves_the_default_and_a_required_one_stops_the_start_by_its_name(
    service: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings: type[ServiceSettings] = importlib.import_module(f"{service}.settings").Settings
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
