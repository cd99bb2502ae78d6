"""``python -m notifications``"""

import sys

from notifications.settings import Settings
from shared.environment import read_settings


def main() -> None:
    """Run the service until it is stopped; with arguments, run a command instead."""
    # Imported late: each takes seconds, and a wrong setting should be reported at once.
    if sys.argv[1:]:
        from notifications.republish import republish
        from shared.runtime import commands

        sys.exit(commands.run("notifications", Settings, republish, sys.argv[1:]))
    settings = read_settings(Settings)
    from notifications.main import create_app
    from shared.runtime.server import serve

    serve(create_app, settings)


if __name__ == "__main__":
    main()
