"""What operators set of the matching service: what is wrong stops the start by its name, and not by a traceback."""

import pytest

from matching.settings import Settings
from shared.environment import read_settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CANDIDATE_COUNTS_SECONDS", "inf"),
        ("CANDIDATE_COUNTS_SECONDS", "nan"),
        ("INSIGHT_SECONDS", "inf"),
        ("INSIGHT_SECONDS", "1e300"),
        ("INSIGHT_SECONDS", "0"),
        ("WEIGHTS", "[1]"),
        ("WEIGHTS", '{"skil": 1}'),
        ("WEIGHTS", '{"skill": "1"}'),
        ("WEIGHTS", '{"skill": true}'),
        ("WEIGHTS", '{"skill": -1}'),
        ("WEIGHTS", '{"skill": NaN}'),
        ("WEIGHTS", '{"skill": 1e999}'),
        ("WEIGHTS", '{"skill": 1' + 400 * "0" + "}"),
        ("WEIGHTS", '{"skill": 0, "topic": 0, "research": 0}'),
    ],
)
def test_what_is_wrong_is_named(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as stopped:
        read_settings(Settings)
    assert stopped.value.code == 2
    assert f"  {name}: " in capsys.readouterr().err
