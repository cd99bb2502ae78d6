"""Numbers for what is named by text."""

from hypothesis import given
from hypothesis import strategies as st

from matching.engine.index.arrays import allowed
from matching.engine.index.numbering import Numbering

COUNTRIES = ("DE", "BR", "IN")


@given(st.lists(st.one_of(st.sampled_from(COUNTRIES), st.none() | st.frozensets(st.sampled_from(COUNTRIES)))))
def test_which_sets_have_a_country_is_known_of_new_sets_and_countries_too(
    seen: list[str | frozenset[str] | None],
) -> None:
    numbering = Numbering()
    for one in seen:
        numbering.country(one) if isinstance(one, str) else numbering.place(one)
        for number in numbering.countries.values():
            assert numbering.sets_with(number).tolist() == allowed(numbering.places, numbering.countries)[:, number].tolist()
