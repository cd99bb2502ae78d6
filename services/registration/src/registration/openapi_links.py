"""OpenAPI links, for generated clients and tests: which operations take an id that another one returns or was given."""

from typing import Any, Final

from fastapi import FastAPI

_METHODS: Final = ("get", "put", "post", "delete")
_LINKS: Final = (
    ("put", "/conferences/{id}", "$request.path.id", "/conferences/{id}"),
    ("get", "/conferences/{id}/uploads", "$response.body#/0/id", "/uploads/{id}"),
    ("post", "/conferences/{id}/attendance.csv", "$response.body#/id", "/uploads/{id}"),
    ("get", "/attendees", "$response.body#/id", "/attendees/{id}"),
    ("put", "/connections/{id}", "$request.path.id", "/connections/{id}"),
    ("get", "/connections", "$response.body#/connections/0/id", "/connections/{id}"),
    ("post", "/keys", "$response.body#/id", "/keys/{id}"),
    ("post", "/attendees/{id}/keys", "$response.body#/id", "/keys/{id}"),
)
"""The method and path of an operation, the location of its id, and the path below which operations take that id."""


def describe_links(app: FastAPI) -> None:
    """Add the links to the app's OpenAPI document."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        for method, path, id, below in _LINKS:
            _link(document["paths"], document["paths"][path][method], id, below)
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _link(paths: dict[str, Any], source: dict[str, Any], id: str, below: str) -> None:
    targets = [
        paths[path][method]
        for path in paths
        for method in _METHODS
        # An operation that needs more than this id cannot be linked.
        if path.startswith(below) and path.count("{") == 1 and method in paths[path] and paths[path][method] is not source
    ]
    links = {target["summary"]: {"operationId": target["operationId"], "parameters": {"id": id}} for target in targets}
    for status, response in source["responses"].items():
        if status.startswith("2"):
            response["links"] = {name.replace(" ", ""): link for name, link in links.items()}
