"""``python -m matching``"""

from shared.service import run

from matching.main import create_app
from matching.settings import Settings


def main() -> None:
    settings = Settings()
    run(create_app(settings), settings)


if __name__ == "__main__":
    main()
