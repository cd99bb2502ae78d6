"""``python -m listings``"""

from shared.service import run

from listings.main import create_app
from listings.settings import Settings


def main() -> None:
    settings = Settings()
    run(create_app(settings), settings)


if __name__ == "__main__":
    main()
