"""Browser requests without a server, for testing pages on their own."""

from fastapi import Request


def request(path: str = "/", **headers: str) -> Request:
    """A request for this path. Underscores in the names of headers stand for hyphens."""
    return Request(
        {
            "type": "http",
            "method": "GET",
            "path": path,
            "query_string": b"",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
            "server": ("desk.example", 80),
            "scheme": "http",
        }
    )
