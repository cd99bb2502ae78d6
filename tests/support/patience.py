"""How long tests wait for what should happen at once."""

from typing import Final

PATIENCE: Final = 120.0
"""In seconds. A machine may be busy with twenty others' work; only a test that fails waits so long."""
