"""JSON Schema (2020-12) of each event type, from its model."""

from collections.abc import Iterable
from typing import Any, Final

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from shared.events import TYPES
from shared.events.examples import EXAMPLES

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


class _Generator(GenerateJsonSchema):
    """Without the titles that pydantic makes of fields' names: they say nothing new."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema of the data of this type of event. It stands alone: its references lead into itself."""
    own = TYPES[name].model_json_schema(schema_generator=_Generator)
    definitions = {"$defs": own.pop("$defs")} if "$defs" in own else {}
    head = {"$schema": DIALECT, "$id": f"urn:opportunity-desk:{name}", "title": own.pop("title")}
    return head | own | {"examples": [example.data for example in EXAMPLES[name]]} | definitions


def together(names: Iterable[str], ref_template: str) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """A reference to the schema of each type, and the schemas: what several types share is described once."""
    models = {name: TYPES[name] for name in names}
    references, schemas = models_json_schema(
        [(model, "validation") for model in models.values()], ref_template=ref_template, schema_generator=_Generator
    )
    return {name: references[model, "validation"] for name, model in models.items()}, schemas.get("$defs", {})
