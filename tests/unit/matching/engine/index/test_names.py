"""Numbers for what is named by text."""

from hypothesis import given
from hypothesis import strategies as st

from matching.engine.index.arrays import allowed
from matching.engine.index.names import Names

COUNTRIES = ("DE", "BR", "IN")


@given(st.lists(st.one_of(st.sampled_from(COUNTRIES), st.none() | st.frozensets(st.sampled_from(COUNTRIES)))))
def test_which_sets_have_a_country_is_known_of_new_sets_and_countries_too(
    seen: list[str | frozenset[str] | None],
) -> None:
    names = Names()
    for one in seen:
        names.country(one) if isinstance(one, str) else names.place(one)
        for number in names.countries.values():
            assert names.having(number).tolist() == allowed(names.places, names.countries)[:, number].tolist()
