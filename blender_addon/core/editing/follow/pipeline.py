"""Follow: motion along a curve, in the manner of a clip.

A gait goes along the curve by its own cycle. What stands is led by the 2016 paper's control: from
the curve's velocities and the contacts of a neutral gait to hidden units of the manifold, in the
posture of the clip above the hips. Either is then drawn to feet that hold on that manifold.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from ...conventions import Floats
from ...errors import ModelError
from ...feet.foot_lock import lock_feet
from ...ground.terrain import FlatTerrain
from ...jobs import OnProgress, Progress, Runner
from ...maths.rotations import normalise, quaternion_conjugate, quaternion_multiply
from ...motion.clip import MotionClip
from ...motion.common_skeleton import COMMON_SKELETON
from ...motion.resample import resample_clip
from ..edited import Edited
from ..gait_cycle import Gait, find_gait
from ..manifold.control import control_of
from ..manifold.descent import Constraints, descend
from ..manifold.features import LAYOUT, RATE_HZ, places_of, to_features, to_places
from ..manifold.pose import pose_places
from ..manifold.runtime import Manifold
from ..restyle.neutral import NeutralGaits
from ..restyle.spectrum import BodyCurves, Spectrum, mean_rotation
from ..sixty import at_sixty
from .cycle import Cycle, Laid, lay_cycle
from .settings import FollowSettings
from .way import Way, lay_way

BY_CYCLE: Final = "the motion's own cycle along the curve"
BY_CONTROL: Final = "control of the 2016 manifold by the curve"
_USUAL_M_S: Final = 1.2
_STEPS: Final = 40
_RATE: Final = 0.01
_HELD: Final = 1e-4
_UPPER: Final = ("Spine", "Neck", "Head", "Shoulder", "Arm", "Hand")
_FLAT_M: Final = 0.05


class FollowPipeline:
    """Makes motion along curves.

    Args:
        encoder: session of the 2016 manifold, with the neutral gaits beside it.
        decoder, gradient, control: the rest of the manifold.

    Raises:
        ContractError: a model is made for something else.
        ModelError: the neutral gaits are damaged or missing.
    """

    def __init__(self, encoder: Runner, decoder: Runner, gradient: Runner, control: Runner) -> None:
        self._manifold = Manifold(encoder, decoder, gradient, control)
        neutral = NeutralGaits.of(encoder)
        if neutral is None:
            raise ModelError(
                f"model '{encoder.contract.name}' has no neutral gaits beside it; fetch it again "
                "with its .npz"
            )
        self._neutral = neutral

    def follow(
        self,
        clip: MotionClip,
        path: Floats,
        settings: FollowSettings | None = None,
        seed: int = 0,
        on_progress: Progress | OnProgress | None = None,
    ) -> Edited:
        """Motion along a curve.

        Args:
            clip: of the common skeleton: a gait, which is taken along, or standing, whose posture
                counts.
            path: (N, 3) polyline, metres; its height is ignored.
            settings: how it is followed.
            seed: even numbers begin with one foot, odd ones with the other.
            on_progress: is given 0 … 1 and returns False to cancel.

        Raises:
            PathError: the curve has no length, or cannot be walked.
            ClipError: the clip is of another skeleton, or its feet carry it nowhere.
            Cancelled: ``on_progress`` said so.
        """
        settings, progress = settings or FollowSettings(), Progress.of(on_progress)
        progress(0.0)
        worked = at_sixty(clip)
        places = places_of(worked.clip)
        gait = find_gait(places)
        if gait is not None:
            curves = BodyCurves.of(worked.clip, places, gait.cycle_s)
            cycle = Cycle.of(Spectrum.of(curves, gait))
            speed = settings.speed_m_s or cycle.speed_m_s
        else:
            speed = settings.speed_m_s or _USUAL_M_S
            cycle = Cycle.of(self._neutral.at(speed))
        way = lay_way(path, speed, settings.stand, settings.ease_s)
        laid = lay_cycle(cycle, way, left_first=seed % 2 == 0)
        progress(0.2)
        if gait is None:
            laid = replace(laid, clip=self._controlled(laid.clip, worked.clip))
        if settings.clean:
            laid = replace(laid, clip=self._cleaned(laid.clip, progress.part(0.2, 0.9)))
        made = _held(laid.clip) if settings.lock_feet else laid.clip
        made = _at_place(made, way, worked.floor_m)
        made = resample_clip(made, clip.frame_rate_hz)
        beneath = _beneath(laid, gait, clip, made.frame_count)
        progress(1.0)
        return Edited(
            made, beneath, means=BY_CONTROL if gait is None else BY_CYCLE,
            notes=_notes(np.asarray(path, np.float64)),
        )  # fmt: skip

    def _controlled(self, laid: MotionClip, manner: MotionClip) -> MotionClip:
        """What the control makes of a laid gait's way and contacts, in a clip's posture."""
        places = places_of(laid)
        features = self._manifold.decode(
            self._manifold.lead(control_of(to_features(places))), laid.frame_count
        )
        made = to_places(features, places.ground, places.headings)
        turned = pose_places(laid.rotations_wxyz, made.positions)
        root = made.positions[:, 0].astype(np.float32)
        return replace(laid, root_positions=root, rotations_wxyz=_in_posture(turned, manner))

    def _cleaned(self, laid: MotionClip, progress: Progress) -> MotionClip:
        """Feet that hold, by descent on hidden units; what the manifold cannot show stays."""
        places = places_of(laid)
        features = to_features(places)
        start = self._manifold.encode(features)
        kept = Constraints(places.contacts, features[:, LAYOUT.slices["root_velocity"]])
        found = descend(start, kept.pull(self._manifold, start, _HELD), _STEPS, _RATE, progress)
        was, now = (self._manifold.decode(each, len(features)) for each in (start, found))
        made = to_places(features + now - was, places.ground, places.headings)
        turned = pose_places(laid.rotations_wxyz, made.positions)
        root = made.positions[:, 0].astype(np.float32)
        return replace(laid, root_positions=root, rotations_wxyz=turned)


def _in_posture(turned: Floats, manner: MotionClip) -> Floats:
    """Rotations (T, 22, 4) whose mean above the hips is that of a clip."""
    joints = [
        n for n, name in enumerate(COMMON_SKELETON.names) if any(part in name for part in _UPPER)
    ]
    ours = mean_rotation(turned[:, joints])
    theirs = mean_rotation(manner.rotations_wxyz[:, joints])
    apart = quaternion_multiply(theirs, quaternion_conjugate(ours))
    changed = turned.copy()
    changed[:, joints] = normalise(quaternion_multiply(apart[None], turned[:, joints]))
    return changed


def _held(clip: MotionClip) -> MotionClip:
    contacts = clip.contacts
    if contacts is None:
        raise TypeError("a gait along a way knows its contacts")
    held = lock_feet(
        clip.skeleton, clip.root_positions, clip.rotations_wxyz, contacts, FlatTerrain()
    )
    return replace(clip, root_positions=held.root_positions, rotations_wxyz=held.rotations_wxyz)


def _at_place(clip: MotionClip, way: Way, floor_m: float) -> MotionClip:
    """On the floor that the clip stood on."""
    raised = clip.root_positions + np.array([0.0, floor_m, 0.0], np.float32)
    return replace(clip, root_positions=raised)


def _beneath(laid: Laid, gait: Gait | None, clip: MotionClip, count: int) -> Floats:
    """(count,) the frame of the clip that lies beneath each of the result."""
    rate = clip.frame_rate_hz
    last = clip.frame_count - 1
    if gait is None:
        there = np.arange(count) % max(2 * last, 1)
        return np.minimum(there, 2 * last - there).astype(np.float32)
    sixtieths = np.minimum(np.arange(count) * RATE_HZ / rate, len(laid.phase) - 1)
    phase = np.interp(sixtieths, np.arange(len(laid.phase)), laid.phase)
    # The cycle in the middle of the clip stands for all.
    phases = gait.phase + np.arange(len(gait.phase)) * 1e-9
    start = 0.5 * (phases[0] + phases[-1]) - np.pi
    within = start + np.mod(phase - start, 2 * np.pi)
    frames = np.interp(within, phases, np.arange(len(phases)))
    return np.clip(frames * rate / RATE_HZ, 0, last).astype(np.float32)


def _notes(path: Floats) -> tuple[str, ...]:
    rises = float(np.ptp(path[:, 1]))
    if rises <= _FLAT_M:
        return ()
    return (f"the curve rises by {rises:.2f} m; its height is ignored, the floor is level",)
