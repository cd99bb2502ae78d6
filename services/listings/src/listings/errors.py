"""What a request can be refused for. Pure; ``transactions`` makes problem details of them."""


class NotFound(Exception):
    """There is no such organization, mentor or listing."""

    def __init__(self, kind: str, id: str) -> None:
        super().__init__(f"there is no {kind} {id!r}")
        self.kind = kind
        self.id = id


class NotAllowed(Exception):
    """The listing's state does not allow this. The text says what to do about it."""


class InvalidField(Exception):
    """A field is well-formed, but cannot have this value as things are."""

    def __init__(self, field: str, detail: str) -> None:
        super().__init__(detail)
        self.field = field
