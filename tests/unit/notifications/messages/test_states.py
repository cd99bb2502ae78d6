"""The state machine of messages: every change that is allowed, what it publishes and keeps, and who may make it."""

import re
from itertools import product
from pathlib import Path
from typing import Final, get_args

import pytest

from notifications.mail_kinds import KINDS
from notifications.messages.domain.states import (
    CANCEL,
    END,
    ENDS,
    LOSE,
    OPEN,
    POSTPONE,
    RESEND,
    SUPPRESS,
    TRANSITIONS,
    State,
    after_silence,
    kind_named,
)

STATES: Final = get_args(State)
PAGE: Final = Path(__file__).parents[4] / "docs/mails.md"

ALLOWED: Final = {
    "claim": {"queued": "claimed"},
    "release": {"claimed": "queued"},
    "begin": {"claimed": "sending"},
    "postpone": {"claimed": "queued", "sending": "queued"},
    "sent": {"sending": "sent", "unknown": "sent"},
    "failed": {"claimed": "failed", "sending": "failed", "unknown": "failed"},
    "expired": {"claimed": "expired", "sending": "expired", "unknown": "expired"},
    "suppressed": {"claimed": "suppressed", "sending": "suppressed"},
    "cancelled": {"claimed": "cancelled", "sending": "cancelled"},
    "unknown": {"sending": "unknown"},
    "requeue": {"claimed": "queued"},
    "cancel": {"queued": "cancelled", "claimed": "cancelled"},
    "suppress": {"queued": "suppressed", "claimed": "suppressed"},
    "resend": {"sending": "queued"},
    "lose": {"sending": "unknown"},
}
"""Of each transition, by its name: from which state to which. All other pairs are refused."""

BY_SENDERS: Final = {"release", "begin", "postpone", *ENDS}


def test_each_state_is_open_or_an_end() -> None:
    assert set(STATES) == {*OPEN, *ENDS}
    assert not set(OPEN) & set(ENDS)


@pytest.mark.parametrize(("name", "state"), list(product(ALLOWED, STATES)))
def test_every_pair_of_transition_and_state_is_allowed_or_refused(name: str, state: State) -> None:
    [transition] = [transition for transition in TRANSITIONS if transition.name == name]
    assert (transition.target if state in transition.sources else None) == ALLOWED[name].get(state)


def test_no_transition_is_left_out_here() -> None:
    assert sorted(transition.name for transition in TRANSITIONS) == sorted(ALLOWED)
    assert set(END) == set(ENDS)
    assert all(transition.target == end for end, transition in END.items())


def test_every_end_is_published_and_nothing_else() -> None:
    for transition in TRANSITIONS:
        assert transition.is_published is (transition.target in ENDS), transition.name


def test_senders_need_their_claim_and_others_void_it() -> None:
    for transition in TRANSITIONS:
        assert transition.needs_claim is (transition.name in BY_SENDERS), transition.name
        if not transition.needs_claim and "claimed" in transition.sources:
            assert transition.voids_claim, f"{transition.name} would leave a sender with a claim"
        if transition.target == "queued":
            assert transition.voids_claim, f"{transition.name} queues a message that is still claimed"


def test_a_message_that_is_being_sent_is_only_marked_when_it_is_called_off() -> None:
    for transition in (CANCEL, SUPPRESS):
        assert transition.deferred_in == ("sending",)
        [end] = [end for end in END.values() if end.target == transition.target]
        assert set(POSTPONE.sources) <= set(end.sources)
    assert all(not transition.deferred_in for transition in TRANSITIONS if transition not in (CANCEL, SUPPRESS))


def test_a_mail_is_kept_until_it_cannot_be_read_any_more() -> None:
    sensitive, other = KINDS["offer"], KINDS["matches"]
    for transition in TRANSITIONS:
        assert transition.keeps_mail(sensitive) is (transition.target in OPEN), transition.name
        assert transition.keeps_mail(other) is (transition.target in (*OPEN, "sent", "unknown")), transition.name


def test_a_mail_that_the_server_may_have_is_sent_once_more_at_most() -> None:
    offer, digest = KINDS["offer"], KINDS["matches"]
    assert after_silence(offer, resent=False) is RESEND
    assert after_silence(offer, resent=True) is LOSE
    assert after_silence(offer, resent=False, called_off=True) is LOSE
    assert after_silence(digest, resent=False) is LOSE


def test_a_message_of_a_kind_that_is_gone_can_still_be_sent() -> None:
    assert kind_named("matches") is KINDS["matches"]
    assert kind_named("newsletter").name == "newsletter"


def test_the_diagram_in_the_guide_shows_these_transitions() -> None:
    shown = set(re.findall(r"^ +(\w+) --> (\w+): ([\w ,]+)$", PAGE.read_text(encoding="utf-8"), re.M))
    arrows: dict[tuple[str, str], list[str]] = {}
    for transition in TRANSITIONS:
        for source in transition.sources:
            arrows.setdefault((source, transition.target), []).append(transition.name)
    assert {(source, target, tuple(sorted(names.split(", ")))) for source, target, names in shown} == {
        (*ends, tuple(sorted(names))) for ends, names in arrows.items()
    }
