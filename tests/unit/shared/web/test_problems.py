"""What an answer other than success says."""

from shared.web.problems import FieldFault, invalid, not_found


def test_a_problem_with_a_field_begins_with_its_name() -> None:
    problem = invalid("deadline", "has passed; choose a later one")
    assert str(problem) == "deadline: has passed; choose a later one"
    assert problem.errors == [FieldFault(field="deadline", detail="has passed; choose a later one")]


def test_a_problem_with_no_field_says_only_what_is_wrong() -> None:
    problem = not_found("listing", "l1")
    assert (str(problem), problem.errors) == ("there is no listing 'l1'", [])
