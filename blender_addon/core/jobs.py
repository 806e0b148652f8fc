"""What every job has in common."""

from __future__ import annotations

from typing import Any, Protocol

from .inference.contract import ModelContract


class Runner(Protocol):
    """What a pipeline needs of a model session."""

    contract: ModelContract

    def run(self, feeds: dict[str, Any]) -> dict[str, Any]:
        """Run the model once."""
        ...
