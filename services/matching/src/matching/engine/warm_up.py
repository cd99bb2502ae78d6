"""Compiling ahead of the first event, or at the build of an image: ``python -m matching.engine.warm_up``."""

from matching.engine import index
from matching.engine.match_day import Applicant, Host, match


def warm_up() -> None:
    """Compile all that the engine needs, or load it: seconds for the first time, else a part of one. For the start."""
    index.precompile()
    match([Applicant("a", ("h",))], [Host("h", 1, ("a",))])


if __name__ == "__main__":
    warm_up()
