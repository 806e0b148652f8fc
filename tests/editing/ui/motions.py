"""Characters that move, for the tests of the panel: by keys of their own, without any network."""

from __future__ import annotations

from collections.abc import Sequence

import bpy
import numpy as np

from blender_addon.blender.keys.undo import Undo
from blender_addon.blender.rig.from_clip import add_armature_of
from blender_addon.capabilities.editing.motion_map.job import MapJob
from blender_addon.core.editing.edited import Edited, unmoved
from blender_addon.core.motion.clip import MotionClip
from tests.shared.core.motion_samples import stepping_clip


def moving_rig(name: str = "Rig", frames: int = 60) -> bpy.types.Object:
    """A character that steps on the spot, with a key on every frame from 1 on."""
    undo = Undo()
    rig = add_armature_of(bpy.context, name, stepping_clip(frames, 24.0), 1, undo)
    undo.accept()
    return rig


class Windows:
    """What ``core.editing.map`` gives of clips."""

    def __init__(self, latents, clip_index, start_frame) -> None:
        self.latents, self.clip_index, self.start_frame = latents, clip_index, start_frame


class Amounts:
    """Stands for the encoder: a window a second, told by where the hips are and how far they go."""

    def __init__(self) -> None:
        self.seen = 0

    def latents(self, clips: Sequence[MotionClip], on_progress=None) -> Windows:
        found, index, starts = [], [], []
        for n, clip in enumerate(clips):
            self.seen += 1
            step = round(clip.frame_rate_hz)
            for start in range(0, max(clip.frame_count - step, 1), step):
                part = clip.root_positions[start : start + step]
                found.append((*part.mean(axis=0), *np.ptp(part, axis=0)))
                index.append(n)
                starts.append(start)
        return Windows(np.array(found, np.float32), np.array(index), np.array(starts))


def first_two(latents, *, seed=0, on_progress=None):
    """Stands for t-SNE: the first two numbers of each window."""
    return latents[:, :2] + 0.01 * np.arange(len(latents))[:, None]


def run_map(job: MapJob, encoder: Amounts | None = None):
    """The map that a job makes with stand-ins for its networks."""
    return job.run(encoder=encoder or Amounts(), flatten=first_two).result


class Mover:
    """Stands for the networks of all edits: lifts the hips by 5 cm where the motion may change."""

    def edit(self, job, progress):
        progress(0.5)
        base = job.take.common
        root = base.root_positions.copy()
        frames = job.take.frames
        changes = (frames >= job.span[0]) & (frames <= job.span[1])
        root[changes, 1] += 0.05
        clip = MotionClip(base.skeleton, base.frame_rate_hz, root, base.rotations_wxyz)
        return tuple(Edited(clip, unmoved(clip), means="lifted") for _ in range(job.variants))
