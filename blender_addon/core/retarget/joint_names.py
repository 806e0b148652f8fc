"""Finds the common skeleton's joints among the names other programs use.

Each family of names is a data file ``rig_maps/joints_*.json``: ``family`` its name; ``rank`` which
of two families that find equally many joints is taken (lower wins); ``joints`` for each joint the
spellings in order of preference, those of the limbs without Left or Right. ``{side}`` stands for
left or right, ``{l}`` for l or r; names are compared by their words and side, however these are
written (see ``bone_names``).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

from ..errors import MALFORMED, SkeletonError, shortened
from .bone_names import (
    plain_key,
    read_names,
    side_key,
    without_numbering,
    without_wrapper,
    words_of,
)

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
    if name not in ("Spine1", "Spine2", "Neck") and not name.endswith(("Shoulder", "Hand", "Toe"))
)

FAMILIES_FOLDER: Final = Path(__file__).resolve().parents[2] / "rig_maps"
MAX_BYTES: Final = 1_000_000
_TELLING: Final = ("Head", "LeftForeArm", "RightForeArm", "LeftLeg", "RightLeg", "LeftFoot")
_MOST_WRAPPERS: Final = 4


@dataclass(frozen=True, eq=False)
class JointFamily:
    """How one program, or many people, name joints.

    Args:
        name: of the family.
        rank: of two families that find equally many joints the lower one is taken.
        spellings: by common joint name, the keys of its names in order of preference.
    """

    name: str
    rank: int
    spellings: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class NamedJoints:
    """What the names of a character tell.

    Args:
        family: whose names they are; empty if nothing was found.
        joints: given name by common name, in the common skeleton's order.
    """

    family: str
    joints: Mapping[str, str]


_OTHER_SIDE: Final = {"left": "right", "right": "left", "l": "r", "r": "l"}
_SIDE_PATTERNS: Final = (
    r"(?i:left|right)",
    r"(?<![A-Za-z0-9])[LRlr](?![A-Za-z0-9])",
    r"^[LRlr](?=[A-Za-z])",
)


def find_common_joints(names: Iterable[str]) -> dict[str, str]:
    """Match joint names to the common skeleton's; see ``match_family``.

    Returns:
        Given name by common name, in the common skeleton's order; joints not found are left out.
    """
    return dict(match_family(names).joints)


def match_family(names: Iterable[str], families: Sequence[JointFamily] = ()) -> NamedJoints:
    """Find the naming family of a character.

    The family that finds most joints, those needed for a walk first, decides alone:
    "LeftShoulder" is the collar bone in one family and the upper arm in another.

    Args:
        names: joint or bone names, with or without a namespace ("mixamorig:Hips"), a beginning or
            end that the joints share ("Character1_Hips", "hips_jnt"), or numbers ("Hips_01").
        families: to choose from; none for those that come with the extension.
    """
    return _matched(tuple(names), tuple(families) or bundled_families())


@lru_cache(maxsize=32)
def _matched(names: tuple[str, ...], families: tuple[JointFamily, ...]) -> NamedJoints:
    readings = [reading for reading in (read_names(names), without_numbering(names)) if reading]
    best = NamedJoints("", {})
    for family in families:
        for reading in readings:
            best = _better(best, family, reading)
    if not missing_joints(best.joints):
        return best
    for reading in readings:
        cores = _cores_by_side(reading)
        for family in families:
            for wrapper in _wrappers(family, cores):
                best = _better(best, family, without_wrapper(reading, *wrapper))
    return best


def _cores_by_side(reading: Mapping[str, str]) -> dict[str, list[str]]:
    """The words of the names of each side, and of the middle."""
    cores: dict[str, list[str]] = {}
    for key in reading:
        core, bar, side = key.partition("|")
        if bar:
            cores.setdefault(side, []).append(core)
    return cores


def _better(best: NamedJoints, family: JointFamily, reading: Mapping[str, str]) -> NamedJoints:
    """What the family finds where that is more than the best so far, of needed joints first."""
    joints = _match(family.spellings, reading)
    return NamedJoints(family.name, joints) if _worth(joints) > _worth(best.joints) else best


def _worth(joints: Mapping[str, str]) -> tuple[int, int]:
    return -len(missing_joints(joints)), len(joints)


def _wrappers(family: JointFamily, cores: Mapping[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Beginnings and ends that the names of several joints share, the commonest first."""
    votes: Counter[tuple[str, str]] = Counter()
    for joint in _TELLING:
        for spelling in family.spellings.get(joint, ()):
            core, bar, side = spelling.partition("|")
            for whole in cores.get(side, ()) if bar and len(core) > 1 else ():
                start = whole.find(core)
                if start >= 0:
                    votes[whole[:start], whole[start + len(core) :]] += 1
    votes.pop(("", ""), None)
    for wrapper, count in votes.most_common(_MOST_WRAPPERS):
        if count > 1:
            yield wrapper


@cache
def bundled_families() -> tuple[JointFamily, ...]:
    """The families that come with the extension, lowest rank first."""
    families = [load_joint_family(path) for path in sorted(FAMILIES_FOLDER.glob("joints_*.json"))]
    return tuple(sorted(families, key=lambda family: family.rank))


def load_joint_family(path: Path) -> JointFamily:
    """Read one family of names.

    Raises:
        SkeletonError: the file is missing or not of the format described above.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SkeletonError(f"{path.name} is larger than any family of names; choose another")
        document = json.loads(path.read_text("utf-8"))
        return _read_family(document)
    except OSError as error:
        raise SkeletonError(f"{path} cannot be read ({error.strerror}). Check the file") from error
    except MALFORMED as error:
        raise SkeletonError(
            f"{path.name} is no family of joint names: {shortened(error)}. Compare it with "
            "joints_common.json"
        ) from error


def missing_joints(
    found: Mapping[str, str], desired: Sequence[str] = REQUIRED_JOINT_NAMES
) -> tuple[str, ...]:
    """Common joints without which a character cannot walk and that ``found`` lacks."""
    return tuple(name for name in desired if name not in found)


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


def _match(desired: Mapping[str, tuple[str, ...]], reading: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for common, spellings in desired.items():
        names = (reading[key] for key in spellings if key in reading)
        name = next((name for name in names if name not in found.values()), None)
        if name is not None:
            found[common] = name
    return found


def _read_family(document: Any) -> JointFamily:
    unknown = set(document) - {"family", "note", "rank", "joints"}
    if unknown:
        raise ValueError(f"unknown fields {sorted(unknown)}")
    joints = document["joints"]
    unknown = set(joints) - {*_CENTRE, *_ARM, *_LEG}
    if unknown:
        raise ValueError(f"unknown joints {sorted(unknown)}")
    spellings = {}
    for common in COMMON_JOINT_NAMES:
        side = next((s for s in ("Left", "Right") if common.startswith(s)), "")
        words = joints.get(common[len(side) :], ())
        if isinstance(words, str):
            raise TypeError(f"'{common[len(side) :]}' is no list of names")
        if words:
            spellings[common] = tuple(key for word in words for key in _keys(word, side))
    return JointFamily(str(document["family"]), int(document["rank"]), spellings)


def _keys(template: str, side: str) -> tuple[str, ...]:
    """How the names of a joint may be read, the exact way first."""
    exact = template.replace("{side}", side).replace("{l}", side[:1])
    return tuple(key for key in (plain_key(exact), side_key(words_of(exact))) if key)
