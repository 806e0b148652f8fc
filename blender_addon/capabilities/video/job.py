"""A film's way between reading the scene and writing it: any thread may run it."""

from __future__ import annotations

import time
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ...blender.rig.pose import GroundTrack, RootMotion
from ...blender.rig.skeleton import RigSkeleton
from ...blender.rig.standing import StandingPlace
from ...core.film.facts import FilmReader
from ...core.film.feed import FilmFeed
from ...core.ground.terrain import FlatTerrain, Terrain
from ...core.inference.choice import ModelChoice
from ...core.jobs import OnProgress, Outcome, Progress, RanModel
from ...core.motion.clip import MotionClip
from ...core.motion.common_skeleton import COMMON_SKELETON
from ...core.retarget.body_shape import Girth
from ...core.retarget.control_map import DEFAULT_LIMB_MODES, LimbModes
from ...core.video.request import CameraChoice, FitRequest, OnSeen, TrackRequest, VideoResult
from ...core.video.settings import CameraKind, FitSettings
from ...core.video.tracked import Pin, TrackedPerson
from .fitted import Target, bring_to_rig, size_against_person
from .kept import keep_tracked, tracked_before

Array = NDArray[np.float64]
_TRACKED: Final = 0.85
_SOLVED: Final = 0.95  # share of the work


class VideoModel(Protocol):
    """What is used of a VideoPipeline."""

    def track(
        self,
        reader: FilmReader,
        request: TrackRequest,
        on_progress: Progress | OnProgress | None = None,
    ) -> TrackedPerson: ...

    def solve(
        self,
        tracked: TrackedPerson,
        request: FitRequest,
        on_progress: Progress | OnProgress | None = None,
    ) -> VideoResult: ...


@dataclass(frozen=True, eq=False)
class VideoMotion:
    """A finished motion, ready to be written.

    Args:
        clip: K frames of the character's skeleton at the scene's frame rate, in the world.
        track: the root on the ground at the same frames.
        joints_m: (K, 14, 3) the joints that the film shows, in the world, core axes.
        scale: size of the character against a person's.
        result: what the pipeline gave.
        was_tracked: the film was not looked at again.
    """

    clip: MotionClip
    track: GroundTrack
    joints_m: Array
    scale: float
    result: VideoResult
    was_tracked: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class VideoJob:
    """Everything that one character needs, read from the scene; holds no Blender data but the film.

    Args:
        rig: whose motion it is.
        film: hands on the pictures of the film; Blender's own thread serves it.
        film_key: changes with whatever the pictures depend on.
        track: which part, and who.
        fit: how a skeleton is to follow; its skeleton and camera are as the rig's size asks for.
        frames: (K,) whole frames of animation that get keys.
        pictures: (K,) which picture each shows, counted from the first of the part.
        frame_rate_hz: frames of animation that are played in a second.
        stands: where the motion begins; None for where the camera says.
        ground: under the character.
        girth: how thick the character is; None for as people are.
        root_motion, limbs: what gets keys.
        fingers: whether they move, too.
        empties: an empty for each joint, too.
        models: where the models lie and how to run them.
        notes: what is good to know about what was read.
    """

    rig: RigSkeleton
    film: FilmFeed
    film_key: Hashable
    track: TrackRequest
    fit: FitRequest
    frames: Array
    pictures: Array
    frame_rate_hz: float
    stands: StandingPlace | None = None
    ground: Terrain = FlatTerrain()
    girth: Girth | None = None
    root_motion: RootMotion = RootMotion.BONE
    limbs: LimbModes = DEFAULT_LIMB_MODES
    fingers: bool = True
    empties: bool = False
    models: ModelChoice = field(default_factory=ModelChoice)
    notes: tuple[str, ...] = ()

    @property
    def scale(self) -> float:
        """Size of the character against a person's."""
        return size_against_person(self.rig.skeleton, self.rig.joint_map)

    def showing(self, on_seen: OnSeen) -> VideoJob:
        """The same job, which tells of each picture that was looked at."""
        return replace(self, track=replace(self.track, on_seen=on_seen))

    def run(
        self,
        on_progress: Progress | OnProgress | None = None,
        *,
        pipeline: VideoModel | None = None,
    ) -> Outcome[VideoMotion]:
        """Find the person, and bring the motion to this rig.

        Args:
            on_progress: given how much is done; may cancel.
            pipeline: another than the one of the chosen models.

        Raises:
            Cancelled: the job was cancelled.
            NeuralMotionError: the film or a model cannot be used, or nobody is seen.
        """
        started, progress = time.perf_counter(), Progress.of(on_progress)
        models: tuple[RanModel, ...] = ()
        if pipeline is None:
            from .opening import open_video

            pipeline, models = open_video(self.models, self.track.quality, progress.cancellation)
        tracked, was_tracked = self._tracked(pipeline, models, progress.part(0.0, _TRACKED))
        result = pipeline.solve(tracked, self.fit, progress.part(_TRACKED, _SOLVED))
        to = Target(
            self.rig, self.scale, self.pictures, self.frame_rate_hz, self.stands, self.ground,
            self.fit.settings.on_ground, self.girth,
        )  # fmt: skip
        clip, track, joints = bring_to_rig(to, result, progress.part(_SOLVED, 1.0))
        motion = VideoMotion(clip, track, joints, self.scale, result, was_tracked)
        return Outcome(motion, models, time.perf_counter() - started)

    def _tracked(
        self, pipeline: VideoModel, models: tuple[RanModel, ...], progress: Progress
    ) -> tuple[TrackedPerson, bool]:
        """What is seen of the person, as it was seen before if that is known."""
        asked = self.track
        person = asked.person
        who = None if person is None else (person.frame, person.point_px)
        ran = tuple(each.name for each in models)
        key = (self.film_key, asked.first, asked.last, who, asked.quality, ran)
        before = tracked_before(key) if models else None
        if before is not None:
            progress(1.0)
            return before, True
        tracked = pipeline.track(self.film, asked, progress)
        if models:
            keep_tracked(key, tracked)
        return tracked, False


def fit_request(
    rig: RigSkeleton,
    camera: CameraChoice,
    settings: FitSettings,
    pins: tuple[Pin, ...],
    terrain: Terrain | None,
) -> FitRequest:
    """How a skeleton is to follow, for this rig.

    In front of a camera of the scene the skeleton is as large as the character. Otherwise the
    motion is worked out at a person's size, whatever the character's.

    Args:
        rig: whose motion it will be.
        camera: what is known of it.
        settings: how.
        pins: places set by hand.
        terrain: the ground in the world; None for level ground at height 0.
    """
    skeleton = COMMON_SKELETON
    if camera.kind is CameraKind.SCENE:
        skeleton = COMMON_SKELETON.scaled(size_against_person(rig.skeleton, rig.joint_map))
    return FitRequest(
        camera=camera, settings=settings, skeleton=skeleton, pins=pins, terrain=terrain
    )
