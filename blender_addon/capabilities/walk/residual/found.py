"""What was measured on a written walk, in the user's words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_FEET_OFF_CM: Final = 2.0
_SOLES_OFF_CM: Final = 2.5
_WRITTEN_OFF_CM: Final = 1.0


@dataclass(frozen=True)
class Residual:
    """Distances between what is seen and what was meant, centimetres.

    Args:
        residual_cm: mean over head, knees, ankles, elbows and hands to where the source's would be
            with the rig's own bone lengths, from the root of each limb on; like the next, None
            where the rig is hidden and nothing can be measured.
        write_error_cm: mean to the motion as it was fitted to the rig.
        foot_error_cm: largest of a planted heel or toe to the source's, set on the rig's own sole:
            in height as it is, along the ground against the middle of the same step. None where
            nothing is planted.
        foot_error_mean_cm: the mean of the same.
        sole_mean_cm, sole_max_cm: mean and largest over the frames of how deep the lowest place of
            a sole is in the ground, or how high over it while the foot is planted: of what meshes
            show of the feet, else of heel, ball and the toe bone's tip.
    """

    residual_cm: float | None = None
    write_error_cm: float | None = None
    foot_error_cm: float | None = None
    foot_error_mean_cm: float | None = None
    sole_mean_cm: float | None = None
    sole_max_cm: float | None = None

    def describe(self) -> str:
        """In the user's words."""
        if self.residual_cm is None:
            return "not measured, for the character is hidden"
        joints = f"joints within {self.residual_cm:.1f}\u00a0cm"
        if self.foot_error_cm is None:
            return joints
        feet = f"feet within {self.foot_error_cm:.1f}\u00a0cm"
        soles = f"soles within {self.sole_max_cm or 0.0:.1f}\u00a0cm of the ground"
        return f"{feet}, {soles}, {joints} on average"

    def warnings(self) -> list[str]:
        """What an animator would want to look at, and what to do."""
        found = []
        if self.write_error_cm is not None and self.write_error_cm > _WRITTEN_OFF_CM:
            found.append(
                f"the bones are {self.write_error_cm:.1f} cm from where the keys put them: "
                "constraints, drivers or limits act on them. Mute those, or choose other bones "
                "under Joints"
            )
        elif self.foot_error_cm is not None and self.foot_error_cm > _FEET_OFF_CM:
            found.append(
                f"a planted foot is up to {self.foot_error_cm:.1f} cm off: the legs are too "
                "different from a person's or rest bent. Check the leg and toe bones under Joints"
            )
        if self.sole_max_cm is not None and self.sole_max_cm > _SOLES_OFF_CM:
            found.append(
                f"a sole is up to {self.sole_max_cm:.1f} cm in the ground, or over it while it "
                "carries. Check the foot and toe bones under Joints, and whether the meshes of the "
                "feet are weighted to them"
            )
        return found
