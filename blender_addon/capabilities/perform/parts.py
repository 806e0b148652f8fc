"""Which parts a performance has: what the other capabilities offer, known by nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from .. import parts
from ..package import Part

NAME: Final = "perform"
PARTS: Final[Mapping[str, Part]] = parts(but=NAME)
"""By capability, in the order in which they are written."""


def box_of(capability: str) -> str:
    """Name of the property that says whether a part takes part."""
    return f"use_{capability}"
