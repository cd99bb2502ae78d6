"""Match day: who gets which seat, as stable as it can be, and why.

Applicant-proposing deferred acceptance (Gale & Shapley 1962) with caps per discipline (Abdulkadiroglu & Sonmez 2003) and the
reversion of unfilled seats (Roth & Peranson 1999). Pure: the same input gives the same result, whatever its order.
"""

from matching.engine.match_day.arrays import Arrays, Lists, match_arrays
from matching.engine.match_day.blocking import blocking_pairs
from matching.engine.match_day.matching import match
from matching.engine.match_day.outcomes import Outcomes
from matching.engine.match_day.participants import Applicant, Host, Result
from matching.engine.match_day.ties import break_ties

__all__ = ["Applicant", "Arrays", "Host", "Lists", "Outcomes", "Result", "blocking_pairs", "break_ties", "match", "match_arrays"]
