"""What was measured on a written walk, in the user's words."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import Final

from ....core.wording import in_brief

# Bounds for a person of 1.75 m; lengths grow with the character. Rigs whose joints are all right
# stay below the half of each, whatever their proportions.
_FEET_OFF_CM: Final = 3.0  # feet of another shape are up to 2 cm off on slopes, with flat soles
_SOLES_OFF_CM: Final = 3.0  # on steps, a shoe in passing is up to 2.5 cm in an edge
_WRITTEN_OFF_CM: Final = 1.0
_ONE_OFF_CM: Final = 5.0  # knees and elbows of control rigs are up to 2.5 cm beside their keys
_ONE_TURNED_DEG: Final = 8.0  # spines of control rigs are up to 3 degrees beside their keys
_POSE_OFF_CM: Final = 6.0
_SHOULDERS_OFF_DEG: Final = 15.0
_HEAD_OFF_CM: Final = 15.0  # a rest pose with bent knees or a stoop takes half of it
_TOE_TIP_CM: Final = 3.0  # more than a sole is thick
_MOST_CAUSES: Final = 3


def feet_in_brief(error_cm: float) -> str:
    """How far feet are off at most, as short as a narrow panel, rounded up."""
    return f"feet ±{max(math.ceil(10.0 * error_cm), 1)}\u00a0mm"


@dataclass(frozen=True)
class Residual:
    """Distances between what is seen and what was meant, centimetres.

    Args:
        residual_cm: mean over head, knees, ankles, elbows and hands to where the source's would be
            with the rig's own bone lengths, from the root of each limb on; like the others, None
            where the rig is hidden and nothing can be measured.
        write_error_cm: mean to the motion as it was fitted to the rig.
        write_error_max_cm: largest of any joint on any frame.
        write_turn_max_deg: largest turn of any of their bones against its keys, degrees.
        foot_error_cm: largest of a planted heel or toe to the source's, set on the rig's own sole:
            in height as it is, along the ground against the middle of the same step. None where
            nothing is planted.
        foot_error_mean_cm: the mean of the same.
        upright: share of the frames on which head, hips and feet lie above one another.
        head_height_cm: mean of the head above the ground, less what it should be.
        shoulder_line_deg: mean angle between the shoulder line and the source's, degrees.
        toe_tip_cm: deepest that the tip of a planted toe bone is under the ground.
        size: of the rig against a person.
        causes: what moves the bones away from their keys, by name.
        sole_mean_cm, sole_max_cm: mean and largest over the frames of how deep the lowest place of
            a sole is in the ground, or how high over it while the foot is planted: of what meshes
            show of the feet, else of heel, ball and the toe bone's tip.
        sole_off_steps_max_cm: largest on the frames on which no foot is by a step; None where
            that was not looked at.
        problem: why nothing could be measured, other than that the rig is hidden.
    """

    residual_cm: float | None = None
    write_error_cm: float | None = None
    write_error_max_cm: float | None = None
    write_turn_max_deg: float | None = None
    foot_error_cm: float | None = None
    foot_error_mean_cm: float | None = None
    upright: float | None = None
    head_height_cm: float | None = None
    shoulder_line_deg: float | None = None
    toe_tip_cm: float | None = None
    size: float = 1.0
    causes: tuple[str, ...] = ()
    sole_mean_cm: float | None = None
    sole_max_cm: float | None = None
    sole_off_steps_max_cm: float | None = None
    problem: str = ""

    def measures(self) -> dict[str, float]:
        """Those that were taken, by name."""
        return {
            each.name: round(float(value), 3)
            for each in fields(self)
            if each.name.endswith(("_cm", "_deg", "upright"))
            and (value := getattr(self, each.name)) is not None
        }

    def describe(self) -> str:
        """In the user's words."""
        if self.problem:
            return f"not measured: {self.problem}"
        if self.residual_cm is None:
            return "not measured, for the character is hidden"
        joints = f"joints within {self.residual_cm:.1f}\u00a0cm"
        if self.foot_error_cm is None:
            return joints
        feet = f"feet within {self.foot_error_cm:.1f}\u00a0cm"
        soles = f"soles within {self.sole_max_cm or 0.0:.1f}\u00a0cm of the ground"
        return f"{feet}, {soles}, {joints} on average"

    @property
    def brief(self) -> str:
        """The feet, as the end of one short line; empty where they were not measured."""
        if self.residual_cm is None or self.foot_error_cm is None:
            return ""
        return f", {feet_in_brief(self.foot_error_cm)}"

    @property
    def moved_otherwise(self) -> bool:
        """Whether the bones are not where their keys put them."""
        return (
            (self.write_error_cm or 0.0) > _WRITTEN_OFF_CM * self.size
            or (self.write_error_max_cm or 0.0) > _ONE_OFF_CM * self.size
            or (self.write_turn_max_deg or 0.0) > _ONE_TURNED_DEG
        )

    def warnings(self) -> list[str]:
        """Why the walk is not what was asked for, and what to do; empty where it is."""
        if self.residual_cm is None:
            return []
        if self.moved_otherwise:
            return [*self._not_upright(), self._moved_otherwise()]
        return [*self._not_upright(), *self._out_of_shape(), *self._feet()]

    def _moved_otherwise(self) -> str:
        most = f"{self.write_error_max_cm:.1f} cm and {self.write_turn_max_deg:.0f}°"
        off = f"the bones are up to {most} from where the keys put them"
        if not self.causes:
            return (
                f"{off}, and neither an action, a driver nor a constraint was found that explains "
                "it. Look for what else moves the character, or choose other bones under Joints"
            )
        named = in_brief(self.causes, _MOST_CAUSES, "; ")
        return f"{off}. They are moved by {named}. Mute that, or choose other bones under Joints"

    def _not_upright(self) -> list[str]:
        if self.upright is None or self.upright >= 1.0:
            return []
        when = f"on {1.0 - self.upright:.0%} of the frames"
        found = f"the character does not stand upright {when}: head, hips and feet are not above "
        return [f"{found}one another. Check Hips, Head and the legs under Joints"]

    def _out_of_shape(self) -> list[str]:
        found = []
        if self.residual_cm is not None and self.residual_cm > _POSE_OFF_CM * self.size:
            found.append(
                f"head, hands and feet are {self.residual_cm:.1f} cm from where they should be on "
                "average. Check the bones under Joints, and whether the rest pose stands"
            )
        if self.shoulder_line_deg is not None and self.shoulder_line_deg > _SHOULDERS_OFF_DEG:
            found.append(
                f"the shoulders are turned by {self.shoulder_line_deg:.0f}° from where they should "
                "be. Check the spine, collar and arm bones under Joints"
            )
        head = self.head_height_cm
        if head is not None and abs(head) > _HEAD_OFF_CM * self.size:
            found.append(
                f"the head is {abs(head):.0f} cm too {'high' if head > 0 else 'low'} for a "
                "character of this size. Check Hips, Spine and Head under Joints, and whether the "
                "rest pose stands on the ground"
            )
        return found

    def _feet(self) -> list[str]:
        found = []
        if self.foot_error_cm is not None and self.foot_error_cm > _FEET_OFF_CM * self.size:
            found.append(
                f"a planted foot is up to {self.foot_error_cm:.1f} cm off: the legs are too "
                "different from a person's or rest bent. Check the leg and toe bones under Joints"
            )
        if self.sole_max_cm is not None and self.sole_max_cm > _SOLES_OFF_CM * self.size:
            found.append(self._soles(self.sole_max_cm))
        elif self.toe_tip_cm is not None and self.toe_tip_cm > _TOE_TIP_CM * self.size:
            found.append(
                f"the tip of a toe goes {self.toe_tip_cm:.1f} cm under the ground. Check the toe "
                "bones under Joints, and whether they lie flat at rest"
            )
        return found

    def _soles(self, most_cm: float) -> str:
        elsewhere = most_cm if self.sole_off_steps_max_cm is None else self.sole_off_steps_max_cm
        if elsewhere <= _SOLES_OFF_CM * self.size:
            return (
                f"on steps a sole is up to {most_cm:.1f} cm in the ground, or over it while it "
                "carries; elsewhere the soles lie on the ground. Make the steps deeper or lower, "
                "or lead the path around them"
            )
        return (
            f"a sole is up to {most_cm:.1f} cm in the ground, or over it while it carries. Check "
            "the foot and toe bones under Joints, and whether the meshes of the feet are weighted "
            "to them"
        )
