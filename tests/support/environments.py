"""The settings with which the services in a test, or a module of tests, use the servers."""

from local_stack import Stack
from support.prefixes import new_prefix


def environment_of(stack: Stack, prefix: str, only_service: str = "") -> dict[str, str]:
    """The servers' addresses, and names of topics, groups and databases that begin with the prefix.

    ``only_service``: the one service that runs; "" where several may.
    """
    settings = stack.environment() | {
        "TOPIC_PREFIX": prefix,
        "DIGEST_FREQUENCY": "instant",
        "GATHER_SECONDS": "0",
        "RETRY_SECONDS": "0.02",
    }
    if only_service:
        # Another test may have had the prefix, but never the database.
        settings["MONGODB_DATABASE"] = f"{new_prefix()}{only_service}".replace(".", "-")
    if "SecantusDB" in stack.parts["mongodb"].kind:
        # On each retryable write, it searches all those of the last half hour, which are tens of thousands here.
        settings["MONGODB_URI"] += "&retryWrites=false"
    return settings
