"""The command line of a service: ``--help``, which lists its settings, and ``--version``."""

import argparse
import textwrap
from collections.abc import Iterator
from importlib.metadata import version
from typing import Final

from shared.environment import default_of
from shared.settings import ServiceSettings, file_variable

_WIDTH: Final = 100


def command_line(service: str, settings_type: type[ServiceSettings], description: str = "") -> argparse.ArgumentParser:
    """The parser of a service that takes no arguments but ``--help``, which lists its settings, and ``--version``."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {service}",
        description=description or f"Run the {service} service until SIGTERM or SIGINT.",
        epilog="\n".join(_settings(settings_type)),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=version(f"opportunity-desk-{service}"))
    return parser


def _settings(settings_type: type[ServiceSettings]) -> Iterator[str]:
    yield "settings (environment variables, with their defaults):"
    for name, field in settings_type.model_fields.items():
        default = default_of(field)
        file = file_variable(name, field)
        given = "  (required)" if default is None else f"={default}"
        yield f"  {name.upper()}{given}" + (f"  (or {file}, a file that holds it)" if file else "")
        yield textwrap.fill(field.description or "", _WIDTH, initial_indent=" " * 6, subsequent_indent=" " * 6)
