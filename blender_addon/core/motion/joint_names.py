"""Finds the common skeleton's joints among the names other programs use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

_CENTRE: Final = ("Hips", "Spine", "Spine1", "Spine2", "Neck", "Head")
_ARM: Final = ("Shoulder", "Arm", "ForeArm", "Hand")
_LEG: Final = ("UpLeg", "Leg", "Foot", "Toe")

COMMON_JOINT_NAMES: Final[tuple[str, ...]] = (
    *_CENTRE,
    *(side + part for limb in (_ARM, _LEG) for side in ("Left", "Right") for part in limb),
)

REQUIRED_JOINT_NAMES: Final[tuple[str, ...]] = tuple(
    name
    for name in COMMON_JOINT_NAMES
    if name not in ("Spine1", "Spine2", "Neck") and not name.endswith(("Shoulder", "Toe"))
)

# One family a block: the centre joints, then one arm, then one leg, in the order of the tuples
# above. Names are compared by letters and digits alone, in lower case. {s} stands for left/right,
# {l} for l/r, "|" separates spellings in order of preference, "-" means the family has none.
_FAMILIES: Final[dict[str, str]] = {
    "common, Mixamo, LaFAN": """
        hips spine spine1 spine2 neck head
        {s}shoulder {s}arm {s}forearm {s}hand
        {s}upleg {s}leg {s}foot {s}toe|{s}toebase""",
    "CMU converted to BVH": """
        hips lowerback spine spine1 neck head
        {s}shoulder {s}arm {s}forearm {s}hand
        {s}upleg {s}leg {s}foot {s}toe|{s}toebase""",
    "CMU ASF": """
        root lowerback upperback thorax lowerneck head
        {l}clavicle {l}humerus {l}radius {l}wrist
        {l}femur {l}tibia {l}foot {l}toes""",
    "Character Creator": """
        ccbasehip ccbasewaist ccbasespine01 ccbasespine02 ccbasenecktwist01 ccbasehead
        ccbase{l}clavicle ccbase{l}upperarm ccbase{l}forearm ccbase{l}hand
        ccbase{l}thigh ccbase{l}calf ccbase{l}foot ccbase{l}toebase""",
    "Poser": """
        hip abdomen chest - neck head
        {l}collar {l}shldr {l}forearm {l}hand
        {l}thigh {l}shin {l}foot {l}toe""",
    "BVH by body part": """
        hips lowerback chest chest2 neck head
        {s}collar {s}shoulder {s}elbow {s}wrist
        {s}hip {s}knee {s}ankle {s}toe""",
    "physics humanoid": """
        pelvis torso - - - head
        - {s}upperarm {s}lowerarm {s}hand
        {s}thigh {s}shin {s}foot -""",
    "KayKit": """
        hips spine chest - - head
        - upperarm{l} lowerarm{l} wrist{l}
        upperleg{l} lowerleg{l} foot{l} toes{l}""",
    "Rigify deform": """
        defhips|defspine defspine001 defspine002 defspine003 defneck|defspine004 defhead|defspine006
        defshoulder{l} defupperarm{l} defforearm{l} defhand{l}
        defthigh{l} defshin{l} deffoot{l} deftoe{l}""",
    "Rigify metarig": """
        hips|spine spine001 spine002 spine003 neck|spine004 head|spine006
        shoulder{l} upperarm{l} forearm{l} hand{l}
        thigh{l} shin{l} foot{l} toe{l}""",
    "Unreal": """
        pelvis spine01 spine02 spine03 neck01 head
        clavicle{l} upperarm{l} lowerarm{l} hand{l}
        thigh{l} calf{l} foot{l} ball{l}""",
    "Biped": """
        bip01pelvis|bip001pelvis bip01spine|bip001spine bip01spine1|bip001spine1
        bip01spine2|bip001spine2 bip01neck|bip001neck bip01head|bip001head
        bip01{l}clavicle|bip001{l}clavicle bip01{l}upperarm|bip001{l}upperarm
        bip01{l}forearm|bip001{l}forearm bip01{l}hand|bip001{l}hand
        bip01{l}thigh|bip001{l}thigh bip01{l}calf|bip001{l}calf
        bip01{l}foot|bip001{l}foot bip01{l}toe0|bip001{l}toe0""",
    "VRM": """
        hips spine chest upperchest neck head
        {s}shoulder {s}upperarm {s}lowerarm {s}hand
        {s}upperleg {s}lowerleg {s}foot {s}toes""",
    "SMPL": """
        pelvis spine1 spine2 spine3 neck head
        {s}collar {s}shoulder {s}elbow {s}wrist
        {s}hip {s}knee {s}ankle {s}foot""",
}


_OTHER_SIDE: Final = {"left": "right", "right": "left", "l": "r", "r": "l"}
_SIDE_PATTERNS: Final = (
    r"(?i:left|right)",
    r"(?<![A-Za-z0-9])[LRlr](?![A-Za-z0-9])",
    r"^[LRlr](?=[A-Za-z])",
)


def find_common_joints(names: Iterable[str]) -> dict[str, str]:
    """Match joint names to the common skeleton's.

    The naming family that finds most joints decides alone: "LeftShoulder" is the collar bone in
    one family and the upper arm in another.

    Args:
        names: joint or bone names, with or without a namespace ("mixamorig:Hips").

    Returns:
        Given name by common name, in the common skeleton's order; joints not found are left out.
    """
    plain: dict[str, str] = {}
    for name in names:
        plain.setdefault(_plain(name), name)
    matches = [_match(wanted, plain) for wanted in _SPELLINGS]
    return max(matches, key=len)


def missing_joints(
    found: Mapping[str, str], wanted: Sequence[str] = REQUIRED_JOINT_NAMES
) -> tuple[str, ...]:
    """Common joints without which a figure cannot walk and that ``found`` lacks."""
    return tuple(name for name in wanted if name not in found)


def swap_side(name: str) -> tuple[str, ...]:
    """Names the joint's partner on the other side may have, likeliest first.

    Knows left/right anywhere, a lone L/R between separators (".L", "_r", " L ") and a leading l/r
    as in the CMU and Poser names. Some proposals exist in no skeleton ("head" has none,
    "lowerback" gives "rowerback"): take the first one that does.
    """
    proposals = (re.sub(pattern, _other_side, name, count=1) for pattern in _SIDE_PATTERNS)
    return tuple(dict.fromkeys(other for other in proposals if other != name))


def has_side(name: str) -> bool:
    """Whether a name says left or right beyond doubt (a leading l/r alone does not)."""
    return any(re.search(pattern, name) for pattern in _SIDE_PATTERNS[:2])


def _other_side(match: re.Match[str]) -> str:
    word = match[0]
    other = _OTHER_SIDE[word.lower()]
    if word.isupper():
        return other.upper()
    return other.capitalize() if word[0].isupper() else other


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", re.split(r"[:|]", name)[-1].lower())


def _match(wanted: Mapping[str, tuple[str, ...]], plain: Mapping[str, str]) -> dict[str, str]:
    found = {}
    for common, spellings in wanted.items():
        name = next((plain[s] for s in spellings if s in plain), None)
        if name is not None:
            found[common] = name
    return found


def _spell(table: str) -> dict[str, tuple[str, ...]]:
    """Expand one family's table to both sides."""
    words = table.split()
    sided = [*_CENTRE, *("?" + part for part in (*_ARM, *_LEG))]
    templates = dict(zip(sided, words, strict=True))
    spelt = {}
    for common in COMMON_JOINT_NAMES:
        side = next((s for s in ("Left", "Right") if common.startswith(s)), "")
        template = templates["?" + common[len(side) :] if side else common]
        if template != "-":
            filled = template.replace("{s}", side.lower()).replace("{l}", side[:1].lower())
            spelt[common] = tuple(filled.split("|"))
    return spelt


_SPELLINGS: Final = tuple(_spell(table) for table in _FAMILIES.values())
