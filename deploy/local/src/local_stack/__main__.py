"""Start and stop what the services need: Kafka, MongoDB and a mail inbox, without containers.

up      start what is missing, in the background; with --services, also the four services
down    stop what `up` started, and keep the data
status  show what runs
env     print settings for services:  eval "$(python -m local_stack env)"
"""

import argparse
import logging
import shlex
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from local_stack.parts import Part, answers, port_setting
from local_stack.process import Server, StartError
from local_stack.services import SERVICES, SITE_PORT
from local_stack.stack import OPERATOR, Stack

DISPOSABLE = "disposable"
"""A file that marks the directory's data as made by a program that can make it again, such as the demo."""

PEOPLE = "people"
"""A file that says as whom one can sign in: a line each, which `local_stack up` prints."""


def main(arguments: list[str] | None = None) -> int:
    """Run a command. The exit status is 0 if all is well, else 1."""
    parser = argparse.ArgumentParser(
        prog="local_stack", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", choices=("up", "down", "status", "env"))
    parser.add_argument("--services", action="store_true", help="with `up`: also start the services")
    parser.add_argument(
        "--directory", type=Path, default=_default_directory(), help="where data, logs and state are kept (%(default)s)"
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(format="%(message)s", level=logging.WARNING)
    logging.getLogger("local_stack").setLevel(logging.INFO)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        if options.command == "up":
            return _up(options.directory, services=options.services)
        stack = Stack.load(options.directory.absolute())
        return {"down": _down, "status": _status, "env": _env}[options.command](stack)
    except StartError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _up(directory: Path, *, services: bool) -> int:
    (directory / DISPOSABLE).unlink(missing_ok=True)  # from now on it may have data that somebody wants to keep
    if Stack.load(directory).runs((*SERVICES, "site") if services else ()):
        print("Everything is running already:")
    else:
        print(f"Starting Kafka, MongoDB and a mail inbox{', then the four services' if services else ''} ...", flush=True)
    stack = Stack.start(directory)
    if services:
        ports = {name: port_setting(f"{name.upper()}_PORT", port) for name, port in SERVICES.items()}
        with ThreadPoolExecutor() as pool:
            started = [pool.submit(stack.start_service, name, port=port) for name, port in ports.items()]
        for future in started:
            future.result()
        stack.start_site(port_setting("SITE_PORT", SITE_PORT))
        if not stack.operator_key.exists():
            print("Making an operator's key, which all services know ...", flush=True)
        stack.make_operator_key()
    status = _status(stack)
    if services:
        _say_how_to_sign_in(stack, directory / PEOPLE)
    return status


def _say_how_to_sign_in(stack: Stack, people: Path) -> None:
    where = f"; the mail with the code is at {stack.inbox_url}" if stack.inbox_url else ""
    print(f"\nOpen {stack.services['site'].url} and sign in by the address of one of these{where}:")
    if people.exists():
        print(people.read_text(), end="")
    print(f"  {OPERATOR:36} an operator of the platform")


def _down(stack: Stack) -> int:
    running = [server.name for server in stack.servers if server.alive]
    stack.stop()
    print(f"Stopped {', '.join(running)}." if running else "Nothing was running.")
    return 0


def _status(stack: Stack) -> int:
    if not stack.parts:
        print("Nothing was started in this directory; run `up` first.")
        return 1
    services = {name: Part.of(server) for name, server in stack.services.items()}
    well = True
    for name, part in {**stack.parts, **services}.items():
        well &= (healthy := part.server is None or answers(part.server))
        print(f"{name:14} {part.url:50} {part.kind}{_details(part.server, healthy)}")
        if part.page:
            print(f"{'':14} {part.page}")
    if stack.services and stack.operator_key.exists():
        print(f"{'operator key':14} {stack.operator_key}")
    return 0 if well else 1


def _details(server: Server | None, healthy: bool) -> str:
    if server is None:
        return ""
    if healthy:
        return f", pid {server.pid}"
    return f", NOT ANSWERING: see {server.log}"


def _env(stack: Stack) -> int:
    if not stack.parts:
        print("Nothing was started in this directory; run `up` first.", file=sys.stderr)
        return 1
    for name, value in stack.environment().items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


def _default_directory() -> Path:
    """`.local/stack` in the repository that contains the working directory."""
    here = Path.cwd()
    return next((d for d in (here, *here.parents) if (d / "deploy" / "local").is_dir()), here) / ".local" / "stack"


if __name__ == "__main__":
    sys.exit(main())
