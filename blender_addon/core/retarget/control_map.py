"""Which controls move a character whose joints follow constraints, as those of a generated rig do.

Each family of control rigs is a data file ``rig_maps/controls_*.json``. Its parts (``body``,
``legs``, ``arms``; of the last two an FK and an IK one each) list ``controls``, bones
that get keys, by the joint they take the motion of, or the three joints of the limb whose plane a
pole shows; ``rest``, bones that have to stay at rest for that; and ``switches``, properties with
the value that is needed. ``{l}`` stands for L or R; of several names the first that exists counts.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any, Final

from ..errors import MALFORMED, SkeletonError, shortened
from .joint_names import COMMON_JOINT_NAMES, FAMILIES_FOLDER, MAX_BYTES

_SIDES: Final = (("Left", "L"), ("Right", "R"))


class LimbMode(Enum):
    """Whether a limb's joints are turned one by one, or its end is placed and the rest follows."""

    FK = "FK"
    IK = "IK"


@dataclass(frozen=True)
class LimbModes:
    """How the limbs of a control rig get their keys.

    Args:
        legs: IK keeps planted feet editable as feet.
        arms: FK keeps the arcs of swinging arms.
    """

    legs: LimbMode = LimbMode.IK
    arms: LimbMode = LimbMode.FK


DEFAULT_LIMB_MODES: Final = LimbModes()


@dataclass(frozen=True)
class Control:
    """A bone that gets keys.

    Args:
        names: the bone's, the first that exists counts.
        joint: common joint whose motion it takes; empty for a pole.
        moves: whether it gets a location as well.
        pole: upper, middle and end joint of the limb whose plane it shows.
    """

    names: tuple[str, ...]
    joint: str = ""
    moves: bool = False
    pole: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class Switch:
    """A custom property of a bone and the value it needs."""

    bone: str
    name: str
    value: float


@dataclass(frozen=True)
class ControlPart:
    """Controls of one part of the body, both sides.

    Args:
        controls: in an order in which each comes after those it hangs on.
        rest: bones that have to stay at rest.
        switches: properties to set.
    """

    controls: tuple[Control, ...]
    rest: tuple[str, ...]
    switches: tuple[Switch, ...]

    def __add__(self, other: ControlPart) -> ControlPart:
        """Both parts."""
        return ControlPart(
            self.controls + other.controls, self.rest + other.rest, self.switches + other.switches
        )


@dataclass(frozen=True)
class ControlFamily:
    """How one program builds control rigs.

    Args:
        name: of the family.
        root: bone that carries everything.
        body: spine, neck, head and collar bones.
        legs, arms: by mode.
    """

    name: str
    root: str
    body: ControlPart
    legs: Mapping[LimbMode, ControlPart]
    arms: Mapping[LimbMode, ControlPart]

    def part(self, modes: LimbModes) -> ControlPart:
        """The whole character in these modes."""
        return self.body + self.legs[modes.legs] + self.arms[modes.arms]

    def fits(self, bones: Collection[str]) -> bool:
        """Whether a rig with these bones is of the family: it has what legs and arms hang on."""
        limbs = [*self.legs.values(), *self.arms.values()]
        needed = [c for part in limbs for c in part.controls if c.joint and "Toe" not in c.joint]
        needed += [control for control in self.body.controls if control.moves]
        return self.root in bones and all(
            any(name in bones for name in control.names) for control in needed
        )


def find_control_family(bones: Collection[str]) -> ControlFamily | None:
    """The family of control rigs that a rig with these bones belongs to, if there is one."""
    return next((family for family in bundled_control_families() if family.fits(bones)), None)


@cache
def bundled_control_families() -> tuple[ControlFamily, ...]:
    """The families that come with the extension."""
    return tuple(load_control_family(p) for p in sorted(FAMILIES_FOLDER.glob("controls_*.json")))


def load_control_family(path: Path) -> ControlFamily:
    """Read one family of control rigs.

    Raises:
        SkeletonError: the file is missing or not of the format described above.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SkeletonError(f"{path.name} is larger than any control map; choose another")
        return _read_family(json.loads(path.read_text("utf-8")))
    except OSError as error:
        raise SkeletonError(f"{path} cannot be read ({error.strerror}). Check the file") from error
    except MALFORMED as error:
        raise SkeletonError(
            f"{path.name} is no map of controls: {shortened(error)}. Compare it with "
            "controls_rigify.json"
        ) from error


def _read_family(document: Any) -> ControlFamily:
    limbs = {
        name: {mode: _read_part(document[name][mode.value]) for mode in LimbMode}
        for name in ("legs", "arms")
    }
    return ControlFamily(
        str(document["family"]),
        str(document["root"]),
        _read_part(document["body"]),
        limbs["legs"],
        limbs["arms"],
    )


def _read_part(part: Any) -> ControlPart:
    return ControlPart(
        tuple(c for given in part["controls"] for c in _read_control(given)),
        tuple(name for given in part["rest"] for name, _ in _both_sides(given)),
        tuple(
            Switch(bone, str(given["property"]), float(given["value"]))
            for given in part["switches"]
            for bone, _ in _both_sides(given["bone"])
        ),
    )


def _read_control(given: Any) -> Iterator[Control]:
    names: Sequence[str] = given["bone"]
    if isinstance(names, str):
        raise TypeError(f"'{names}' is no list of names")
    sides = _both_sides(names[0])
    for _, (side, letter) in sides:
        spelt = tuple(name.replace("{l}", letter) for name in names)
        if "pole" in given:
            upper, middle, end = (_joint(side + part) for part in given["pole"])
            yield Control(spelt, pole=(upper, middle, end))
        else:
            yield Control(spelt, _joint(side + given["joint"]), bool(given.get("moves", False)))


def _both_sides(template: str) -> list[tuple[str, tuple[str, str]]]:
    """The name for each side, or once where there are no sides."""
    if "{l}" not in template:
        return [(template, ("", ""))]
    return [(template.replace("{l}", side[1]), side) for side in _SIDES]


def _joint(name: str) -> str:
    if name not in COMMON_JOINT_NAMES:
        raise ValueError(f"'{name}' is no joint")
    return name
