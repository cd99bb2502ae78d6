"""Match day: the stable assignment of attendees to seats, with the reason for each result.

Applicant-proposing deferred acceptance (Gale & Shapley 1962) with caps per discipline (Abdulkadiroglu & Sonmez 2003) and the
reversion of unfilled seats (Roth & Peranson 1999). Pure: the same input gives the same result, whatever its order.
"""

from matching.engine.match_day.assignment import match
from matching.engine.match_day.blocking import blocking_pairs
from matching.engine.match_day.choice_results import ChoiceResults
from matching.engine.match_day.participants import Applicant, Assignment, Host
from matching.engine.match_day.round_arrays import NumberLists, RoundArrays, match_arrays
from matching.engine.match_day.ties import break_ties, ranks_of

__all__ = [
    "Applicant",
    "Assignment",
    "ChoiceResults",
    "Host",
    "NumberLists",
    "RoundArrays",
    "blocking_pairs",
    "break_ties",
    "match",
    "match_arrays",
    "ranks_of",
]
