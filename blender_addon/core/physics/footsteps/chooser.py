"""Who chooses landing places."""

from __future__ import annotations

from collections.abc import Callable

from .stances import Stances
from .surroundings import Surroundings

ChooseLandings = Callable[[Surroundings, Stances], list[int]]
"""Of surroundings and a motion's stances (S), the number of the candidate of each."""
