"""What a browser sends with a form: read within bounds, checked, and kept so that nothing has to be typed twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from email import message_from_bytes
from email.message import Message
from http import HTTPStatus
from typing import Any, Final, TypeVar
from urllib.parse import parse_qs

from fastapi import Request
from pydantic import BaseModel, Field, ValidationError

from shared.refusals import Invalid, Refusal
from shared.validation import in_words
from shared.web.problems import status_of

MOST_FIELDS: Final = 500
_LONGEST_HEAD: Final = 2000
"""Of a field of a form with files, in bytes."""

Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form, as sent by a browser or as a page starts with them, and their faults by name."""

    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)
    """What is wrong, by the field's name; ``""`` for what concerns no field."""
    status: int = HTTPStatus.OK
    """The HTTP status of the page with this form."""

    @classmethod
    def of(cls, values: Mapping[str, object]) -> "Form":
        """A form that starts with these values: a text, a number, None, or a list of them for each field."""
        return cls({name: _texts(value) for name, value in values.items()})

    def get(self, name: str) -> str:
        """The field's value; "" if it has none. Line ends are as in Python."""
        return self.all(name)[0] if self.all(name) else ""

    def all(self, name: str) -> Sequence[str]:
        """All values of a field that may come more than once."""
        return self.values.get(name, ())

    def with_faults(self, faults: Mapping[str, str], status: int = HTTPStatus.UNPROCESSABLE_ENTITY) -> "Form":
        """The same form, with its faults."""
        return replace(self, faults=faults, status=status)

    def refused(self, refusal: Refusal, texts: Mapping[type[Refusal], str] | None = None) -> "Form":
        """The same form, after its fields were found wrong, or a use case refused what it asks for.

        ``texts``: what to say instead of the refusal's own detail, by its class or the nearest base class.
        """
        if isinstance(refusal, FormFaults):
            return self.with_faults(refusal.form.faults)
        text = next((text for kind in type(refusal).__mro__ if (text := (texts or {}).get(kind))), None)
        return self.with_faults({"": text} if text else {refusal.field or "": refusal.detail}, status_of(refusal))

    def refilled(self, sent: "Form | None") -> "Form":
        """This form with what was typed into the one that was sent, if any, and its faults; but with the version seen now."""
        if sent is None:
            return self
        typed = {name: values for name, values in sent.values.items() if name != "version"}
        return replace(sent, values={**self.values, **typed})

    def invalid(self, error: ValidationError, names: Mapping[str, str] | None = None) -> "Form":
        """The same form, after a model did not accept its values.

        ``names``: the form's fields, by what the model calls them, where that differs (``slots.0.ends``).
        """
        faults: dict[str, str] = {}
        for fault in error.errors():
            whole, first = ".".join(map(str, fault["loc"])), str(fault["loc"][0]) if fault["loc"] else ""
            known = names or {}
            faults.setdefault(known.get(whole, known.get(first, first)), in_words(fault))
        return self.with_faults(faults)

    def check(self, model: type[Model], lists: Sequence[str] = ()) -> Model:
        """The submitted fields, as this model. Empty fields count as missing; those in ``lists`` may have several values.

        Raises:
            FormFaults: fields are wrong. It has the form with its faults.
        """
        given: dict[str, Any] = {}
        for name, values in self.values.items():
            filled = [value for value in (value.strip() for value in values) if value]
            if name in lists:
                given[name] = filled
            elif filled:
                given[name] = filled[0]
        try:
            return model.model_validate({name: value for name, value in given.items() if name in model.model_fields})
        except ValidationError as error:
            raise FormFaults(self.invalid(error)) from None

    def build(self, model: type[Model], values: object, names: Mapping[str, str] | None = None) -> Model:
        """What the form asks for, as a use case takes it. ``names``: as in ``invalid``.

        Raises:
            FormFaults: it makes no sense.
        """
        try:
            return model.model_validate(values)
        except ValidationError as error:
            raise FormFaults(self.invalid(error, names)) from None
        except Invalid as fault:
            field = fault.field or ""
            raise FormFaults(self.with_faults({(names or {}).get(field, field): fault.detail})) from None


class Seen(BaseModel):
    """Which version of a thing somebody saw when they decided."""

    version: int = Field(ge=0, le=2**53)


class FormFaults(Invalid):
    """Fields of a form are wrong; ``form`` says which, and keeps what was typed."""

    def __init__(self, form: Form) -> None:
        super().__init__("form", "; ".join(f"{name}: {fault}" for name, fault in form.faults.items()))
        self.form = form


async def read_form(request: Request) -> Form:
    """The form that the browser sent.

    Raises:
        Invalid: it is not one, or has too many fields.
    """
    try:
        text = (await request.body()).decode()
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS, strict_parsing=False, errors="strict")
    except ValueError:  # not UTF-8, or too many fields
        raise Invalid("form", f"cannot be read: send at most {MOST_FIELDS} fields in UTF-8") from None
    return Form({name: [value.replace("\r\n", "\n") for value in values] for name, values in fields.items()})


@dataclass(frozen=True, slots=True)
class File:
    """A file that a browser sent: empty if none was chosen."""

    content: bytes = b""
    media_type: str = ""


def has_files(request: Request) -> bool:
    """Whether the browser sent a form that may have files."""
    return request.headers.get("content-type", "").startswith("multipart/form-data")


async def read_form_with_file(request: Request, name: str) -> tuple[Form, File]:
    """A form that was sent as ``multipart/form-data`` (RFC 7578), and the file in its field of this name.

    Raises:
        Invalid: it is not one, or has too many fields.
    """
    form, files = await read_form_with_files(request)
    return form, files.get(name, File())


async def read_form_with_files(request: Request) -> tuple[Form, dict[str, File]]:
    """As ``read_form_with_file``, with all files by the names of their fields."""
    kind = Message()
    kind["content-type"] = request.headers.get("content-type", "")[:300]
    boundary = kind.get_boundary()
    if kind.get_content_type() != "multipart/form-data" or not boundary:
        raise Invalid("form", "cannot be read: send the form as multipart/form-data")
    parts = (b"\r\n" + await request.body()).split(b"\r\n--" + boundary.encode(), MOST_FIELDS + 2)[1:]
    if len(parts) > MOST_FIELDS + 1 or not parts or not parts[-1].startswith(b"--"):
        raise Invalid("form", f"cannot be read: send at most {MOST_FIELDS} complete fields")
    values: dict[str, list[str]] = {}
    files: dict[str, File] = {}
    for part in parts[:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        about = message_from_bytes(head[:_LONGEST_HEAD])
        field_name = about.get_param("name", "", "content-disposition")
        if not isinstance(field_name, str) or not field_name:
            continue
        if about.get_param("filename", None, "content-disposition") is not None:
            files[field_name] = File(content, about.get_content_type() if "content-type" in about else "")
        else:
            try:
                values.setdefault(field_name, []).append(content.decode().replace("\r\n", "\n"))
            except UnicodeDecodeError:
                raise Invalid("form", "cannot be read: send text in UTF-8") from None
    return Form(values), files


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    if isinstance(value, list | tuple | set | frozenset):
        return [text for one in value for text in _texts(one)]
    return [str(value)]
