"""Reports of operators, in the language of the interface."""

from __future__ import annotations

from typing import Any

from ..translation import translated


def report(operator: Any, levels: set[str], text: str) -> None:
    """Let an operator report something, as Blender shows it in the status bar.

    Args:
        operator: that runs.
        levels: such as {"INFO"}.
        text: in English.
    """
    operator.report(levels, translated(text))
