"""``python -m matching``"""

from matching.main import create_app
from matching.settings import Settings
from shared.service import run


def main() -> None:
    settings = Settings()
    run(create_app(settings), settings)


if __name__ == "__main__":
    main()
