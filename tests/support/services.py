"""Looks up services by name."""

import importlib

from shared.settings import ServiceSettings


def settings_of(service: str) -> type[ServiceSettings]:
    """The class of a service's settings."""
    settings: type[ServiceSettings] = importlib.import_module(f"{service}.settings").Settings
    return settings
