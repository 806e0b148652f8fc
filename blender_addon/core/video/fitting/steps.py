"""Steps kept sharp where trembling is taken out: a foot stops at once, and starts at once."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...maths.rotations import length, quaternion_rotate
from ...maths.segments import Segments, Spans
from ...maths.smoothing import gaussian_smooth, smoothstep
from ...motion.kinematics import solve_two_bone
from ..points import JOINTS
from .body import HIPS, SIDES, Doubles
from .ground import ANKLES
from .smoothing import smooth_joints

_STANDS: Final = 0.4
_SHORTEST_S: Final = 0.1
_LONGER_S: Final = 0.07
_HELD_S: Final = 0.03
_HOLDS: Final = 0.4
_SWING_FRAMES: Final = 3
_LEVEL: Final = np.array([1.0, 0.0, 1.0])
_KNEES: Final = [JOINTS.index(side + "Leg") for side in SIDES]


def plain_steps(ankle: Doubles, stands: Doubles, rate_hz: float) -> tuple[Doubles, Doubles]:
    """A way of a foot that stands still where it stands, and goes straight in between.

    What a filter does to the difference from it leaves the moments sharp in which a foot lands and
    leaves.

    Args:
        ankle: (T, 3) metres, axes that do not move.
        stands: (T,) 0 … 1 how likely it stands.
        rate_hz: frames a second.

    Returns:
        (T, 3) metres, and (T,) 0 … 1 where it stands.
    """
    count = len(ankle)
    spans = Segments.of(len(ankle)).spans(stands > _STANDS)
    spans = spans[spans.lengths >= max(_SHORTEST_S * rate_hz, 2.0)]
    if not len(spans):
        return np.zeros_like(ankle), np.zeros(count)
    places = spans.means(ankle)
    # What is seen of a landing and of a leaving is slower than they are.
    spans = _longer(spans, round(_LONGER_S * rate_hz), count)
    held = gaussian_smooth(spans.mask(count).astype(np.float64), _HELD_S * rate_hz)
    way = np.empty_like(ankle)
    frames = np.arange(count)
    owner = np.clip(np.searchsorted(spans.starts, frames, side="right") - 1, 0, len(spans) - 1)
    after = np.minimum(owner + 1, len(spans) - 1)
    span = np.maximum(spans.starts[after] - spans.stops[owner] + 1, 1)
    share = np.where(after > owner, (frames - spans.stops[owner] + 1) / span, 0.0)
    way[:] = places[owner] + smoothstep(share)[:, None] * (places[after] - places[owner])
    return way, held


def _longer(spans: Spans, frames: int, count: int) -> Spans:
    """Spans that begin and end by some frames earlier and later, none of them beyond the next."""
    gaps = np.maximum(spans.starts[1:] - spans.stops[:-1] - _SWING_FRAMES, 0) // 2
    before = np.minimum(frames, np.concatenate(([spans.starts[0]], gaps)))
    after = np.minimum(frames, np.concatenate((gaps, [count - spans.stops[-1]])))
    return Spans(spans.starts - before, spans.stops + after)


def calm_feet(
    world: Doubles, calm: Doubles, stands: Doubles, rate_hz: float, strength: float
) -> Doubles:
    """Smoothed joints (T, 14, 3) whose feet stop and start as sharply as they did before.

    Args:
        world: (T, 14, 3) before smoothing.
        calm: (T, 14, 3) after it.
        stands: (T, 2) how likely each ankle stands.
        rate_hz, strength: as ``smooth_joints`` takes them.
    """
    steps = [plain_steps(world[:, ANKLES[n]], stands[:, n], rate_hz) for n in range(2)]
    ways, held = (np.stack(each, axis=1) for each in zip(*steps, strict=True))
    rest = smooth_joints(world[:, ANKLES] - ways, rate_hz, strength)
    ankles = ways + rest * (1.0 - _HOLDS * held[..., None] * _LEVEL)
    made = calm.copy()
    for number in range(2):
        hip, knee, ankle = (calm[:, n] for n in (HIPS[number], _KNEES[number], ANKLES[number]))
        target = ankles[:, number]
        pole = knee - 0.5 * (hip + ankle)
        upper, _ = solve_two_bone(hip, knee, ankle, target, pole)
        made[:, _KNEES[number]] = hip + quaternion_rotate(upper, knee - hip)
        reach = length(knee - hip) + length(ankle - knee)
        far = length(target - hip)
        made[:, ANKLES[number]] = hip + (target - hip) * np.minimum(1.0, reach / far)[:, None]
    return made
