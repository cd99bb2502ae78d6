"""``python -m registration``"""

from registration.main import create_app
from registration.settings import Settings
from shared.service import run


def main() -> None:
    settings = Settings()
    run(create_app(settings), settings)


if __name__ == "__main__":
    main()
