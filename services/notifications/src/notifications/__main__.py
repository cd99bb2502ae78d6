"""``python -m notifications``"""

from notifications.main import create_app
from notifications.settings import Settings
from shared.service import run


def main() -> None:
    settings = Settings()
    run(create_app(settings), settings)


if __name__ == "__main__":
    main()
