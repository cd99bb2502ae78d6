"""``python -m notifications``"""

from notifications.main import create_app
from notifications.settings import Settings
from shared.service import run


def main() -> None:
    """Run the service until it is told to stop."""
    run(create_app, Settings)


if __name__ == "__main__":
    main()
