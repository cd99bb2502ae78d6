"""``python -m registration``"""

import sys

from registration.commands import run as commands
from registration.main import create_app
from registration.settings import Settings
from shared.service import run


def main() -> None:
    """Run the service until it is told to stop; or, with arguments, a command."""
    if sys.argv[1:]:
        sys.exit(commands.main(sys.argv[1:]))
    run(create_app, Settings)


if __name__ == "__main__":
    main()
