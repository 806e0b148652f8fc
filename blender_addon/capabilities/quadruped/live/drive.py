"""An animal steered in the viewport: shown step by step, kept as a motion or taken back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Final

import bpy
import numpy as np
from numpy.typing import NDArray

from ....blender.axes import blender_to_core_points, core_to_blender_points
from ....blender.ground.terrain import meshes_of, read_area
from ....blender.keys.keyframes import check_can_be_animated
from ....blender.keys.options import DEFAULT_RESULT, ResultOptions
from ....blender.live.driven import Before, show_channels
from ....blender.rig.pose import GroundTrack, RootMotion
from ....blender.timeline import animation_frame, animation_rate_of, playhead_kept
from ....core.conventions import MODEL_FRAME_RATE_HZ
from ....core.errors import SkeletonError
from ....core.ground.terrain import FlatTerrain
from ....core.inference.choice import ModelChoice
from ....core.inference.opening import open_models
from ....core.jobs import Outcome
from ....core.motion.clip import MotionClip
from ....core.motion.kinematics import forward_kinematics
from ....core.quadruped.live import LiveAnimal, LiveStep
from ....core.quadruped.pipeline import TASK, QuadrupedPipeline
from ....core.quadruped.root import root_of
from ....core.quadruped.skeleton import PAWS
from ..choice import AnimalChoice
from ..job import AnimalMotion, QuadrupedJob
from ..rig.channels import rig_channels
from ..rig.read import QuadrupedRig, read_rig
from ..scene import PERSON_HIPS_M
from ..writing import WrittenMotion, write

Array = NDArray[np.float64]

_MOST_AT_ONCE: Final = 10
"""Sixtieths of a second that are one step: only the last of them is posed."""
_PRINT: Final = 0.06
"""Radius of a footprint, of the hip height."""
_RIM: Final = np.linspace(0.0, 2.0 * np.pi, 9)[:-1]


class AnimalDrive:
    """Drives one animal. Either ``keep`` or ``revert`` ends it.

    Args:
        context: gives the scene's units, rate, time and ground.
        choice: what the user chose.
        models: where the model lies and how to run it.

    Raises:
        InputError: something chosen cannot be used; nothing is changed then.
    """

    def __init__(
        self,
        context: bpy.types.Context,
        choice: AnimalChoice,
        models: ModelChoice | None = None,
    ) -> None:
        rig = read_rig(
            context, choice.armature, chosen=choice.joints, foot=choice.foot, family=choice.family
        )
        armature = choice.armature
        check_can_be_animated(armature)
        if choice.root_motion is RootMotion.IN_PLACE:
            raise SkeletonError(
                "who goes in place goes nowhere. Set Root Motion to Root Bone or Object to drive"
            )
        self._rig, self.warnings = rig, rig.warnings
        start, floor_m = standing_place(context, armature, rig)
        meshes = meshes_of(choice.ground, choice.ground_collection, armature)
        size = rig.hip_height_m / PERSON_HIPS_M
        ground = (
            read_area(context, meshes, start[:2], size=size) if meshes else FlatTerrain(floor_m)
        )
        self._job = QuadrupedJob(
            rig=rig,
            body=rig.body,
            path=None,
            terrain=ground,
            seed=choice.seed,
            root_motion=choice.root_motion,
            secondary=choice.secondary,
            frame_rate_hz=animation_rate_of(context.scene),
            start_frame=animation_frame(context.scene, context.scene.frame_current),
            length="driven",
        )
        self._session = open_models([TASK], models or ModelChoice())[0]
        pipeline = QuadrupedPipeline(self._session)
        self._animal = LiveAnimal(pipeline, rig.body, start, ground, choice.seed)
        self._place = self._in_scene(np.array([start[0], floor_m, start[1]]))
        self._name, self._before = armature.name, Before(armature)
        self._scene_kept = ExitStack()
        self._scene_kept.enter_context(playhead_kept(context.scene))
        self._stood = np.zeros(4, np.bool_)
        self._prints: list[tuple[Array, float]] = []
        self.step_s: list[float] = []

    @property
    def seconds(self) -> float:
        """How long has been driven."""
        return self._animal.seconds

    @property
    def steps_per_second(self) -> float:
        """What the computer could do, by the median of the steps so far."""
        return 1.0 / max(float(np.median(self.step_s or [1.0])), 1e-6)

    @property
    def place(self) -> Array:
        """(3,) where the animal stands in the scene, Blender's axes and units."""
        return self._place.copy()

    @property
    def units_per_metre(self) -> float:
        """Blender units that are to the animal what a metre is to a person."""
        return self._rig.hip_height_m / PERSON_HIPS_M / self._rig.unit_m

    @property
    def footprints(self) -> list[tuple[Array, float]]:
        """Outlines (P, 3) of where feet stood, Blender's axes and units, and seconds since."""
        return [(outline, self.seconds - at) for outline, at in self._prints]

    def advance(self, desired: Sequence[float], steps: int = 1) -> LiveStep:
        """Go on by some sixtieths of a second and show the last.

        Args:
            desired: (2,) velocity along the scene's X and Y, metres a second.
            steps: how many; those before the last are not shown.

        Raises:
            InputError: the animal is gone, or the time for one go is up.
        """
        armature = bpy.data.objects.get((self._name, None))
        if armature is None:
            raise SkeletonError(f"'{self._name}' is gone. Choose a character and drive again")
        started = time.perf_counter()
        velocity = blender_to_core_points(np.array([*desired, 0.0]))[[0, 2]]
        left = steps = max(steps, 1)
        while left > 0:
            now = min(left, _MOST_AT_ONCE)
            step = self._animal.step(velocity, seconds=now / MODEL_FRAME_RATE_HZ)
            self._leave_prints(step.clip)
            left -= now
        self._show(armature, step)
        self.step_s.append((time.perf_counter() - started) / steps)
        return step

    def keep(
        self, context: bpy.types.Context, options: ResultOptions = DEFAULT_RESULT
    ) -> tuple[WrittenMotion, QuadrupedJob, Outcome[AnimalMotion]]:
        """Write everything driven as a motion that begins on the frame where driving did.

        A hand has played it and no setting brings it back: it is the animator's, and no later
        result takes its place.

        Raises:
            InputError: nothing was driven, or it cannot be written; all is as before driving then.
        """
        started = time.perf_counter()
        self.revert()
        motion = self._job.finish(self._animal.result())
        outcome = Outcome(motion, (self._session.ran,), time.perf_counter() - started)
        written = write(context, self._job, motion, options)
        for name in (written.action_name, *written.layers):
            bpy.data.actions[name, None].use_fake_user = True
        return written, self._job, outcome

    def revert(self) -> None:
        """Put the animal back as it was before driving."""
        armature = bpy.data.objects.get((self._name, None))
        if armature is not None:
            self._before.restore(armature)
        self._scene_kept.close()

    def _show(self, armature: bpy.types.Object, step: LiveStep) -> None:
        x, z, heading = np.asarray(step.root, np.float64).tolist()
        position = np.array([[x, step.ground_m, z]])
        track, job = GroundTrack(position, np.array([heading])), self._job
        if job.root_motion is RootMotion.OBJECT:  # its space is read where the last step left it
            bpy.context.view_layer.update()
        channels = rig_channels(armature, self._rig, step.clip, track, job.root_motion, np.zeros(1))
        self._place = self._in_scene(position[0])
        self._before.put_aside_animation(armature, channels)
        show_channels(armature, channels)

    def _leave_prints(self, clip: MotionClip) -> None:
        """A round outline where a foot has come down."""
        stands = np.zeros(4, np.bool_) if clip.contacts is None else clip.contacts[0] > 0
        if (stands & ~self._stood).any():
            places, _ = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
            size = _PRINT * self._rig.hip_height_m
            ring = size * np.stack((np.cos(_RIM), 0.0 * _RIM, np.sin(_RIM)), axis=-1)
            for foot in np.flatnonzero(stands & ~self._stood).tolist():
                at = places[0, PAWS[foot]].astype(np.float64)
                self._prints.append((self._in_scene(at + ring), self.seconds))
        self._stood = stands

    def _in_scene(self, places: Array) -> Array:
        return np.asarray(core_to_blender_points(places) / self._rig.unit_m)


def standing_place(
    context: bpy.types.Context, armature: bpy.types.Object, rig: QuadrupedRig
) -> tuple[Array, float]:
    """Where an animal stands as it is posed now, and how high.

    Args:
        context: gives what is evaluated.
        armature: the object.
        rig: what ``read_rig`` gave.

    Returns:
        (3,) x, z and heading of its root, core axes, metres; and the height of its ground.
    """
    evaluated = armature.evaluated_get(context.evaluated_depsgraph_get())
    hips = rig.map.column[0]
    moved = np.array(
        evaluated.matrix_world
        @ evaluated.pose.bones[hips].matrix
        @ armature.data.bones[hips].matrix_local.inverted()
    )
    ground = moved[:3, :3] @ rig.map.origin + moved[:3, 3]
    x, y, z = blender_to_core_points(ground * rig.unit_m).tolist()
    ahead = blender_to_core_points(moved[:3, :3] @ rig.map.axes[2])
    heading = float(np.arctan2(ahead[0], ahead[2]))
    left, forward, _ = root_of(rig.body.rest_m).tolist()
    sine, cosine = np.sin(heading), np.cos(heading)
    place = np.array([x + cosine * left + sine * forward, z - sine * left + cosine * forward])
    return np.append(place, heading), float(y)
