"""What may be asked of a walk."""

from __future__ import annotations

from dataclasses import dataclass, field

from ..ground.path import Path
from ..ground.standing import StandSettings
from ..ground.terrain import FlatTerrain, Terrain
from .direction import Directions


@dataclass(frozen=True)
class WalkRequest(StandSettings):
    """One character's walk.

    Args:
        path: where to go, in the model's size; None to stand.
        terrain: the ground.
        place: (x, z, heading) where someone without a path stands.
        stand_s: for how long, without a path.
        directions: style and sliders of walking, place by place.
        arrive_s: seconds from the first step to the path's end; None to take the speeds as asked.
        start_heading_rad: where someone faces before the first step; None for along the path.
        end_heading_rad: where to face in the end; None for along the path.
        stand_before_s, stand_after_s: standing at the two ends.
        seed: which of the captured styles of walking, and where in a step it begins.
        phase_rad: where in a step it begins; None for where the seed says.
    """

    path: Path | None = None
    terrain: Terrain = field(default_factory=FlatTerrain)
    place: tuple[float, float, float] = (0.0, 0.0, 0.0)
    stand_s: float = 0.0
    directions: Directions = field(default_factory=Directions)
    arrive_s: float | None = None
    start_heading_rad: float | None = None
    end_heading_rad: float | None = None
    phase_rad: float | None = None
