"""Shows Opportunity Desk at work: a conference of 120 generated attendees, from badge scans to a hire.

It starts what it needs on free ports, keeps its data in one directory, and stops everything at the end. The exit status is 0 only
if everything expected arrived.
"""

import argparse
import logging
import signal
import sys
from pathlib import Path

import httpx

from demo.desk import SetupError
from demo.publish import PublishError
from demo.run import run
from local_stack import StartError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m demo", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--directory",
        type=Path,
        default=_default_directory(),
        help="where data and logs are kept; those of an earlier demo are deleted, others moved aside (%(default)s)",
    )
    parser.add_argument("--keep", action="store_true", help="keep everything running until Ctrl-C, to look around")
    options = parser.parse_args(arguments)
    logging.basicConfig(format="  %(message)s", level=logging.WARNING)
    logging.getLogger("local_stack").setLevel(logging.INFO)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    signal.signal(signal.SIGTERM, _stop)
    try:
        return run(options.directory, keep=options.keep)
    except (StartError, SetupError, PublishError, httpx.HTTPError) as error:
        print(f"\n{str(error) or repr(error)}\nThe logs are in {options.directory}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def _stop(*_: object) -> None:
    raise KeyboardInterrupt  # so that SIGTERM also stops everything that was started


def _default_directory() -> Path:
    """`.local/stack` in the repository that contains the working directory. `make up` uses the same directory."""
    here = Path.cwd()
    root = next((each for each in (here, *here.parents) if (each / "deploy" / "demo").is_dir()), here)
    return root / ".local" / "stack"


if __name__ == "__main__":
    sys.exit(main())
