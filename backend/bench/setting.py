"""What a capability's bench is given."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from blender_addon.core.inference.choice import ModelChoice

CPU: Final = "CPUExecutionProvider"
NEEDS_BPY: Final = "bpy is not installed here"
NEEDS_TORCH: Final = "torch is not installed here"
MINUTE_S: Final = 60
_LEAST_SECONDS: Final = 1.0


@dataclass(frozen=True)
class BenchSetting:
    """How the models are run, and for how long.

    Args:
        models: where they lie, the one provider and the threads of their runs.
        seconds: about how long each figure is measured.
    """

    models: ModelChoice
    seconds: float

    @property
    def provider(self) -> str:
        """Execution provider of our figures."""
        return self.models.providers[0]

    @property
    def is_short(self) -> bool:
        """Whether one only looks if everything runs: sizes are then small."""
        return self.seconds < _LEAST_SECONDS

    @property
    def repeats(self) -> int:
        """How often to do what takes about half a second."""
        return max(round(2 * self.seconds), 1)

    @property
    def has_blender(self) -> bool:
        """Whether what needs Blender can be measured here."""
        return find_spec("bpy") is not None
