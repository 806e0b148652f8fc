"""The bodies that animals are judged on: seen in training, never seen, and a folder of others.

Layout of ``--bodies DIR``, any of:

* ``NAME.glb``: a model that stands, its bones named as one of the known sources has them
  (Quaternius' animals, Mesh2Motion's horse and fox).
* ``NAME.bvh``: a clip on such a skeleton, whose first frame stands (an idle).
* ``NAME.npz``: ``joints`` (27, 3) metres in the order of the common skeleton (Y up, looking along
  +Z, left at +X, ground at 0), and optionally ``family`` ("hoofed" or "canine").
* ``NAME.json``: the same keys, ``joints`` as a list, or as an object of 27 by name.
* ``bodies.json``: optional; by NAME an object of ``family`` and ``hip_height_m``, for what a file
  cannot say.

Of a .glb or .bvh the family follows from its bones and its name, and without a height of its own
it counts as it is, in metres; where its hips are above 2 m or below 5 cm it is brought to half a
metre. All measures are in hip heights, so the size matters to nothing but the frame rate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from backend.quadruped.species import (
    MESH2MOTION_FOX,
    MESH2MOTION_HORSE,
    QUATERNIUS_CANINE,
    QUATERNIUS_HOOFED,
    SPECIES,
    SourceSkeleton,
    body_of_places,
    species_body,
)
from blender_addon.core.bvh.read import read_bvh
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.motion.kinematics import forward_kinematics
from blender_addon.core.quadruped.body import Family, FootKind, QuadrupedBody
from blender_addon.core.quadruped.skeleton import JOINTS, quadruped_skeleton

from .glb import read_joint_places

SEEN: Final = ("fox", "wolf", "horse")
_HEIGHTS_M: Final = {"cow": 1.35, "dog": 0.43}
"""Of models in another unit than metres; from life, ours."""
_CANINE_WORDS: Final = ("wolf", "fox", "husky", "shiba", "dog", "cat", "coyote", "jackal", "lynx")
_PLAUSIBLE_M: Final = (0.05, 2.0)
_STAND_IN_M: Final = 0.5
_FLOOR: Final = 0.03
"""Of the hips' height: a floor that is further from 0 is where the lowest bone is."""


@dataclass(frozen=True, eq=False)
class JudgedBody:
    """A body with its name; ``seen`` says whether training knew it."""

    name: str
    body: QuadrupedBody
    seen: bool


def default_bodies(data: Path) -> list[JudgedBody]:
    """Fox, wolf and horse, which training knew; deer, cow and dog, which it did not.

    Args:
        data: the folder data/quadruped.

    Raises:
        InputError: a file is not there or cannot be read.
    """
    if not (data / "animals").is_dir():
        raise InputError(f"there is no folder {data / 'animals'}; give --data with one")
    by_name = {species.name: species for species in SPECIES}
    seen = [JudgedBody(name, species_body(by_name[name], data), True) for name in SEEN]
    unseen = [JudgedBody("deer", species_body(by_name["deer"], data), False)]
    for name, file in (("cow", "animals/cow.glb"), ("dog", "fox2/dog.glb")):
        body = body_of_file(data / file, {"hip_height_m": _HEIGHTS_M[name]})
        unseen.append(JudgedBody(name, body, False))
    return [*seen, *unseen]


def read_bodies(folder: Path) -> list[JudgedBody]:
    """All bodies of a folder, as bodies that were never seen.

    Args:
        folder: see the module's text.

    Raises:
        InputError: no such folder, nothing to read in it, or a file that is no body.
    """
    if not folder.is_dir():
        raise InputError(f"there is no folder {folder}; give one with .glb, .bvh, .npz or .json")
    told = _told(folder / "bodies.json")
    files = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix in (".glb", ".bvh", ".npz", ".json") and path.name != "bodies.json"
    ]
    if not files:
        raise InputError(f"no .glb, .bvh, .npz or .json in {folder}; see the manual for the layout")
    return [
        JudgedBody(path.stem, body_of_file(path, told.get(path.stem, {})), False) for path in files
    ]


def _told(path: Path) -> Mapping[str, Mapping[str, Any]]:
    if not path.is_file():
        return {}
    found = _json_of(path)
    if not all(isinstance(each, dict) for each in found.values()):
        raise InputError(f"{path.name}: expected an object by the name of each body")
    return found


def _json_of(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise InputError(f"{path.name} is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise InputError(f"{path.name}: expected an object; found a {type(found).__name__}")
    return found


def body_of_file(path: Path, told: Mapping[str, Any] = {}) -> QuadrupedBody:
    """One body.

    Args:
        path: .glb, .bvh, .npz or .json.
        told: ``family`` and ``hip_height_m``, for what the file cannot say.

    Raises:
        InputError: the file is not there, is damaged, or its bones are those of no known source.
    """
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    if path.suffix == ".npz":
        with np.load(path, allow_pickle=False) as arrays:
            body = _of_joints(path, {name: arrays[name] for name in arrays.files}, told)
    elif path.suffix == ".json":
        body = _of_joints(path, _json_of(path), told)
    else:
        places = read_joint_places(path) if path.suffix == ".glb" else _first_frame(path)
        body = _of_places(path, places, told)
    return _at_height(body, told.get("hip_height_m"))


def _first_frame(path: Path) -> dict[str, Floats]:
    clip = read_bvh(path)
    standing, _ = forward_kinematics(
        clip.skeleton, clip.root_positions[:1], clip.rotations_wxyz[:1]
    )
    return dict(zip(clip.skeleton.names, standing[0].astype(np.float64), strict=True))


def _of_places(path: Path, places: Mapping[str, Floats], told: Mapping[str, Any]) -> QuadrupedBody:
    named = _family(told.get("family"), path)
    if named is None:
        dogs = any(word in path.stem.lower() for word in _CANINE_WORDS)
        named = Family.CANINE if dogs else Family.HOOFED
    for source in _sources(named):
        if _fits(source, places):
            family = Family.CANINE if source is MESH2MOTION_FOX else named
            foot = FootKind.PAW if family is Family.CANINE else FootKind.HOOF
            return body_of_places(_on_ground(places, source), source, family, foot)
    raise InputError(
        f"{path.name}: its bones are not those of Quaternius' animals or of Mesh2Motion's horse "
        f"and fox; found {', '.join(list(places)[:8])} … Give its 27 joints in a .json instead"
    )


def _sources(family: Family) -> tuple[SourceSkeleton, ...]:
    quaternius = QUATERNIUS_CANINE if family is Family.CANINE else QUATERNIUS_HOOFED
    return quaternius, MESH2MOTION_HORSE, MESH2MOTION_FOX


def _fits(source: SourceSkeleton, places: Mapping[str, Floats]) -> bool:
    """Whether every joint is there on both sides; a nose may be lacking."""
    for common, names in source.joints.items():
        for side in ("left", "right"):
            there = [name.format(S=side[:1].upper(), s=side[:1]) for name in names]
            if common != "nose" and not any(name in places for name in there):
                return False
    return True


def _on_ground(places: Mapping[str, Floats], source: SourceSkeleton) -> dict[str, Floats]:
    """The same, with its hips over the origin, and on the ground if it plainly is not."""
    hips = places[source.joints["hips"][0]]
    low = min(float(place[1]) for place in places.values())
    shift = np.array([hips[0], low if abs(low) > _FLOOR * hips[1] else 0.0, hips[2]])
    return {name: place - shift for name, place in places.items()}


def _of_joints(path: Path, data: Mapping[str, Any], told: Mapping[str, Any]) -> QuadrupedBody:
    joints = data.get("joints")
    if joints is None:
        raise InputError(f"{path.name}: expected 'joints', 27 places in metres; found {list(data)}")
    if isinstance(joints, Mapping):
        if lacking := [name for name in JOINTS if name not in joints]:
            raise InputError(f"{path.name}: 'joints' lacks {', '.join(lacking)}")
        joints = [joints[name] for name in JOINTS]
    try:
        rest = np.asarray(joints, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{path.name}: 'joints' are no numbers: {error}") from error
    if rest.shape != (len(JOINTS), 3) or not np.isfinite(rest).all():
        raise InputError(f"{path.name}: expected 'joints' (27, 3), finite; found {rest.shape}")
    given = told.get("family", data.get("family"))
    family = _family(None if given is None else str(np.asarray(given)), path) or Family.HOOFED
    foot = FootKind.PAW if family is Family.CANINE else FootKind.HOOF
    body = QuadrupedBody(quadruped_skeleton(rest), family, foot)
    if not body.hip_height_m > 0:
        raise InputError(f"{path.name}: its hips are not above the ground at 0; Y is up")
    return body


def _family(name: Any, path: Path) -> Family | None:
    if name is None:
        return None
    try:
        return Family(name)
    except ValueError:
        known = ", ".join(family.value for family in Family)
        raise InputError(f"{path.stem}: family '{name}' is unknown; expected {known}") from None


def _at_height(body: QuadrupedBody, height_m: Any) -> QuadrupedBody:
    if height_m is None:
        low, high = _PLAUSIBLE_M
        if low <= body.hip_height_m <= high:
            return body
        height_m = _STAND_IN_M
    if not isinstance(height_m, int | float) or not 0 < height_m < 100:
        raise InputError(f"hip_height_m must be a length in metres; found {height_m!r}")
    return replace(body, skeleton=body.skeleton.scaled(float(height_m) / body.hip_height_m))
