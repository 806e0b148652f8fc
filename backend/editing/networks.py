"""The networks of motion editing by name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final

FILLER: Final = "motion_filler"
CLEANER: Final = "motion_cleaner"
PRIOR: Final = "motion_prior"
MANIFOLD: Final = "manifold_2016"
"""Holden, Saito and Komura's: the baseline of everything else."""


def present(modules: Mapping[str, str]) -> dict[str, str]:
    """Those of these modules that exist, by the same names.

    Args:
        modules: dotted names by what they are for.
    """
    return {name: module for name, module in modules.items() if _exists(module)}


def _exists(module: str) -> bool:
    package = module.rpartition(".")[0]
    return find_spec(package) is not None and find_spec(module) is not None
