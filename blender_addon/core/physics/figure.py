"""The simulated figure: bodies, joints and muscles of the common skeleton.

15 bodies, 30 actuated degrees of freedom, 68.5 kg. Arms hang down where all joints are at zero. A
ball joint has three muscles whose targets are its rotation vector, so there is no gimbal lock.

Source: Peng et al. 2018, DeepMimic, ACM TOG 37(4):143, table of gains and torque limits; ours are
half as stiff again in torque, and damped by a twentieth of the stiffness.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ..conventions import Floats
from ..motion.common_skeleton import COMMON_SKELETON

CONTROL_RATE_HZ: Final = 30
SUBSTEPS: Final = 8
STEP_S: Final = 1.0 / (CONTROL_RATE_HZ * SUBSTEPS)
"""240 Hz: a contact can be no stiffer than two steps, and a softer one lets feet slide."""
_CONTACT_S: Final = 0.009
_CONTACT_STEPS: Final = 2.02

GRAVITY_M_S2: Final = 9.81
DAMPING_S: Final = 0.05
"""Damping of a muscle for its stiffness."""

_TORQUE_SCALE: Final = 1.5
UPPER_ARM_M: Final = 0.285


@dataclass(frozen=True)
class Part:
    """A body of the figure and the joint that hangs it on its parent.

    Args:
        name: of the body.
        joint: the common skeleton's joint that turns with it.
        parent: body it hangs on.
        offset: (3,) of its joint in the parent, metres.
        stiffness: of its muscles, N m / rad.
        torque_limit: of its muscles, N m.
        bend: least and greatest angle of a hinge about x, radians; None for a ball joint.
        mass_kg: of all its shapes.
    """

    name: str
    joint: str
    parent: str
    offset: tuple[float, float, float]
    stiffness: float
    torque_limit: float
    bend: tuple[float, float] | None
    mass_kg: float

    @property
    def is_ball(self) -> bool:
        """Whether it turns about all three axes."""
        return self.bend is None

    @property
    def degrees(self) -> int:
        """Of freedom: how many muscles it has."""
        return 3 if self.is_ball else 1


def _offset(*joints: str) -> tuple[float, float, float]:
    rests = dict(zip(COMMON_SKELETON.names, COMMON_SKELETON.offsets, strict=True))
    x, y, z = (float(v) for v in sum((rests[j] for j in joints), np.zeros(3)))
    return x, y, z


def _limb_parts(side: str, common: str) -> tuple[Part, ...]:
    def part(
        name: str,
        joint: str,
        parent: str,
        offset: tuple[float, float, float],
        stiffness: float,
        torque: float,
        bend: tuple[float, float] | None,
        mass: float,
    ) -> Part:
        above = parent if parent in ("pelvis", "chest") else side + parent
        return Part(side + name, common + joint, above, offset, stiffness, torque, bend, mass)

    shoulder = _offset("Spine2", common + "Shoulder", common + "Arm")
    elbow = (0.0, -UPPER_ARM_M, 0.0)
    arm = (
        part("upper_arm", "Arm", "chest", shoulder, 400, 120, None, 2.0),
        part("forearm", "ForeArm", "upper_arm", elbow, 300, 80, (-2.8, 0.1), 1.6),
    )
    leg = (
        part("thigh", "UpLeg", "pelvis", _offset(common + "UpLeg"), 500, 250, None, 8.5),
        part("shin", "Leg", "thigh", _offset(common + "Leg"), 500, 200, (-0.1, 2.7), 3.3),
        part("foot", "Foot", "shin", _offset(common + "Foot"), 400, 130, None, 0.9),
        part("toe", "Toe", "foot", _offset(common + "Toe"), 40, 30, (-1.2, 0.5), 0.2),
    )
    return arm + leg


def _parts() -> tuple[Part, ...]:
    left, right = _limb_parts("left_", "Left"), _limb_parts("right_", "Right")
    waist = _offset("Spine", "Spine1")
    chest = Part("chest", "Spine2", "pelvis", waist, 1000, 250, None, 19.5)
    head = Part("head", "Head", "chest", _offset("Spine2", "Neck"), 100, 50, None, 5.0)
    return (chest, head, *left[:2], *right[:2], *left[2:], *right[2:])


PELVIS: Final = "pelvis"
PARTS: Final = _parts()
"""All but the pelvis, parents first, in the order of the engine's joints and muscles."""

BODY_NAMES: Final = (PELVIS, *(part.name for part in PARTS))
"""In the order of a figure's bodies; the engine has the world before them."""

MUSCLE_COUNT: Final = sum(part.degrees for part in PARTS)
POSE_SIZE: Final = 7 + sum(4 if part.is_ball else 1 for part in PARTS)
RATE_SIZE: Final = 6 + MUSCLE_COUNT
MASS_KG: Final = 11.0 + sum(part.mass_kg for part in PARTS)

_SHAPES: Final = {
    "pelvis": ('capsule" fromto="-.07 0 0 .07 0 0" size=".10', 1.0),
    "chest": ('capsule" fromto="-.06 .10 0 .06 .10 0" size=".12', 0.6),
    "chest low": ('capsule" fromto="-.05 0 0 .05 0 0" size=".10', 0.4),
    "head": ('sphere" pos="0 .17 .03" size=".10', 0.9),
    "head low": ('capsule" fromto="0 0 0 0 .08 .015" size=".05', 0.1),
    "upper_arm": ('capsule" fromto="0 -.04 0 0 -.245 0" size=".045', 1.0),
    "forearm": ('capsule" fromto="0 -.03 0 0 -.22 0" size=".037', 0.75),
    "forearm hand": ('sphere" pos="0 -.30 0" size=".045', 0.25),
    "thigh": ('capsule" fromto="0 -.06 0 0 -.35 0" size=".065', 1.0),
    "shin": ('capsule" fromto="0 -.06 0 0 -.35 0" size=".05', 1.0),
    # The sole is 8 cm under the ankle and 2 cm under the toe joint, as in the common skeleton.
    "foot": ('box" pos="0 -.055 .035" size=".042 .025 .09', 1.0),
    "toe": ('box" pos="0 -.003 .035" size=".042 .017 .037', 1.0),
}

SOLE_CORNERS_M: Final[dict[str, Floats]] = {
    "foot": np.array([(x, -0.08, z) for x in (-0.042, 0.042) for z in (-0.055, 0.125)]),
    "toe": np.array([(x, -0.02, z) for x in (-0.042, 0.042) for z in (-0.002, 0.072)]),
}
"""Corners of the soles in their body, by its name without the side."""


def figure_mjcf(
    world: str = "",
    assets: str = "",
    sensors: str = "",
    more: Mapping[str, str] | None = None,
    rest: str = "",
    substeps: int = SUBSTEPS,
) -> str:
    """The figure and what is around it as the engine's text; Y up, metres, kilograms.

    Args:
        world: elements of the ground and of obstacles; ``LEVEL_GROUND`` is the simplest.
        assets: what these refer to.
        sensors: elements that measure.
        more: by body, elements that it has besides; see ``limits``.
        rest: sections of the text that refer to these.
        substeps: of a control step; with fewer, contacts are softer.
    """
    step_s = 1.0 / (CONTROL_RATE_HZ * substeps)
    contact_s = max(_CONTACT_S, _CONTACT_STEPS * step_s)
    more = more or {}
    bodies = f'<body name="{PELVIS}" pos="0 1 0"><freejoint name="root"/>{_shapes(PELVIS, 11.0)}'
    bodies += more.get(PELVIS, "")
    bodies += "".join(_body(part, more) for part in PARTS if part.parent == PELVIS) + "</body>"
    return f"""<mujoco model="figure">
<compiler angle="radian" autolimits="true"/>
<option timestep="{step_s!r}" gravity="0 -{GRAVITY_M_S2} 0" integrator="implicitfast" solver="CG"
 iterations="8" ls_iterations="8" noslip_iterations="3" cone="pyramidal">
<flag eulerdamp="disable" autoreset="disable"/></option>
<default>
<geom contype="2" conaffinity="1" friction="1 .01 .001" condim="3" solref="{contact_s!r} 1"/>
</default>
<asset>{assets}</asset><worldbody>{bodies}{world}</worldbody>
<actuator>{"".join(_muscles(part) for part in PARTS)}</actuator><sensor>{sensors}</sensor>
{rest}<size memory="4M"/></mujoco>"""


LEVEL_GROUND: Final = (
    '<geom name="ground" type="plane" size="0 0 1" euler="-1.5707963267948966 0 0"'
    ' contype="1" conaffinity="2"/>'
)


def _body(part: Part, more: Mapping[str, str]) -> str:
    x, y, z = part.offset
    joint = f'<joint name="{part.name}" type="ball" armature=".02" damping="1"/>'
    if part.bend is not None:
        low, high = part.bend
        joint = (
            f'<joint name="{part.name}" type="hinge" axis="1 0 0" range="{low} {high}"'
            ' armature=".01" damping=".5"/>'
        )
    below = "".join(_body(each, more) for each in PARTS if each.parent == part.name)
    place = f'<body name="{part.name}" pos="{x:.4f} {y:.4f} {z:.4f}">'
    shapes = _shapes(part.name, part.mass_kg) + more.get(part.name, "")
    return place + joint + shapes + below + "</body>"


def _shapes(name: str, mass_kg: float) -> str:
    kind = without_side(name)
    return "".join(
        f'<geom type="{shape}" mass="{share * mass_kg:.4f}"/>'
        for key, (shape, share) in _SHAPES.items()
        if key.split()[0] == kind
    )


def without_side(name: str) -> str:
    """A body's name without left or right."""
    return name.removeprefix("left_").removeprefix("right_")


def _muscles(part: Part) -> str:
    limit, damping = part.torque_limit * _TORQUE_SCALE, part.stiffness * DAMPING_S
    gears = ("1 0 0", "0 1 0", "0 0 1")[: part.degrees]
    return "".join(
        f'<position joint="{part.name}" gear="{gear} 0 0 0" kp="{part.stiffness}" kv="{damping}"'
        f' forcerange="-{limit} {limit}"/>'
        for gear in gears
    )
