"""``python -m listings``"""

from listings.main import create_app
from listings.settings import Settings
from shared.service import run


def main() -> None:
    """Run the service until it is told to stop."""
    run(create_app, Settings)


if __name__ == "__main__":
    main()
