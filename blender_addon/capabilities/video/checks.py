"""What of a choice cannot be used or is not regarded, before and after a film was looked at."""

from __future__ import annotations

from collections import Counter
from typing import Final

import numpy as np

from ...core.settings import declared
from ...core.video.settings import CameraKind
from ...core.video.tracked import Pin
from .choice import PersonPick, VideoChoice
from .job import VideoJob, VideoMotion

_FAR_TORSO: Final = 0.5
_DOUBTFUL_TORSO: Final = 0.12
"""Three times what is good."""
_SLIDING_CM_S: Final = 15.0


def check_settings(choice: VideoChoice) -> None:
    """Refuse numbers out of range: scripts and drivers set what no field lets in.

    Raises:
        SettingsError: says which, and its range.
    """
    for settings in (choice.settings, choice.camera):
        for each in declared(settings):
            each.check(getattr(settings, each.field))


def told_of_choice(choice: VideoChoice, part: tuple[int, int]) -> tuple[str, ...]:
    """What is good to know of a choice, for this part of the film.

    Args:
        choice: the user's.
        part: first and last picture, both included.
    """
    return (*_of_person(choice.person, part), *_of_pins(choice, part))


def told_of_fit(job: VideoJob, motion: VideoMotion) -> tuple[str, ...]:
    """What is told where the result is not what was seen or pinned."""
    fitted = motion.result.fitted
    known = fitted.error_torso[np.isfinite(fitted.error_torso)]
    told = []
    hint = (
        "" if job.fit.camera.kind is CameraKind.SCENE else ", or tell what is known of the camera"
    )
    if not len(known):
        told.append(
            "the result is nowhere before the camera: nothing says how well it fits. Check where "
            "the camera stands and looks"
        )
    elif known.mean() > _DOUBTFUL_TORSO:
        told.append(
            f"the result lies {known.mean():.0%} of a torso beside the joints seen in the film: "
            f"see in the preview where, and pin joints there{hint}"
        )
    locked = job.fit.settings.on_ground and job.fit.settings.lock_feet
    if locked and fitted.slip_cm_s > _SLIDING_CM_S:
        told.append(
            f"feet near the ground slide at {fitted.slip_cm_s:.0f} cm/s: look at the steps{hint}"
        )
    missed = [each for each in job.fit.pins if _misses(each, motion)]
    if missed:
        told.append(
            f"{len(missed)} of {len(job.fit.pins)} pins are out of reach of their joints or "
            "contradict others: take them out or move them"
        )
    return tuple(told)


def _of_person(person: PersonPick | None, part: tuple[int, int]) -> tuple[str, ...]:
    if person is None or part[0] <= person.frame <= part[1]:
        return ()
    nearest = part[0] if person.frame < part[0] else part[1]
    told = (
        f"the person was picked in picture {person.frame}, outside of this part: who is there in "
        f"picture {nearest} is followed"
    )
    return (told,)


def _of_pins(choice: VideoChoice, part: tuple[int, int]) -> tuple[str, ...]:
    told = []
    outside = sum(not part[0] <= each.frame <= part[1] for each in choice.pins)
    if outside:
        told.append(f"{outside} of {len(choice.pins)} pins lie outside of this part of the film")
    places = Counter((each.frame, each.joint) for each in choice.pins)
    twice = sum(count - 1 for count in places.values())
    if twice:
        told.append(f"{twice} pins are of a joint that is pinned again in the same picture")
    return tuple(told)


def _misses(pin: Pin, motion: VideoMotion) -> bool:
    """Whether a joint is far from where it was pinned."""
    result = motion.result
    index = pin.frame - result.tracked.first_frame
    if not 0 <= index < len(result.fitted.points_px):
        return False
    away = np.linalg.norm(result.fitted.points_px[index, pin.joint] - np.asarray(pin.point_px))
    error, of_torso = result.fitted.error_px[index], result.fitted.error_torso[index]
    if not (np.isfinite(error) and of_torso > 0.0):
        return False
    return bool(away > _FAR_TORSO * error / of_torso)
