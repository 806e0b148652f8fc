"""What a character's eyes can be, and how they are told by name."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from ...core.errors import GazeError
from ...core.face.bone_names import NamedPart, find_pair
from ...core.face.maps import FaceMapping

EyeKind = Literal["BONES", "AIM", "OBJECTS", "SHAPES"]

LOOKS: Final = tuple(
    f"eyeLook{way}{side}" for side in ("Left", "Right") for way in ("Up", "Down", "In", "Out")
)
BLINKS: Final = ("eyeBlinkLeft", "eyeBlinkRight")

SIDES: Final = ("left", "right")

Pair = tuple[str, str]


@dataclass(frozen=True)
class EyeChoice:
    """What the user chose by hand; empty means found automatically.

    Args:
        kind: AUTO, BONES, OBJECTS or SHAPES.
        left, right: names of the eyes' bones or objects.
        head, neck: bones that take the head's share.
        limits_deg: how far the eyes turn to the side, up and down; None finds it.
    """

    kind: str = "AUTO"
    left: str = ""
    right: str = ""
    head: str = ""
    neck: str = ""
    limits_deg: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class Eyes:
    """What there is to turn.

    Args:
        kind: BONES turn; AIM: bones are turned by constraints towards ``aims``, which move; OBJECTS
            turn; SHAPES are weighted.
        pair: bones or objects, left and right; empty names for shapes.
        aims: bones that eyes follow, left and right.
        frame: bone that carries the eyes, whose turn is the head's; empty without an armature.
        head, neck: bones that take the head's share; empty if there is none.
        trunk: bone of the chest; empty if there is none.
        lid_bones: bones of the upper lids, left and right; empty names if there are none.
        lid_controls: for each side, pairs of controls: one on the upper lid, the one below it.
        face: shapes by ARKit channel.
        meshes: names of the meshes that have them.
        warnings: what the user should know.
    """

    kind: EyeKind
    pair: Pair
    aims: Pair = ("", "")
    frame: str = ""
    head: str = ""
    neck: str = ""
    trunk: str = ""
    lid_bones: Pair = ("", "")
    lid_controls: tuple[tuple[Pair, ...], tuple[Pair, ...]] = ((), ())
    face: FaceMapping = field(default_factory=FaceMapping)
    meshes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def has_lids(self) -> bool:
        """Whether anything can blink."""
        blink = any(name in self.face.targets for name in BLINKS)
        return blink or any(self.lid_bones) or any(self.lid_controls)

    def describe(self) -> str:
        """One line for the panel."""
        what = {
            "BONES": f"bones {self.pair[0]}, {self.pair[1]}",
            "AIM": f"targets {self.aims[0]}, {self.aims[1]}",
            "OBJECTS": f"objects {self.pair[0]}, {self.pair[1]}",
            "SHAPES": "eyeLook shape keys",
        }[self.kind]
        lids = "lids" if self.has_lids else "no lids"
        neck = f" and {self.neck}" if self.neck else ""
        return f"{what}; {lids}; " + (f"head {self.head}{neck}" if self.head else "no head bone")


def spell(template: str, side: str) -> str:
    return template.replace("{s}", side).replace("{l}", side[0])


def plain_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", re.split(r"[:|]", name)[-1].lower())


def agreeing(found: Sequence[NamedPart]) -> Pair | None:
    """The likeliest left name and the right one that is spelt likewise."""
    left, right = ([each.name for each in found if each.side == side] for side in SIDES)
    if not left and not right:
        return None
    if not left or not right:
        only, side = (left[0], "right") if left else (right[0], "left")
        raise GazeError(
            f"only one eye was found, '{only}'; its {side} partner is missing. Choose both under "
            f"Gaze ▸ Eyes; for a character with a single eye choose '{only}' twice"
        )
    return find_pair(found) or (left[0], right[0])


def chosen_pair(chosen: EyeChoice, known: Any, what: str) -> Pair:
    for side, name in zip(SIDES, (chosen.left, chosen.right), strict=True):
        if not name:
            raise GazeError(
                f"only one eye is chosen; choose the {side} one as well. For a character with a "
                "single eye choose it twice"
            )
        if name not in known:
            raise GazeError(f"there is no {what} named '{name}'. Choose another {side} eye")
    return chosen.left, chosen.right


def with_warning(eyes: Eyes, warning: str) -> Eyes:
    return replace(eyes, warnings=(*eyes.warnings, warning))
