"""``python -m registration``"""

import sys

from registration.settings import Settings
from shared.environment import read_settings


def main() -> None:
    """Run the service until it is stopped; with arguments, run a command instead."""
    # Imported here: each takes seconds, and a wrong setting should be reported at once.
    if sys.argv[1:]:
        from registration import command_line

        sys.exit(command_line.main(sys.argv[1:]))
    settings = read_settings(Settings)
    from registration.main import create_app
    from shared.runtime.server import serve

    serve(create_app, settings)


if __name__ == "__main__":
    main()
