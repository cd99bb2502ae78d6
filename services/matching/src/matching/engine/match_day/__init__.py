"""Match day: the stable assignment of attendees to seats, with the reason for each result.

Applicant-proposing deferred acceptance (Gale & Shapley 1962) with caps per discipline (Abdulkadiroglu & Sonmez 2003), limits over
several listings (Abraham, Irving & Manlove 2007), couples and the reversion of unfilled seats (Roth & Peranson 1999). Pure: the
same input gives the same result in any order.
"""

from matching.engine.match_day.assignment import match
from matching.engine.match_day.blocking import blocking_pairs
from matching.engine.match_day.choice_results import ChoiceResults
from matching.engine.match_day.couples import match_couples
from matching.engine.match_day.dissatisfied_couples import dissatisfied_couples
from matching.engine.match_day.participants import NO_LIMITS, Applicant, Assignment, Couple, Host, Limits
from matching.engine.match_day.round_arrays import NumberLists, RoundArrays, match_arrays
from matching.engine.match_day.ties import break_ties, ranks_of

__all__ = [
    "NO_LIMITS",
    "Applicant",
    "Assignment",
    "ChoiceResults",
    "Couple",
    "Host",
    "Limits",
    "NumberLists",
    "RoundArrays",
    "blocking_pairs",
    "break_ties",
    "dissatisfied_couples",
    "match",
    "match_arrays",
    "match_couples",
    "ranks_of",
]
