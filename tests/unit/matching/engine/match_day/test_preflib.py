"""Real rankings: the students of the University of Glasgow and their projects (PrefLib 00038; Kwanashie, Irving, Manlove & Sng 2014)."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random

import pytest

from matching.engine.match_day import Applicant, Host, blocking_pairs, break_ties, match
from support.match_day import rank, textbook

DATA = Path(__file__).parents[6] / "shared" / "data" / "preflib"
RankBy = Callable[[list[str], str], tuple[str, ...]]
YEARS = sorted(DATA.glob("00038-*.soi"))

pytestmark = pytest.mark.skipif(
    not YEARS, reason="PrefLib's data set 00038 is not beside the repository: it is not ours to pass on"
)


def students(year: Path) -> list[Applicant]:
    """A line is how many have this ranking, then the projects, best first. In a .soi file they count from 1."""
    rankings = []
    for line in year.read_text().splitlines():
        if line and not line.startswith("#"):
            count, ranking = line.split(":")
            rankings += [tuple(f"p{int(number) - 1}" for number in ranking.split(","))] * int(count)
    return [Applicant(f"s{number}", ranking) for number, ranking in enumerate(rankings)]


def supervisors(year: Path) -> dict[str, tuple[str, int]]:
    """Each project's supervisor and how many these take. In a .dat file projects count from 0."""
    found = {}
    for line in year.with_suffix(".dat").read_text().splitlines()[1:]:
        supervisor, seats, projects = line.split(",")
        found.update({f"p{project}": (supervisor, int(seats)) for project in projects.split()})
    return found


def shuffled(ids: list[str], seed: str) -> tuple[str, ...]:
    return tuple(Random(seed).sample(ids, len(ids)))


def scored(ids: list[str], seed: str) -> tuple[str, ...]:
    """By a score so coarse that most are equal, as a score of few skills is."""
    return break_ties({id: Random(seed + id).randint(0, 3) / 4 for id in ids}, seed)


@pytest.mark.parametrize("rank_by", [shuffled, scored])
@pytest.mark.parametrize("year", YEARS, ids=lambda year: year.stem)
def test_each_year_is_stable_with_a_seat_per_project(year: Path, rank_by: RankBy) -> None:
    applicants = students(year)
    projects = sorted({project for one in applicants for project in one.ranking})
    for seed in range(20):
        hosts = [Host(project, 1, rank_by([one.id for one in applicants], f"{seed}-{project}")) for project in projects]
        result = match(applicants, hosts)
        assert blocking_pairs(applicants, hosts, result) == []
        assert result.seats == textbook(applicants, hosts)
        # Some want the same, and nearly all get something.
        assert any(rank(one, result.seats[one.id]) > 0 for one in applicants)
        assert sum(seat is not None for seat in result.seats.values()) > 0.8 * len(applicants)


@pytest.mark.parametrize("rank_by", [shuffled, scored])
@pytest.mark.parametrize("year", [year for year in YEARS if year.with_suffix(".dat").exists()], ids=lambda year: year.stem)
def test_each_year_is_stable_with_the_supervisors_seats(year: Path, rank_by: RankBy) -> None:
    of = supervisors(year)
    applicants = [Applicant(one.id, tuple(dict.fromkeys(of[project][0] for project in one.ranking))) for one in students(year)]
    for seed in range(20):
        hosts = [Host(name, seats, rank_by([one.id for one in applicants], f"{seed}-{name}")) for name, seats in set(of.values())]
        result = match(applicants, hosts)
        assert blocking_pairs(applicants, hosts, result) == []
        assert result.seats == textbook(applicants, hosts)


@pytest.mark.parametrize("year", [year for year in YEARS if year.with_suffix(".dat").exists()], ids=lambda year: year.stem)
def test_each_year_is_stable_with_a_seat_per_project_and_the_supervisors_limits(year: Path) -> None:
    of, applicants = supervisors(year), students(year)
    limits = dict(of.values())
    over = 0
    for seed in range(20):
        lists = {supervisor: shuffled([one.id for one in applicants], f"{seed}-{supervisor}") for supervisor in limits}
        hosts = [Host(project, 1, lists[supervisor], limit=supervisor) for project, (supervisor, _) in of.items()]
        result = match(applicants, hosts, limits)
        assert blocking_pairs(applicants, hosts, result, limits) == []
        assert all(taken <= limits[name] for name, taken in by_supervisor(result.seats, of).items())
        without = by_supervisor(match(applicants, hosts).seats, of)
        over += sum(max(0, taken - limits[name]) for name, taken in without.items())
    assert over > 0, "the limits bind"


def by_supervisor(seats: Mapping[str, str | None], of: Mapping[str, tuple[str, int]]) -> Counter[str]:
    return Counter(of[project][0] for project in seats.values() if project)
