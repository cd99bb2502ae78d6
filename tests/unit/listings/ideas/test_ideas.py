"""The rules of ideas: who may do what, in which state, and what others are told."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from listings.ideas.domain import idea as rules
from listings.ideas.domain.idea import MOST_ASKING, MOST_CHANGES, Done, Idea, Origin, idea_id
from listings.ideas.domain.proposal import Proposal
from listings.ideas.domain.transitions import LIVE, RULES, Command, State, check
from listings.organizations.domain import Organization
from shared.refusals import Conflict, Stale
from shared.validation import in_words

NOW = datetime(2026, 7, 12, 12, tzinfo=UTC)
LIFETIME = timedelta(days=180)
STATES: tuple[State | None, ...] = (None, *get_args(State))


def proposal(**changes: Any) -> Proposal:
    written = {"title": "Faster star maps", "text": "Tile them.", "skills": ["NumPy"], "conference_ids": ["c1"]}
    return Proposal.model_validate(written | changes)


def proposed(known: Idea | None = None, now: datetime = NOW, **changes: Any) -> Idea:
    return rules.propose(known, "ada", "stars", proposal(**changes), now, LIFETIME)


def asked(*hosts: str) -> Idea:
    idea = proposed()
    for host in hosts or ("acme",):
        idea = rules.ask(idea, host)
    return idea


ADOPTED = rules.agree(asked("acme", "beta"), "acme", "idea-1")
IN_STATE: dict[State, Idea] = {
    "proposed": proposed(),
    "asked": asked(),
    "adopted": ADOPTED,
    "withdrawn": rules.withdraw(proposed()),
    "expired": rules.expire(proposed(), NOW + LIFETIME),
}
COMMANDS: dict[Command, Callable[[Idea], Idea]] = {
    "propose": lambda idea: proposed(idea, title="Other"),
    "ask": lambda idea: rules.ask(idea, "gamma"),
    "take-back": lambda idea: rules.take_back(idea, "acme"),
    "decline": lambda idea: rules.decline(idea, "acme"),
    "agree": lambda idea: rules.agree(idea, "acme", "idea-2"),
    "withdraw": rules.withdraw,
    "expire": lambda idea: rules.expire(idea, NOW + LIFETIME),
}


PAIRS = [(command, state) for command in RULES for state in IN_STATE]


@pytest.mark.parametrize(("command", "state"), [pair for pair in PAIRS if pair[1] in RULES[pair[0]].sources])
def test_a_command_does_what_its_row_says(command: Command, state: State) -> None:
    idea = IN_STATE[state]
    after = COMMANDS[command](idea)
    assert (idea.state, after.state, after.version) == (state, RULES[command].target, idea.version + 1)


@pytest.mark.parametrize(("command", "state"), [pair for pair in PAIRS if pair[1] not in RULES[pair[0]].sources])
def test_a_command_that_the_state_does_not_allow_is_refused_or_changes_nothing(command: Command, state: State) -> None:
    if (command == "withdraw" and state != "adopted") or command == "expire":
        assert COMMANDS[command](IN_STATE[state]) == IN_STATE[state], "an end that comes again, or to what has ended"
        return
    with pytest.raises(Conflict, match=f"^the idea is {state}: "):
        COMMANDS[command](IN_STATE[state])


def test_only_what_may_begin_begins_an_idea() -> None:
    assert [command for command, rule in RULES.items() if None in rule.sources] == ["propose"]
    for state in STATES:
        if state not in RULES["agree"].sources and state is not None:
            with pytest.raises(Conflict):
                check("agree", state)


def test_an_idea_is_known_by_an_id_that_differs_for_each_author_and_key() -> None:
    ids = {idea_id(*one, NOW) for one in (("ada", "stars"), ("ada", "maps"), ("bob", "stars"), ("adas", "tars"))}
    ids.add(idea_id("ada", "stars", NOW + timedelta(days=1)))  # she was erased, and came back
    assert len(ids) == 5
    assert proposed().id == idea_id("ada", "stars", NOW)


def test_the_same_proposal_again_changes_nothing_and_another_one_is_the_next_version() -> None:
    idea = proposed()
    assert proposed(idea, NOW + timedelta(days=1)) == idea
    changed = proposed(idea, NOW + timedelta(days=1), title="Other")
    assert (changed.version, changed.expires_at) == (2, NOW + timedelta(days=1) + LIFETIME)


@pytest.mark.parametrize("state", ["withdrawn", "expired"])
def test_what_ended_can_be_proposed_again_and_counts_on(state: State) -> None:
    ended = replace(IN_STATE[state], declined=("acme",))
    again = proposed(ended, NOW + timedelta(days=1))
    assert (again.state, again.version, again.declined) == ("proposed", ended.version + 1, ())


def test_an_idea_that_hosts_ask_for_is_not_changed_under_their_hands() -> None:
    assert proposed(asked()) == asked(), "the same again"
    with pytest.raises(Conflict, match="decline them, or withdraw it"):
        proposed(asked(), title="Other")


def test_the_idea_is_asked_as_long_as_one_host_asks() -> None:
    both = asked("acme", "beta")
    one = rules.take_back(both, "acme")
    assert (one.state, one.asked_by) == ("asked", ("beta",))
    assert (rules.decline(one, "beta").state, rules.take_back(one, "beta").state) == ("proposed", "proposed")


def test_a_host_that_was_declined_does_not_ask_again_and_others_may() -> None:
    declined = rules.decline(asked(), "acme")
    with pytest.raises(Conflict, match="declined this organization"):
        rules.ask(declined, "acme")
    assert rules.ask(declined, "beta").asked_by == ("beta",)


def test_only_hosts_that_ask_are_answered() -> None:
    for answer in (rules.decline, rules.take_back, lambda idea, host: rules.agree(idea, host, "idea-1")):
        with pytest.raises(Conflict, match="organization 'beta' has not asked"):
            answer(asked("acme"), "beta")
    with pytest.raises(Conflict, match="has already asked"):
        rules.ask(asked("acme"), "acme")


def test_no_more_hosts_ask_than_an_event_names() -> None:
    crowded = asked(*(f"host{n}" for n in range(MOST_ASKING)))
    assert len(crowded.changed().asked_by) == MOST_ASKING
    with pytest.raises(Conflict, match="20 hosts have asked"):
        rules.ask(crowded, "one-more")


def test_agreeing_answers_all_hosts_that_asked() -> None:
    event = ADOPTED.changed()
    assert (event.state, event.organization_id, event.listing_id, event.asked_by) == ("adopted", "acme", "idea-1", [])


def test_an_idea_expires_at_its_time_and_not_before() -> None:
    for idea in (proposed(), asked()):
        assert rules.expire(idea, NOW + LIFETIME - timedelta(milliseconds=1)) == idea
        assert rules.expire(idea, NOW + LIFETIME).state == "expired"
    assert rules.expire(ADOPTED, NOW + LIFETIME) == ADOPTED


def test_a_command_that_comes_again_is_known_and_a_late_one_is_refused() -> None:
    idea = asked("acme")
    assert idea.done == Done("ask", "acme", 1)
    assert rules.is_repeated(idea, "ask", "acme", 1)
    assert not rules.is_repeated(idea, "decline", "acme", 2)
    for command, host, seen in (("ask", "beta", 1), ("take-back", "acme", 1), ("ask", "acme", 3)):
        with pytest.raises(Stale, match=rf"you saw version {seen}, it is at version 2"):
            rules.is_repeated(idea, command, host, seen)  # type: ignore[arg-type]
    assert rules.is_repeated(ADOPTED, "agree", "acme", 3)


@pytest.mark.parametrize(
    ("organization", "visible"),
    [
        (Organization("acme", 1, "Acme", None, ["c1", "c9"]), True),
        (Organization("acme", 1, "Acme", None, ["c9"]), False),
        (Organization("acme", 1, "Acme", None, []), False),
        (Organization("acme", 1, "Acme", None, ["c1"], approved=False), False),
    ],
)
def test_hosts_see_ideas_of_their_conferences_once_they_are_approved(organization: Organization, visible: bool) -> None:
    assert rules.is_visible_to(proposed(), organization) is visible


def test_hosts_see_what_has_ended_only_if_they_adopted_it() -> None:
    acme, beta = (Organization(id, 1, id, None, ["c1"]) for id in ("acme", "beta"))
    assert (rules.is_visible_to(ADOPTED, acme), rules.is_visible_to(ADOPTED, beta)) == (True, False)
    for state in ("withdrawn", "expired"):
        assert not rules.is_visible_to(IN_STATE[state], acme)


def test_hosts_see_an_idea_only_where_its_author_took_part_and_agrees() -> None:
    acme, far = Organization("acme", 1, "Acme", None, ["c1"]), Organization("far", 1, "Far", None, ["c2"])
    idea = proposed(conference_ids=["c1", "c2"])
    seen = {}
    for attended in (["c1", "c2", "c3"], ["c2"], []):
        idea = rules.follow(idea, "ada", attended, ())
        seen[tuple(attended)] = (rules.is_visible_to(idea, acme), rules.is_visible_to(idea, far), idea.changed().conference_ids)
    assert list(seen.values()) == [(True, True, ["c1", "c2"]), (False, True, ["c2"]), (False, False, [])]
    assert idea.version == 3, "nothing changed at first"
    assert rules.follow(idea, "ada", ["c1", "c2"], ()).shown_in == ("c1", "c2"), "they agree again"


def test_an_idea_follows_its_author_into_another_attendee_and_back() -> None:
    idea = proposed()
    merged = rules.follow(idea, "ada-2", ["c1"], ())
    assert (merged.id, merged.attendee_id, merged.key, merged.version) == (idea.id, "ada-2", "stars", 2)
    assert merged.origin == Origin("ada", "stars")
    further = rules.follow(merged, "ada-3", ["c1"], {"stars"})
    assert (further.key, further.origin) == (f"stars~{idea.id[:12]}", merged.origin)
    assert rules.follow(further, "ada-3", ["c1"], {"stars"}) == further
    back = rules.follow(further, "ada", ["c1"], {"maps"})
    assert (back.attendee_id, back.key, back.origin) == ("ada", "stars", None)
    changed = rules.propose(merged, "ada-2", "stars", proposal(title="Other"), NOW, LIFETIME)
    assert (changed.id, changed.origin, changed.version) == (idea.id, merged.origin, 3)


def test_an_idea_that_changed_very_often_is_only_answered_and_ended() -> None:
    often = replace(asked("acme", "beta"), version=MOST_CHANGES)
    with pytest.raises(Conflict, match="has changed 1,000 times; propose another one"):
        rules.ask(often, "gamma")
    with pytest.raises(Conflict, match="has changed 1,000 times"):
        proposed(rules.withdraw(often), title="Other")
    assert rules.agree(rules.decline(often, "beta"), "acme", "idea-1").state == "adopted"


STEPS = st.tuples(
    st.sampled_from(["propose", "ask", "take-back", "decline", "agree", "withdraw", "expire"]),
    st.sampled_from(["acme", "beta", "gamma"]),
    st.integers(0, 100),
)


def after_step(idea: Idea, command: str, host: str, now: datetime) -> Idea:
    match command:
        case "propose":
            return proposed(idea, now, title=host)
        case "ask":
            return rules.ask(idea, host)
        case "take-back":
            return rules.take_back(idea, host)
        case "decline":
            return rules.decline(idea, host)
        case "agree":
            return rules.agree(idea, host, f"idea-{host}")
        case "withdraw":
            return rules.withdraw(idea)
        case _:
            return rules.expire(idea, now)


@given(st.lists(STEPS, max_size=40))
def test_whatever_happens_the_state_says_who_asks_and_who_has_it(steps: list[tuple[str, str, int]]) -> None:
    idea, now = proposed(), NOW
    for command, host, days in steps:
        now += timedelta(days=days)
        before = idea
        with suppress(Conflict):
            idea = after_step(idea, command, host, now)
        assert idea.version == before.version + (idea != before)
        assert (idea.state == "asked") == bool(idea.asked_by)
        assert (idea.state == "adopted") == (idea.organization_id is not None) == (idea.listing_id is not None)
        assert set(idea.asked_by).isdisjoint(idea.declined)
        assert idea.live == (idea.state in LIVE)
        if before.state == "adopted":
            assert idea == before, "nothing takes it from its host"


@pytest.mark.parametrize(
    ("changes", "place", "said"),
    [
        ({"title": "two\nlines"}, ("title",), "line break"),
        ({"title": ""}, ("title",), "empty"),
        ({"text": ""}, ("text",), "must not be empty"),
        ({"text": " \n "}, ("text",), "must not be blank"),
        ({"text": "a\x00b"}, ("text",), "control characters"),
        ({"text": "x" * 10_001}, ("text",), "at most 10,000"),
        ({"conference_ids": []}, ("conference_ids",), "must not be empty"),
        ({"conference_ids": ["$ne"]}, ("conference_ids", 0), "an id"),
        ({"conference_ids": [{"$ne": ""}]}, ("conference_ids", 0), "must be text"),
        ({"skills": ["a\nb"]}, ("skills", 0), "line break"),
        ({"session": {"conference_id": "c1"}}, ("session", "session_id"), "missing"),
        ({"session": "s1"}, ("session",), "object"),
        ({"name": "Ada"}, ("name",), ""),
    ],
)
def test_what_is_wrong_with_a_proposal_is_said_with_its_place(
    changes: dict[str, Any], place: tuple[str | int, ...], said: str
) -> None:
    with pytest.raises(ValidationError) as refusal:
        proposal(**changes)
    (error,) = refusal.value.errors()
    assert error["loc"] == place
    assert said in in_words(dict(error)), in_words(dict(error))


def test_each_conference_and_skill_counts_once() -> None:
    one = proposal(conference_ids=["c1", "c2", "c1"], skills=["C", "C"])
    assert (one.conference_ids, one.skills) == (["c1", "c2"], ["C"])
