"""Sets of face shapes as mixtures of ARKit's, under the names that other programs use.

A mixture is what an artist would sculpt for that name, and deliberately not what the extension
takes the name to stand for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from blender_addon.core.face.arkit import ARKIT_52

Mixture = Mapping[str, float]


def _both(**weights: float) -> dict[str, float]:
    """Names with an underscore at the end are meant for both sides."""
    sides: dict[str, float] = {}
    for name, weight in weights.items():
        if name.endswith("_"):
            sides |= {name[:-1] + "Left": weight, name[:-1] + "Right": weight}
        else:
            sides[name] = weight
    return sides


_PRESSED: Final = _both(mouthPress_=0.8, mouthRollLower=0.2, mouthRollUpper=0.2)
_BITTEN: Final = _both(jawOpen=0.08, mouthRollLower=0.9, mouthUpperUp_=0.3)
_AH: Final = _both(jawOpen=0.75, mouthLowerDown_=0.2, mouthUpperUp_=0.1)
_EH: Final = _both(jawOpen=0.4, mouthStretch_=0.35, mouthSmile_=0.15, mouthLowerDown_=0.3)
_EE: Final = _both(jawOpen=0.15, mouthStretch_=0.5, mouthSmile_=0.3, mouthLowerDown_=0.25)
_OH: Final = _both(jawOpen=0.5, mouthFunnel=0.8)
_OO: Final = _both(jawOpen=0.2, mouthPucker=0.85, mouthFunnel=0.2)
_TEETH: Final = _both(jawOpen=0.08, mouthStretch_=0.3, mouthLowerDown_=0.4, mouthUpperUp_=0.3)
_TONGUE: Final = _both(jawOpen=0.25, mouthLowerDown_=0.25, tongueOut=0.3)
_LOOSE: Final = _both(jawOpen=0.2, mouthLowerDown_=0.2)
_JOY: Final = _both(mouthSmile_=0.9, cheekSquint_=0.6, eyeSquint_=0.4)
_ANGER: Final = _both(browDown_=1.0, noseSneer_=0.5, mouthFrown_=0.4)
_SORROW: Final = _both(browInnerUp=1.0, mouthFrown_=0.7)
_SURPRISE: Final = _both(browInnerUp=0.8, browOuterUp_=0.9, eyeWide_=1.0, jawOpen=0.3)


def _vrm(vowels: str, blink: str, sides: tuple[str, str], moods: str) -> dict[str, Mixture]:
    names = vowels.split()
    shapes: dict[str, Mixture] = dict(zip(names, (_AH, _EE, _OO, _EH, _OH), strict=True))
    shapes[blink] = _both(eyeBlink_=1.0)
    shapes |= {
        name: {f"eyeBlink{side}": 1.0} for name, side in zip(sides, ("Left", "Right"), strict=True)
    }
    return shapes | dict(zip(moods.split(), (_JOY, _ANGER, _SORROW, _SURPRISE), strict=True))


SHAPE_SETS: Final[Mapping[str, Mapping[str, Mixture]]] = {
    "": {},
    "ARKit": {name: {name: 1.0} for name in ARKIT_52},
    "VRM 0": _vrm("A I U E O", "Blink", ("Blink_L", "Blink_R"), "Joy Angry Sorrow Surprised"),
    "VRM 1": _vrm(
        "aa ih ou ee oh", "blink", ("blinkLeft", "blinkRight"), "happy angry sad surprised"
    ),
    "Oculus": {
        f"viseme_{name}": mixture
        for name, mixture in {
            "sil": {}, "PP": _PRESSED, "FF": _BITTEN, "TH": _TONGUE, "DD": _LOOSE, "kk": _LOOSE,
            "CH": {**_TEETH, "mouthFunnel": 0.5}, "SS": _TEETH, "nn": _LOOSE, "aa": _AH,
            "RR": {"jawOpen": 0.15, "mouthFunnel": 0.4}, "E": _EH, "I": _EE, "O": _OH, "U": _OO,
        }.items()
    },
    "Preston Blair": {
        "AI": _AH, "E": _EH, "O": _OH, "U": _OO, "etc": _LOOSE, "L": _TONGUE, "WQ": _OO,
        "MBP": _PRESSED, "FV": _BITTEN, "rest": {},
    },
}  # fmt: skip
"""By set, mixtures of ARKit's shapes by name; VRM's order of vowels is A I U E O."""
