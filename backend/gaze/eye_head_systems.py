"""Systems that say how eye and head follow a desired direction: ours, and those to compare with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import GroupKFold
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from blender_addon.core.conventions import Floats
from blender_addon.core.face.eye_angles import EYE_LIMITS_DEG
from blender_addon.core.gaze.eye_head_features import decode_eye_head, directions_in_head
from blender_addon.core.gaze.eye_head_formula import simulate
from blender_addon.core.inference.session import ModelSession

from .eye_head_data import Sample, as_outputs, mirror

System = Callable[[Sample], tuple[Floats, Floats]]
"""From a sample's desired direction and own head to eye (T, 2) and head offset (T, 2)."""

_WINDOW_FRAMES = 8
_STRENGTHS = np.logspace(1, 5, 9)


def rule(sample: Sample) -> tuple[Floats, Floats]:
    """The procedural rule: the eye takes what the head has not, at once."""
    side, up, down = np.deg2rad(EYE_LIMITS_DEG)
    aim = directions_in_head(sample.desired, sample.head_rotations_wxyz)
    return np.clip(aim, [-side, -down], [side, up]), np.zeros_like(aim)


def decoded(outputs: Floats, sample: Sample, head_share: float) -> tuple[Floats, Floats]:
    """Raw outputs (T, 4) as the scene gets them."""
    motion = decode_eye_head(
        outputs,
        sample.desired,
        sample.head_rotations_wxyz,
        sample.shifts_frames,
        head_share=head_share,
    )
    return motion.eye_rad, motion.head_offset_rad


def published(head_share: float) -> System:
    """The published eye–head model, brought to the scene like ours."""

    def run(sample: Sample) -> tuple[Floats, Floats]:
        follow = simulate(sample.desired, sample.head_rotations_wxyz, sample.shifts_frames)
        return decoded(as_outputs(*follow), sample, head_share)

    return run


def network(session: ModelSession, head_share: float) -> System:
    """The exported network, through the same decoding as in the scene."""
    layers, _, size = session.contract.input("state").shape

    def run(sample: Sample) -> tuple[Floats, Floats]:
        state = np.zeros((int(layers), 1, int(size)), np.float32)
        feeds = {"features": sample.features()[None], "state": state}
        return decoded(session.run(feeds)["eye_head"][0], sample, head_share)

    return run


@dataclass(frozen=True)
class LinearFilter:
    """Ridge regression from a window of the network's own features, fitted on other recordings.

    It sees 8 frames back and ahead of everything that the network sees, and says eye and offset
    relative to the desired direction. Its strength is chosen by holding out recordings.
    """

    model: Pipeline

    @classmethod
    def fit(cls, samples: Sequence[Sample]) -> LinearFilter:
        """Fit on samples and their mirror images."""
        names = sorted({sample.name for sample in samples})
        both = [*samples, *(mirror(sample) for sample in samples)]
        inputs = np.concatenate([_window(one)[one.valid] for one in both])
        targets = np.concatenate([_relative(one)[one.valid] for one in both])
        groups = np.concatenate([np.full(one.valid.sum(), names.index(one.name)) for one in both])
        folds = list(GroupKFold(len(names)).split(inputs, targets, groups)) if names[1:] else None
        ridge = RidgeCV(_STRENGTHS, cv=folds, scoring="neg_mean_absolute_error")
        return cls(make_pipeline(StandardScaler(), ridge).fit(inputs, targets))

    def __call__(self, sample: Sample) -> tuple[Floats, Floats]:
        """Eye (T, 2) and head offset (T, 2)."""
        aim = directions_in_head(sample.desired, sample.head_rotations_wxyz)
        said = self.model.predict(_window(sample))
        return aim + said[:, :2], said[:, 2:]


def _window(sample: Sample) -> Floats:
    features = np.pad(sample.features(), ((_WINDOW_FRAMES, _WINDOW_FRAMES), (0, 0)), mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(features, 2 * _WINDOW_FRAMES + 1, axis=0)
    return np.asarray(windows.reshape(len(sample.valid), -1))


def _relative(sample: Sample) -> Floats:
    aim = directions_in_head(sample.desired, sample.head_rotations_wxyz)
    return np.concatenate((sample.eye_rad - aim, sample.offset_rad), -1)
