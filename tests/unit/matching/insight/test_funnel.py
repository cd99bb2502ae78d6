"""The way from attendance to a hire: counted from history, for all and for each group."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.insight.domain.figures import Count, FunnelRow, HostAnswers, Insight
from matching.insight.domain.funnel import STAGES, reached
from matching.insight.domain.report import insights
from matching.insight.domain.tallies import CountedPerson, Tallies
from matching.insight.domain.turnout import Turnout
from matching.model.candidates import Attended
from matching.model.conferences import Conference, Session
from matching.model.listings import Listing, RequestedTerm
from support.worlds import NOW

ARRAYS = Attended("pyconf", "arrays")
PYCONF = Conference("pyconf", 1, "PyConf", [Session("arrays", "Arrays that fly", ["numpy"])])
TURNOUT = {"pyconf": Turnout(1000, 12, {"arrays": 400})}


def listing(id: str, host: str) -> Listing:
    asks = {"numpy": RequestedTerm("skill", "NumPy")}
    return Listing(id, 1, open=True, organization=host.title(), organization_id=host, requested_terms=asks)


def person(*stages: str, listing_id: str = "l1", discipline: str | None = "ict") -> CountedPerson:
    return CountedPerson(
        conference_ids=["pyconf"],
        discipline=discipline,  # type: ignore[arg-type]
        sessions=[ARRAYS],
        matches=[listing_id],
        stages={stage: {listing_id} for stage in stages},  # type: ignore[misc]
    )


def rows(people: list[CountedPerson], conference_id: str | None = "pyconf") -> dict[tuple[str, str], FunnelRow]:
    tallies = Tallies([listing("l1", "acme"), listing("l2", "beta")], [PYCONF], {}, NOW, TURNOUT)
    for one in people:
        tallies.add(one)
    counted: dict[str | None, Insight] = {insight.conference_id: insight for insight in insights(tallies)}
    return {(row.by, row.id): row for row in counted[conference_id].funnel}


PEOPLE = [
    *[person("opened", "applied", "interviewed", "offered", "accepted", "started", "completed", "hired")] * 3,
    *[person("opened", "applied", "interviewed")] * 4,  # and then rejected
    *[person("opened", "applied", listing_id="l2", discipline="arts")] * 3,
    person("opened"),  # and thought better of it
    person(),
]


def test_each_stage_counts_everybody_who_was_ever_in_it() -> None:
    steps = rows(PEOPLE)["all", ""].steps
    assert steps.model_dump() == {
        "came": 1000, "agreed": 12, "recommended": 12, "opened": 11, "applied": 10, "interviewed": 7, "offered": 3, "accepted": 3, "started": 3,
        "completed": 3, "hired": 3,
    }  # fmt: skip


def test_there_are_rows_of_disciplines_hosts_and_sessions() -> None:
    found = rows(PEOPLE)
    assert set(found) == {
        ("all", ""), ("discipline", "arts"), ("discipline", "ict"), ("host", "acme"), ("host", "beta"), ("session", "arrays"),
    }  # fmt: skip
    acme, beta, arrays = found["host", "acme"], found["host", "beta"], found["session", "arrays"]
    assert (acme.name, acme.steps.applied, acme.steps.interviewed, acme.steps.came) == ("Acme", 7, 7, None)
    assert (beta.steps.applied, beta.steps.interviewed) == (3, 0)
    assert (arrays.name, arrays.conference_id, arrays.steps.came, arrays.steps.agreed) == ("Arrays that fly", "pyconf", 400, 12)
    assert found["discipline", "ict"].steps.agreed == 9


def test_one_or_two_people_are_hidden_in_every_row() -> None:
    found = rows([*[person("applied")] * 2, *[person()] * 3])
    assert found["all", ""].steps.applied == found["host", "acme"].steps.applied == "<3"
    assert found["session", "arrays"].steps.applied == found["discipline", "ict"].steps.applied == "<3"


def test_over_all_conferences_who_came_is_not_known() -> None:
    steps = rows(PEOPLE, None)["all", ""].steps
    assert (steps.came, steps.agreed, steps.applied) == (None, 12, 10)


@pytest.mark.parametrize("agreed", [0, 1, 2])
def test_a_conference_of_one_or_two_who_agreed_has_no_rows_of_them(agreed: int) -> None:
    assert set(rows([person("applied")] * agreed)) <= {("all", "")}


def test_whoever_applied_counts_as_recommended_to_though_the_listing_is_recommended_no_more() -> None:
    applied = CountedPerson(conference_ids=["pyconf"], stages={"applied": {"l1"}})
    assert rows([applied] * 3)["all", ""].steps.recommended == 3


def test_a_match_day_is_an_application_an_offer_and_an_acceptance() -> None:
    assert reached([], [("l1", ["confirmed"], False)], ["l1", "l2"]) == {
        "opened": {"l1", "l2"},
        "applied": {"l1", "l2"},
        "offered": {"l1"},
        "accepted": {"l1"},
    }


def test_an_application_counts_by_its_history() -> None:
    history = ["submitted", "screening", "interview", "offered", "declined"]
    applied = {"opened": {"l1"}, "applied": {"l1"}}
    assert reached([("l1", history)], [], []) == applied | {"interviewed": {"l1"}, "offered": {"l1"}}
    assert reached([("l1", ["submitted", "withdrawn"])], [], [], ["l1", "l2"]) == applied | {"opened": {"l1", "l2"}}
    placement = ("l2", ["confirmed", "started", "ended"], True)
    assert reached([], [placement], []) == {"offered": {"l2"}, "accepted": {"l2"}, "started": {"l2"}, "hired": {"l2"}}


@pytest.mark.parametrize(
    ("answered", "unanswered", "told"),
    [
        (7, 3, (7, 3, 0.7)),
        (5, 0, (5, 0, 1)),
        (0, 4, (0, 4, 0)),
        (8, 1, (8, "<3", 0.8)),
        (8, 2, (8, "<3", 0.8)),
        (1, 6, ("<3", 6, 0.25)),
        (2, 2, ("<3", "<3", None)),
        (0, 1, (0, "<3", None)),
        (0, 0, (0, 0, None)),
    ],
)
def test_the_rate_of_answers_reveals_no_more_than_the_numbers_that_are_told(
    answered: int, unanswered: int, told: tuple[Count, Count, float | None]
) -> None:
    answers = HostAnswers.of(answered, unanswered)
    assert (answers.answered, answers.unanswered, answers.rate) == told


def test_a_hosts_rate_of_answers_counts_each_person_once_and_is_in_its_row_only() -> None:
    heard = CountedPerson(conference_ids=["pyconf"], stages={"applied": {"l1", "l2"}}, answered={"l1"}, unanswered={"l2", "gone"})
    found = rows([heard] * 3)
    assert found["host", "acme"].answers == HostAnswers(answered=3, unanswered=0, rate=1)
    assert found["host", "beta"].answers == HostAnswers(answered=0, unanswered=3, rate=0)
    assert not [row for (by, _), row in found.items() if by != "host" and row.answers]


states = st.lists(st.sampled_from(["submitted", "interview", "offered", "rejected", "confirmed", "started", "completed", "new"]))


@given(
    st.lists(st.tuples(st.sampled_from(["l1", "l2"]), states)),
    st.lists(st.tuples(st.sampled_from(["l1"]), states, st.booleans())),
)
def test_unknown_states_are_no_stage(
    applications: list[tuple[str, list[str]]], placements: list[tuple[str, list[str], bool]]
) -> None:
    stages = reached(applications, placements, [])
    assert set(stages) <= set(STAGES) - {"recommended"}
    assert stages.get("applied", set()) <= stages.get("opened", set())
    assert all(ids for ids in stages.values())
