"""``python -m notifications``"""

from notifications.settings import Settings
from shared.environment import read_settings
from shared.runtime.command_line import command_line
from shared.runtime.server import serve


def main() -> None:
    """Run the service until it is told to stop."""
    command_line("notifications", Settings).parse_args()
    settings = read_settings(Settings)
    # Imported here: it takes seconds, and nobody waits so long to be told of a wrong setting.
    from notifications.main import create_app

    serve(create_app, settings)


if __name__ == "__main__":
    main()
