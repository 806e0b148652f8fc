"""A character steered in the viewport: shown step by step, kept as a walk or taken back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.axes import blender_to_core_points, core_to_blender_points
from ....blender.ground.terrain import meshes_of, read_area
from ....blender.keys.keyframes import check_can_be_animated
from ....blender.keys.options import DEFAULT_RESULT, ResultOptions
from ....blender.live.driven import Before, show_channels
from ....blender.rig.pose import GroundTrack, RootMotion, clip_channels
from ....blender.timeline import animation_frame, animation_rate_of, playhead_kept
from ....blender.units import units_of
from ....core.errors import SettingsError, SkeletonError
from ....core.ground.terrain import FlatTerrain
from ....core.inference.choice import ModelChoice
from ....core.jobs import Outcome, Progress
from ....core.motion.common_skeleton import COMMON_SKELETON
from ....core.retarget.control_map import DEFAULT_LIMB_MODES, LimbModes
from ....core.walk.direction import Directions, StyleChoice
from ....core.walk.footprints import Footprints
from ....core.walk.live import LiveStep, LiveWalker
from ....core.walk.pipeline import LocomotionPipeline
from ....core.walk.settings import Direction
from .. import scene as walk_scene
from ..direction.model_styles import style_problem
from ..direction.standing import level_notes, read_standing
from ..job import FitJob, Walk, open_model, scaled_terrain, size_of
from ..rig import read_rig
from ..scene import WrittenWalk

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class DriveSettings:
    """What the user chose.

    Args:
        armature: who is driven.
        ground, ground_collection: meshes to walk on; both None for level ground where the feet are.
        root_motion: what carries the travel; in place cannot be driven.
        limbs: how the limbs of a control rig get their keys.
        seed: another seed, another style.
        fingers, eyes: whether they move, too, in what is kept.
        style: a named one, which the seed then does not pick.
        direction: how to walk.
    """

    armature: bpy.types.Object | None
    ground: bpy.types.Object | None = None
    ground_collection: bpy.types.Collection | None = None
    root_motion: RootMotion = RootMotion.BONE
    limbs: LimbModes = DEFAULT_LIMB_MODES
    seed: int = 0
    fingers: bool = False
    eyes: bool = False
    style: StyleChoice = field(default_factory=StyleChoice)
    direction: Direction = field(default_factory=Direction)


class LiveDrive:
    """Drives one character. Either ``keep`` or ``revert`` ends it.

    Args:
        context: gives the scene's units, rate, time and ground.
        settings: what the user chose.
        models: where the model lies and how to run it.

    Raises:
        InputError: something chosen cannot be used; nothing is changed then.
    """

    def __init__(
        self,
        context: bpy.types.Context,
        settings: DriveSettings,
        models: ModelChoice | None = None,
    ) -> None:
        self._rig = read_rig(context, settings.armature)
        armature = settings.armature
        check_can_be_animated(armature)
        if settings.root_motion is RootMotion.IN_PLACE:
            raise SkeletonError(
                "who walks in place goes nowhere. Set Root Motion to Root Bone or Object to drive"
            )
        size = size_of(self._rig.skeleton, self._rig.joint_map) / size_of(COMMON_SKELETON)
        stands = read_standing(context, self._rig, size)
        at = np.array([stands.x, stands.z])
        meshes = meshes_of(settings.ground, settings.ground_collection, armature)
        self.warnings = self._rig.warnings
        if meshes:
            ground = read_area(context, meshes, at, size=size)
        else:
            ground = FlatTerrain(stands.floor_m)
            self.warnings += level_notes(stands, units_of(context.scene))
        floor = np.array([stands.x, stands.floor_m, stands.z])
        self._place = core_to_blender_points(floor / self._rig.unit_m)
        self._job = FitJob(
            rig=self._rig,
            terrain=ground,
            frame_rate_hz=animation_rate_of(context.scene),
            start_frame=animation_frame(context.scene, context.scene.frame_current),
            root_motion=settings.root_motion,
            limbs=settings.limbs,
            seed=settings.seed,
            fingers=settings.fingers,
            eyes=settings.eyes,
        )
        models = models or ModelChoice()
        if problem := style_problem(Directions(style=settings.style), models):
            raise SettingsError(problem)
        self._session = open_model(models)
        pipeline = LocomotionPipeline(self._session)
        self._scale = self._job.scale_to(pipeline.skeleton)
        start = np.append(at / self._scale, stands.heading_rad)
        terrain = scaled_terrain(ground, 1.0 / self._scale)
        self._walker = LiveWalker(
            pipeline, start, terrain, settings.seed, settings.style, settings.direction
        )
        roles = {self._rig.joint_map[n]: self._rig.skeleton.index(n) for n in self._rig.joint_map}
        self._feet = Footprints(self._rig.skeleton, roles, ground)
        self._name = armature.name
        self._before = Before(armature)
        self._scene_kept = ExitStack()
        self._scene_kept.enter_context(playhead_kept(context.scene))
        self._owners: dict[str, Any] = {}
        self.step_s: list[float] = []

    @property
    def seconds(self) -> float:
        """How long has been driven."""
        return self._walker.seconds

    @property
    def steps_per_second(self) -> float:
        """What the computer could do, by the median of the steps so far."""
        return 1.0 / max(float(np.median(self.step_s or [1.0])), 1e-6)

    @property
    def place(self) -> Array:
        """(3,) where the character stands in the scene, Blender's axes and units."""
        return self._place.copy()

    @property
    def units_per_metre(self) -> float:
        """Blender units that are to the character what a metre is to a person."""
        return self._scale / self._rig.unit_m

    @property
    def footprints(self) -> list[tuple[Array, float]]:
        """Outlines (P, 3) of where feet stood, Blender's axes and units, and seconds since."""
        return [
            (core_to_blender_points(each.outline / self._rig.unit_m), self.seconds - each.seconds)
            for each in self._feet.prints
        ]

    def advance(self, desired: Sequence[float], steps: int = 1) -> LiveStep:
        """Go on by some sixtieths of a second and show the last.

        Args:
            desired: (2,) velocity along the scene's X and Y, metres a second.
            steps: how many; those before the last are not shown.

        Raises:
            InputError: the character is gone, or the model's time is up.
        """
        armature = bpy.data.objects.get((self._name, None))
        if armature is None:
            raise SkeletonError(f"'{self._name}' is gone. Choose a character and drive again")
        started = time.perf_counter()
        velocity = blender_to_core_points(np.array([*desired, 0.0]))[[0, 2]] / self._scale
        for _ in range(steps):
            step = self._walker.step(velocity)
        self._show(armature, step, steps)
        self.step_s.append((time.perf_counter() - started) / steps)
        return step

    def keep(
        self, context: bpy.types.Context, options: ResultOptions = DEFAULT_RESULT
    ) -> tuple[WrittenWalk, FitJob, Outcome[Walk]]:
        """Write everything driven as a walk that begins on the frame where driving did.

        A hand has played it and no setting brings it back: it is the animator's, and no later
        result takes its place.

        Raises:
            InputError: nothing was driven, or it cannot be written; all is as before driving then.
        """
        started = time.perf_counter()
        self.revert()
        result = self._walker.result()
        walk = self._job.finish(result, COMMON_SKELETON, Progress())
        outcome = Outcome(walk, (self._session.ran,), time.perf_counter() - started)
        written = walk_scene.write(context, self._job, walk, options)
        for name in (written.action_name, *written.eye_actions):
            bpy.data.actions[name, None].use_fake_user = True
        return written, self._job, outcome

    def revert(self) -> None:
        """Put the character back as it was before driving."""
        armature = bpy.data.objects.get((self._name, None))
        if armature is not None:
            self._before.restore(armature)
        self._scene_kept.close()

    def _show(self, armature: bpy.types.Object, step: LiveStep, steps: int) -> None:
        clip = self._job.fit(step.clip, self._scale)
        self._feet.see(clip, self.seconds, steps)
        x, z, heading = step.root
        position = self._scale * np.array([[x, step.ground_m, z]])
        track = GroundTrack(position, np.array([heading]))
        job, frame = self._job, np.zeros(1)
        if job.root_motion is RootMotion.OBJECT:  # its space is read where the last step left it
            bpy.context.view_layer.update()
        channels = clip_channels(
            armature, self._rig, clip, track, job.root_motion, frame, job.limbs
        )
        self._place = core_to_blender_points(position[0] / self._rig.unit_m)
        self._before.put_aside_animation(armature, channels)
        show_channels(armature, channels)
