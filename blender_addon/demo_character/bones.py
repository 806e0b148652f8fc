"""The bones of a person, and the names that they go by: pure NumPy-free tables.

Left bones are listed; right ones mirror them. Heads and tails are joints of the body, named there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

FINGERS: Final = ("thumb", "index", "middle", "ring", "pinky")
BODY, FINGER, FACE = "Body", "Fingers", "Face"

# Bone, its parent, joint of its head, joint of its tail.
_MIDDLE: Final = (
    ("hips", "", "pelvis", "spine-4"),
    ("spine", "hips", "spine-4", "spine-2"),
    ("spine1", "spine", "spine-2", "spine-1"),
    ("chest", "spine1", "spine-1", "neck"),
    ("neck", "chest", "neck", "neck-middle"),
    ("neck1", "neck", "neck-middle", "head"),
    ("head", "neck1", "head", "head-2"),
    ("jaw", "head", "mouth", "jaw"),
    ("tongue", "jaw", "tongue-1", "tongue-2"),
    ("tongue1", "tongue", "tongue-2", "tongue-3"),
    ("tongue2", "tongue1", "tongue-3", "tongue-4"),
)
_LEFT: Final = (
    ("eye.L", "head", "l-eye", "l-eye-target"),
    ("shoulder.L", "chest", "l-clavicle", "l-shoulder"),
    ("upper_arm.L", "shoulder.L", "l-shoulder", "l-elbow"),
    ("forearm.L", "upper_arm.L", "l-elbow", "l-hand"),
    ("hand.L", "forearm.L", "l-hand", "l-finger-3-1"),
    *(
        (
            f"{finger}{bone}.L",
            f"{finger}{bone - 1}.L" if bone > 1 else "hand.L",
            f"l-finger-{number}-{bone}",
            f"l-finger-{number}-{bone + 1}",
        )
        for number, finger in enumerate(FINGERS, start=1)
        for bone in (1, 2, 3)
    ),
    ("thigh.L", "hips", "l-upper-leg", "l-knee"),
    ("shin.L", "thigh.L", "l-knee", "l-ankle"),
    ("foot.L", "shin.L", "l-ankle", "l-toe-2-1"),
    ("toe.L", "foot.L", "l-toe-2-1", "l-toe-2-4"),
)


@dataclass(frozen=True)
class Bone:
    """One bone at rest.

    Args:
        name, parent: our own names of it and its parent, "" for the first.
        head, tail: joints of the body.
    """

    name: str
    parent: str
    head: str
    tail: str

    @property
    def group(self) -> str:
        """The bone collection it is sorted into."""
        if self.name.startswith(FINGERS):
            return FINGER
        return FACE if self.name.startswith(("jaw", "tongue", "eye")) else BODY


def _mirror(text: str) -> str:
    return (
        text.replace(".L", ".R").replace("l-", "r-", 1)
        if text[:2] == "l-"
        else (text.replace(".L", ".R"))
    )


BONES: Final = (
    *(Bone(*row) for row in _MIDDLE),
    *(Bone(*row) for row in _LEFT),
    *(Bone(*(_mirror(each) for each in row)) for row in _LEFT),
)
"""Every bone that moves skin, parents before children."""


@dataclass(frozen=True)
class Naming:
    """How one program names the bones.

    Args:
        key, title: for files and for people.
        root: of the bone on the ground that carries all; "" where there is none.
        names: by our own; a bone that is not there belongs to its parent.
    """

    key: str
    title: str
    root: str
    names: Mapping[str, str]


def _fingers(pattern: str, words: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for finger in FINGERS:
        for number in (1, 2, 3):
            yield f"{finger}{number}", pattern.format(words.get(finger, finger), number)


def _both(names: Mapping[str, str], left: str, right: str) -> dict[str, str]:
    """Names of both sides from those with "{}" in the side's place."""
    return {
        f"{ours}.{side}": name.format(word)
        for ours, name in names.items()
        for side, word in (("L", left), ("R", right))
    }


_RIGIFY: Final = Naming(
    "RIGIFY",
    "Rigify",
    "root",
    {
        "hips": "spine", "spine": "spine.001", "spine1": "spine.002", "chest": "spine.003",
        "neck": "spine.004", "neck1": "spine.005", "head": "spine.006",
        "jaw": "jaw", "tongue": "tongue", "tongue1": "tongue.001", "tongue2": "tongue.002",
        **_both(
            {
                "eye": "eye.{}", "shoulder": "shoulder.{}", "upper_arm": "upper_arm.{}",
                "forearm": "forearm.{}", "hand": "hand.{}", "thigh": "thigh.{}",
                "shin": "shin.{}", "foot": "foot.{}", "toe": "toe.{}",
                **dict(_fingers("f_{}.0{}.{{}}", {})),
                **{f"thumb{n}": f"thumb.0{n}.{{}}" for n in (1, 2, 3)},
            },
            "L", "R",
        ),
    },
)  # fmt: skip
_MIXAMO: Final = Naming(
    "MIXAMO",
    "Mixamo",
    "",
    {
        ours: f"mixamorig:{name}"
        for ours, name in {
            "hips": "Hips", "spine": "Spine", "spine1": "Spine1", "chest": "Spine2",
            "neck": "Neck", "head": "Head", "jaw": "Jaw", "tongue": "Tongue1",
            "tongue1": "Tongue2", "tongue2": "Tongue3",
            **_both(
                {
                    "eye": "{}Eye", "shoulder": "{}Shoulder", "upper_arm": "{}Arm",
                    "forearm": "{}ForeArm", "hand": "{}Hand", "thigh": "{}UpLeg",
                    "shin": "{}Leg", "foot": "{}Foot", "toe": "{}ToeBase",
                    **dict(_fingers("{{}}Hand{0}{1}", {each: each.title() for each in FINGERS})),
                },
                "Left", "Right",
            ),
        }.items()
    },
)  # fmt: skip
_UNREAL: Final = Naming(
    "UNREAL",
    "Unreal",
    "root",
    {
        "hips": "pelvis", "spine": "spine_01", "spine1": "spine_02", "chest": "spine_03",
        "neck": "neck_01", "neck1": "neck_02", "head": "head",
        "jaw": "jaw", "tongue": "tongue_01", "tongue1": "tongue_02", "tongue2": "tongue_03",
        **_both(
            {
                "eye": "eye_{}", "shoulder": "clavicle_{}", "upper_arm": "upperarm_{}",
                "forearm": "lowerarm_{}", "hand": "hand_{}", "thigh": "thigh_{}",
                "shin": "calf_{}", "foot": "foot_{}", "toe": "ball_{}",
                **dict(_fingers("{}_0{}_{{}}", {})),
            },
            "l", "r",
        ),
    },
)  # fmt: skip

NAMINGS: Final = {naming.key: naming for naming in (_RIGIFY, _MIXAMO, _UNREAL)}


def carrier(bone: str, naming: Naming) -> str:
    """The bone that does a bone's work under a naming: itself, or the nearest above that is named.

    Args:
        bone: our own name.
    """
    parents = {each.name: each.parent for each in BONES}
    while bone not in naming.names:
        bone = parents[bone]
    return bone
