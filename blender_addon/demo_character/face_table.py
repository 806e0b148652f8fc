"""The demo character's 52 ARKit shapes as numbers: millimetres and degrees, left side.

Moves are (outward, up, ahead). A ring tells five moves of the lips: corner; half-way and middle of
the upper lip; half-way and middle of the lower lip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

Move = tuple[float, float, float]
Ring = tuple[Move, Move, Move, Move, Move]
Push = tuple[Move, float, Move]

_STILL: Final = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class FaceShape:
    """One shape, or the left one of a pair.

    Args:
        jaw_deg: turn of the jaw about its joint, chin down.
        jaw_mm: shift of the jaw, (left, up, ahead).
        lips: moves of the edges of the lips.
        rims: moves of the border of the red; as ``lips`` if not told.
        reach_m: how far beyond that border the skin follows.
        shift_mm: move of the whole mouth to the left.
        pushes: (place in metres from the head joint, reach in metres, move) of soft pushes.
        lids: share of its way to shut of the upper and of the lower lid, both negative to open
            wider; degrees by which the upper lid's outer half drops and its inner half rises.
    """

    jaw_deg: float = 0.0
    jaw_mm: Move = _STILL
    lips: Ring | None = None
    rims: Ring | None = None
    reach_m: float = 0.016
    shift_mm: float = 0.0
    pushes: tuple[Push, ...] = ()
    lids: tuple[float, float, float] = (0.0, 0.0, 0.0)


FACE_SHAPES: Final[dict[str, FaceShape]] = {
    "eyeBlink": FaceShape(
        lids=(1.0, 1.0, 0.0), pushes=(((0.033, 0.110, 0.085), 0.015, (0.0, -0.8, 0.0)),)
    ),
    "eyeLookDown": FaceShape(lids=(0.48, -0.30, 0.0)),
    "eyeLookUp": FaceShape(
        lids=(-0.26, 0.18, 0.0), pushes=(((0.033, 0.112, 0.085), 0.018, (0.0, 1.0, 0.0)),)
    ),
    "eyeLookIn": FaceShape(lids=(0.03, 0.03, -7.0)),
    "eyeLookOut": FaceShape(lids=(0.03, 0.03, 7.0)),
    "eyeSquint": FaceShape(
        lids=(0.20, 0.62, 0.0),
        pushes=(
            ((0.036, 0.063, 0.087), 0.013, (0.0, 2.2, 0.8)),
            ((0.034, 0.109, 0.085), 0.016, (0.0, -1.2, 0.3)),
        ),
    ),
    "eyeWide": FaceShape(
        lids=(-0.30, -0.22, 0.0), pushes=(((0.033, 0.112, 0.085), 0.018, (0.0, 1.2, 0.0)),)
    ),
    "jawOpen": FaceShape(jaw_deg=15.0),
    "jawForward": FaceShape(jaw_mm=(0.0, 0.0, 5.5)),
    "jawLeft": FaceShape(jaw_mm=(7.0, 0.0, 0.0)),
    "jawRight": FaceShape(jaw_mm=(-7.0, 0.0, 0.0)),
    "mouthClose": FaceShape(),
    "mouthFunnel": FaceShape(
        lips=((-7.5, 0, 3.5), (-4.2, 2.8, 6.5), (0, 4.4, 7.5), (-4.2, -3.0, 6.5), (0, -4.8, 7.5)),
        rims=((-5.5, 0, 2.5), (-3.0, 1.8, 3.8), (0, 2.8, 4.5), (-3.0, -1.8, 3.8), (0, -2.8, 4.5)),
    ),
    "mouthPucker": FaceShape(
        lips=(
            (-11.5, 0.3, 5.0),
            (-6.6, -0.2, 8.0),
            (0, -0.5, 8.6),
            (-6.6, 0.4, 8.0),
            (0, 0.6, 8.6),
        ),
        rims=((-9.0, 0.3, 3.5), (-4.6, 0.2, 5.6), (0, 0.0, 6.2), (-4.6, 0.2, 5.6), (0, 0.0, 6.2)),
        reach_m=0.014,
    ),
    "mouthLeft": FaceShape(
        lips=(_STILL, _STILL, _STILL, _STILL, _STILL), shift_mm=8.0, reach_m=0.020
    ),
    "mouthRight": FaceShape(
        lips=(_STILL, _STILL, _STILL, _STILL, _STILL), shift_mm=-8.0, reach_m=0.020
    ),
    "mouthSmile": FaceShape(
        lips=((6.5, 7.0, -5.0), (3.9, 3.0, -2.6), (0, 0.4, -1.0), (3.9, 3.0, -2.6), (0, 0.4, -1.0)),
        reach_m=0.019,
        pushes=(((0.043, 0.050, 0.078), 0.018, (1.0, 3.6, 2.6)),),
        lids=(0.0, 0.14, 0.0),
    ),
    "mouthFrown": FaceShape(
        lips=((1.5, -7.5, -0.8), (1.0, -2.6, 0), (0, 0, 0.3), (1.0, -2.6, 0), (0, 0, 0.3)),
        reach_m=0.018,
        pushes=(((0.010, -0.012, 0.088), 0.013, (0.0, 1.2, 0.8)),),
    ),
    "mouthDimple": FaceShape(
        lips=((3.6, 1.0, -4.5), (1.6, 0.3, -1.5), (0, 0, -0.2), (1.6, 0.2, -1.5), (0, 0, -0.2)),
        reach_m=0.012,
    ),
    "mouthStretch": FaceShape(
        lips=((7.5, -2.0, -5.5), (4.6, -0.6, -2.6), (0, 0, -1), (4.6, -1.8, -2.6), (0, -0.8, -1)),
        reach_m=0.020,
    ),
    "mouthRollLower": FaceShape(
        lips=(_STILL, _STILL, _STILL, (0, 1.2, -4.6), (0, 1.6, -5.6)),
        rims=(_STILL, _STILL, _STILL, (0, 4.4, -2.6), (0, 5.6, -3.2)),
        reach_m=0.009,
    ),
    "mouthRollUpper": FaceShape(
        lips=(_STILL, (0, -0.8, -4.2), (0, -1.2, -5.2), _STILL, _STILL),
        rims=(_STILL, (0, -3.4, -2.2), (0, -4.4, -2.8), _STILL, _STILL),
        reach_m=0.009,
    ),
    "mouthShrugLower": FaceShape(
        lips=((0, 0.8, 0), (0, 2.6, 1.6), (0, 3.4, 2.2), (0, 2.6, 1.6), (0, 3.4, 2.2)),
        rims=((0, 0.8, 0), (0, 1.6, 0.8), (0, 2.0, 1.2), (0, 3.6, 2.2), (0, 4.8, 2.8)),
        pushes=(((0.008, -0.014, 0.088), 0.014, (0.0, 2.4, 1.4)),),
    ),
    "mouthShrugUpper": FaceShape(
        lips=((0, 0.4, 0), (0, 2.4, 1.4), (0, 3.2, 2.0), (0, 2.1, 0.8), (0, 2.8, 1.0)),
    ),
    "mouthPress": FaceShape(
        lips=((1.2, 0.2, -2.0), (0.4, 0, -1.4), (0, 0, -1.2), (0.4, 0, -1.4), (0, 0, -1.2)),
        rims=((1.2, 0.2, -2.0), (0.4, -1.8, -1.0), (0, -2.2, -1.0), (0.4, 2.0, -1.0), (0, 2.6, -1)),
        reach_m=0.010,
    ),
    "mouthLowerDown": FaceShape(
        lips=((0.5, -1.2, 0), _STILL, _STILL, (0.6, -5.2, 0.6), (0, -5.0, 0.4)), reach_m=0.013
    ),
    "mouthUpperUp": FaceShape(
        lips=((0.3, 1.0, 0), (0.4, 4.6, 0.8), (0, 4.0, 0.6), _STILL, _STILL),
        reach_m=0.012,
        pushes=(((0.013, 0.047, 0.097), 0.010, (0.3, 1.4, 0.2)),),
    ),
    "browDown": FaceShape(
        lids=(0.06, 0.0, 0.0),
        pushes=(
            ((0.018, 0.110, 0.090), 0.016, (-2.0, -5.4, 0.9)),
            ((0.042, 0.113, 0.080), 0.016, (-0.6, -3.4, 0.4)),
        ),
    ),
    "browInnerUp": FaceShape(pushes=(((0.016, 0.113, 0.090), 0.017, (0.0, 7.0, 0.4)),)),
    "browOuterUp": FaceShape(pushes=(((0.047, 0.113, 0.078), 0.017, (0.4, 6.6, 0.0)),)),
    "cheekPuff": FaceShape(
        lips=((-1, 0, 1.5), (0, 0, 2.0), (0, 0, 2.0), (0, 0, 2.0), (0, 0, 2.0)),
        pushes=(((0.046, 0.022, 0.072), 0.022, (6.5, 0.0, 5.0)),),
    ),
    "cheekSquint": FaceShape(
        lids=(0.04, 0.34, 0.0), pushes=(((0.042, 0.056, 0.081), 0.017, (0.6, 4.6, 2.4)),)
    ),
    "noseSneer": FaceShape(
        lips=(_STILL, (0.2, 2.2, 0.4), (0, 1.0, 0.2), _STILL, _STILL),
        pushes=(
            ((0.013, 0.0475, 0.097), 0.010, (0.4, 3.6, 0.4)),
            ((0.011, 0.066, 0.092), 0.010, (0.0, 2.0, 0.9)),
            ((0.016, 0.108, 0.090), 0.014, (-0.6, -2.0, 0.4)),
        ),
    ),
    "tongueOut": FaceShape(
        jaw_deg=4.0,
        lips=(_STILL, (0, 0.6, 0), (0, 1.0, 0), (0, -1.2, 0.8), (0, -2.0, 1.0)),
    ),
}
