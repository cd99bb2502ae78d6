"""Texts with values in them that can be said in other languages later, such as why something is refused."""

from collections.abc import Callable
from typing import Self


class Worded(str):
    """A text in English, made of a template such as ``must be at most %(most)s`` and values. Translations are of the template.

    A value that is ``Worded`` itself is translated, too. What makes a new text of it, such as an f-string, keeps only English.
    """

    __slots__ = ("template", "values")
    template: str
    values: dict[str, object]

    def __new__(cls, template: str, **values: object) -> Self:
        text = super().__new__(cls, template % values if values else template)
        text.template, text.values = template, values
        return text

    def translated(self, gettext: Callable[[str], str]) -> str:
        """The text in the language of this function."""
        template = gettext(self.template)
        return template % {name: translated(value, gettext) for name, value in self.values.items()} if self.values else template


def translated(value: object, gettext: Callable[[str], str]) -> object:
    """The value; a text with values in it is translated."""
    return value.translated(gettext) if isinstance(value, Worded) else value
