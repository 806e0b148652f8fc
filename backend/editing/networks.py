"""The networks of motion editing by name."""

from __future__ import annotations

from typing import Final

FILLER: Final = "motion_filler"
CLEANER: Final = "motion_cleaner"
PRIOR: Final = "motion_prior"
MANIFOLD: Final = "manifold_2016"
"""Holden, Saito and Komura's: the baseline of everything else."""
