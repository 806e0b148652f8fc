"""The 52 face blendshapes of ARKit: the names every face is described by in core.

A weight of 0 is the rest face, 1 the full shape. Left and right are the character's own.
``jawOpen`` lowers the jaw and opens the lips with it; ``mouthClose`` brings the lips together over
an open jaw, so lips are shut where mouthClose equals jawOpen.

Source: Apple, ARKit, ARFaceAnchor.BlendShapeLocation.
"""

from __future__ import annotations

from typing import Final

_LEFT, _RIGHT = "Left", "Right"


def _pair(*stems: str) -> tuple[str, ...]:
    return tuple(stem + side for stem in stems for side in (_LEFT, _RIGHT))


EYES: Final = _pair(
    "eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide"
)
"""Lids and the turn of the eyeballs."""

EYE_TURNS: Final = tuple(name for name in EYES if name.startswith("eyeLook"))
"""The turn of the eyeballs, which belongs to the gaze."""

BROWS: Final = ("browInnerUp", *_pair("browDown", "browOuterUp"))

JAW: Final = ("jawForward", "jawLeft", "jawRight", "jawOpen")

MOUTH: Final = (
    "mouthClose",
    "mouthFunnel",
    "mouthPucker",
    "mouthLeft",
    "mouthRight",
    *_pair("mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch"),
    "mouthRollLower",
    "mouthRollUpper",
    "mouthShrugLower",
    "mouthShrugUpper",
    *_pair("mouthPress", "mouthLowerDown", "mouthUpperUp"),
)

CHEEKS_AND_NOSE: Final = ("cheekPuff", *_pair("cheekSquint", "noseSneer"))

LOWER_FACE: Final = (*JAW, *MOUTH, *CHEEKS_AND_NOSE, "tongueOut")
"""Everything a speech model may move."""

UPPER_FACE: Final = (*EYES, *BROWS)

ARKIT_52: Final[tuple[str, ...]] = (*EYES, *JAW, *MOUTH, *BROWS, *CHEEKS_AND_NOSE, "tongueOut")

SPEECH_CHANNELS: Final[tuple[str, ...]] = (
    "jawOpen",
    "jawForward",
    "mouthClose",
    "mouthFunnel",
    "mouthPucker",
    *_pair("mouthStretch", "mouthPress"),
    "mouthRollLower",
    "mouthRollUpper",
    *_pair("mouthLowerDown", "mouthUpperUp", "mouthSmile"),
    "mouthShrugLower",
    "mouthShrugUpper",
    *_pair("mouthDimple"),
    "tongueOut",
)
"""What the bundled speech model is taught, in the order of its curves."""


def mirror_name(name: str) -> str:
    """The name of the same shape on the other side; a shape on both sides is its own mirror."""
    for side, other in ((_LEFT, _RIGHT), (_RIGHT, _LEFT)):
        if name.endswith(side):
            return name.removesuffix(side) + other
    return name
