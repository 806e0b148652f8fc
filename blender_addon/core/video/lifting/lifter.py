"""Lifts a tracked person into space."""

from __future__ import annotations

from typing import Final

import numpy as np

from ...conventions import Floats
from ...errors import SettingsError
from ...inference.contract import ModelContract
from ...jobs import OnProgress, Progress, Runner
from ..camera import FilmCamera
from ..points import joint_confidence
from ..tracked import LiftedBody, TrackedPerson
from .features import (
    INPUT_LAYOUT,
    JOINT_COUNT,
    OUTPUT_LAYOUT,
    RATE_HZ,
    joints_back,
)
from .gaps import hold_long_gaps
from .mirror import mirrored_features, mirrored_joints
from .seen_points import SeenPoints, frames_seen, in_model_time
from .timeline import film_times, sample

LIFTER_TASK: Final = "pose_lifter"

_BLOCK_FRAMES: Final = 600
_MARGIN_FRAMES: Final = 64
"""What is smoothed and what the network sees reaches so far beyond a block."""
_LEAST_RATE_HZ, _MOST_RATE_HZ = 1.0, 1000.0


class Lifter:
    """Fourteen joints in space, of what a tracker saw of a person.

    Args:
        model: of the task ``pose_lifter``.

    Raises:
        ContractError: the model is made for something else.
    """

    def __init__(self, model: Runner) -> None:
        check_contract(model.contract)
        self._model = model

    def lift(
        self,
        tracked: TrackedPerson,
        camera: FilmCamera,
        on_progress: Progress | OnProgress | None = None,
    ) -> LiftedBody:
        """Lift a person into space.

        Gravity helps where the camera is known: a camera that was guessed tells nothing of it.

        Args:
            tracked: T pictures.
            camera: of as many.
            on_progress: is given 0 … 1 and returns False to cancel.

        Returns:
            Joints in the camera's axes, hips at 0. Short gaps are bridged, over long ones the last
            pose is held and goes over to the next; confidence is 0 in both.

        Raises:
            FilmError: nobody is in any picture.
            SettingsError: pictures and camera disagree, or the frame rate is none.
            Cancelled: ``on_progress`` said so.
        """
        progress = Progress.of(on_progress)
        _check(tracked, camera)
        seen = frames_seen(tracked)
        points = in_model_time(tracked, camera, seen)
        joints = np.empty((len(points.rays), JOINT_COUNT, 3), np.float32)
        for first in range(0, len(joints), _BLOCK_FRAMES):
            end = min(first + _BLOCK_FRAMES, len(joints))
            joints[first:end] = self._block(points, first, end)
            progress(end / len(joints))
        count, rate = tracked.frame_count, tracked.frame_rate_hz
        back = sample(joints, film_times(count, rate))
        confidence = joint_confidence(np.nan_to_num(tracked.visibility)) * seen[:, None]
        return LiftedBody(
            hold_long_gaps(back, seen, rate).astype(np.float32), confidence.astype(np.float32)
        )

    def _block(self, points: SeenPoints, first: int, end: int) -> Floats:
        """(end − first, 14, 3) joints in the camera's axes."""
        low = max(first - _MARGIN_FRAMES, 0)
        sight = points.sight(low, min(end + _MARGIN_FRAMES, len(points.rays)))
        both = np.concatenate((sight.features, mirrored_features(sight.features)))
        made, other = self._model.run({"features": both})["joints"]
        mean = 0.5 * (made + mirrored_joints(other))
        return joints_back(mean[None], sight.turns)[0, first - low : end - low]


def check_contract(contract: ModelContract) -> None:
    """See that a model is made for this.

    Raises:
        ContractError: it is not.
    """
    contract.require_task(LIFTER_TASK)
    contract.require_frame_rate(RATE_HZ)
    contract.require_layout(contract.input("features"), INPUT_LAYOUT)
    contract.require_layout(contract.output("joints"), OUTPUT_LAYOUT)


def _check(tracked: TrackedPerson, camera: FilmCamera) -> None:
    if camera.frame_count != tracked.frame_count:
        raise SettingsError(
            f"the camera has {camera.frame_count} frames, the tracked person "
            f"{tracked.frame_count}; give a camera of the same part of the film"
        )
    if not _LEAST_RATE_HZ <= tracked.frame_rate_hz <= _MOST_RATE_HZ:
        raise SettingsError(
            f"expected a film of {_LEAST_RATE_HZ:g} to {_MOST_RATE_HZ:g} pictures a second; "
            f"found {tracked.frame_rate_hz:g}"
        )
