"""The weights of the kinds of reason: their proportions, what a weight of 0 does, and the setting."""

from math import inf, nan

import pytest

from matching.engine.score import Weights, match
from matching.engine.supply_and_demand import Market
from matching.settings import Settings
from shared.environment import read_settings
from support.worlds import candidate, interest, listing

WEIGHTS = Weights()


@pytest.mark.parametrize("value", [nan, inf, -1.0])
def test_a_weight_that_is_no_number_from_zero_on_is_refused_by_name(value: float) -> None:
    with pytest.raises(ValueError, match="the weight of 'met' must be a number from 0 on"):
        Weights(met=value)


def test_weights_are_made_to_sum_up_to_one() -> None:
    weights = Weights(skill=4, topic=0, research=0, similarity=0, demand=0, met=4, discipline=0, conference=0)
    assert (weights.skill, weights.met) == (0.5, 0.5)
    with pytest.raises(ValueError, match="must be greater than 0"):
        Weights(skill=0, topic=0, research=0)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ('{"skill": NaN}', "the weight of 'skill' must be a number from 0 on, not nan"),
        ('{"met": Infinity}', "the weight of 'met' must be a number from 0 on, not Infinity"),
        ('{"met": -0.1}', "the weight of 'met' must be a number from 0 on, not -0.1"),
        ('{"met": "much"}', "the weight of 'met' must be a number from 0 on, not \"much\""),
        ('{"met": true}', "the weight of 'met' must be a number from 0 on, not true"),
        (
            '{"skil": 1}',
            "there is no kind 'skil' of reason; the kinds are skill, topic, research, similarity, demand, met, discipline, conf",
        ),
        (
            '{"skill": 0, "topic": 0, "research": 0}',
            "one of the weights of 'skill', 'topic' and 'research' must be greater than 0",
        ),
        ("skill=4", 'must be a JSON object such as {"skill": 0.6, "met": 0.2}, not skill=4'),
        ("[1]", 'must be a JSON object such as {"skill": 0.6, "met": 0.2}, not [1]'),
        ("4", 'must be a JSON object such as {"skill": 0.6, "met": 0.2}, not 4'),
    ],
)
def test_a_wrong_setting_of_the_weights_stops_the_start_and_says_what_to_mend(
    given: str, said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("WEIGHTS", given)
    with pytest.raises(SystemExit) as stopped:
        read_settings(Settings)
    assert stopped.value.code == 2
    assert f"  WEIGHTS: {said}" in capsys.readouterr().err


def test_weights_are_set_as_json_and_those_left_out_keep_their_proportions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEIGHTS", '{"skill": 1, "topic": 0}')
    weights = read_settings(Settings).weights
    assert weights == Weights(skill=1, topic=0)
    assert weights.met / weights.skill == pytest.approx(WEIGHTS.met)
    monkeypatch.delenv("WEIGHTS")
    assert read_settings(Settings).weights == WEIGHTS


def test_a_weight_of_zero_takes_its_kind_out() -> None:
    one = candidate(interests={"a": interest("s1")}, met={"m1": "c1"})
    found = match(one, one.interests, listing("l1", "a", mentor_ids=["m1"]), Market(), Weights(met=0))
    assert found
    assert {reason.kind for reason in found.reasons if reason.contribution} == {"skill"}


def test_a_pair_whose_every_reason_weighs_nothing_is_no_match() -> None:
    one = candidate(interests={"a": interest("s1")}, met={"m1": "c1"})
    assert match(one, one.interests, listing("l1", "a"), Market(), Weights(skill=0)) is None
    assert match(one, one.interests, listing("l1", mentor_ids=["m1"]), Market(), Weights(met=0)) is None
