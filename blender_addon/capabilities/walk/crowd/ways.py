"""How the characters of a crowd differ and make way for each other, told in the user's words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import bpy
import numpy as np

from ....blender.ground.notes import step_warnings
from ....blender.ground.terrain import meshes_of, read_terrain
from ....blender.timeline import scene_frame
from ....blender.units import SceneUnits, units_of
from ....core.errors import TerrainError
from ....core.ground.path import Path
from ....core.ground.terrain import FlatTerrain, HeightField
from ....core.motion.common_skeleton import COMMON_SKELETON
from ....core.notes import Note
from ....core.walk.crowd.apart import KeptApart, keep_apart
from ....core.walk.crowd.settings import CrowdSettings
from ....core.walk.crowd.tracks import CrowdWalk, GivingWay
from ....core.walk.crowd.vary import vary_requests
from ....core.walk.request import WalkRequest
from ....core.wording import listed
from ..job import WalkJob, scaled_terrain
from ..pace import captured_style_count, speed_limit
from ..scene import WalkSettings


def crowd_requests(
    context: bpy.types.Context,
    chosen: Sequence[WalkSettings],
    jobs: Sequence[WalkJob],
    settings: CrowdSettings,
) -> tuple[tuple[WalkJob, ...], tuple[WalkRequest, ...]]:
    """What to ask of the model for each of several characters.

    Args:
        context: whose scene it is; nothing is changed.
        chosen: what the user chose for each.
        jobs: what was read of each.
        settings: how they differ and make way.

    Returns:
        The jobs with the ground that they walk on and with what is to be told, and the requests.
    """
    models = jobs[0].models
    requests = vary_requests(
        [job.request(COMMON_SKELETON) for job in jobs],
        settings,
        captured_styles=captured_style_count(models),
        fastest_m_s=speed_limit(models) or np.inf,
    )
    # Fingers and eyes go by the same seed as the body: equal ones would blink in step.
    jobs = [replace(job, seed=each.seed) for job, each in zip(jobs, requests, strict=True)]
    if not settings.keep_apart or len(jobs) < 2:
        return tuple(jobs), tuple(requests)
    grounds = _Grounds(context, chosen, jobs)
    kept = keep_apart(_walks(jobs, requests), grounds.under)
    told = _told(kept, jobs, units_of(context.scene), context.scene)
    changed = [
        replace(
            job,
            terrain=scaled_terrain(request.terrain, job.scale_to(COMMON_SKELETON)),
            notes=(*job.notes, *notes),
        )
        if request.terrain is not before.terrain or notes
        else job
        for job, before, request, notes in zip(jobs, requests, kept.requests, told, strict=True)
    ]
    return tuple(changed), kept.requests


def _walks(jobs: Sequence[WalkJob], requests: Sequence[WalkRequest]) -> list[CrowdWalk]:
    spaces = [
        (job.common_parent.name, job.common_parent.bone) if job.common_parent else None
        for job in jobs
    ]
    return [
        CrowdWalk(
            request,
            job.scale_to(COMMON_SKELETON),
            job.start_frame / job.frame_rate_hz,
            space,
        )
        for job, request, space in zip(jobs, requests, spaces, strict=True)
    ]


class _Grounds:
    """The ground under ways that were changed, read where it is asked for."""

    def __init__(
        self,
        context: bpy.types.Context,
        chosen: Sequence[WalkSettings],
        jobs: Sequence[WalkJob],
    ) -> None:
        self._context, self._chosen, self._jobs = context, chosen, jobs
        self._found: dict[tuple[int, bytes], HeightField | None] = {}

    def under(self, number: int, path: Path) -> FlatTerrain | HeightField | None:
        """At the model's size; None where there is none, or where nobody steps so far."""
        job = self._jobs[number]
        scale = job.scale_to(COMMON_SKELETON)
        if isinstance(job.terrain, FlatTerrain):
            return scaled_terrain(job.terrain, 1.0 / scale)
        key = number, path.points.tobytes()
        if key not in self._found:
            self._found[key] = self._read(number, path.scaled(scale), scale)
        return self._found[key]

    def _read(self, number: int, path: Path, scale: float) -> HeightField | None:
        job, chosen = self._jobs[number], self._chosen[number]
        meshes = meshes_of(chosen.ground, chosen.ground_collection, chosen.armature)
        try:
            terrain = read_terrain(self._context, meshes, path, size=scale)
        except TerrainError:
            return None
        units = units_of(self._context.scene)
        steps = step_warnings(path, terrain, scale, units)
        if steps and not step_warnings(job.path, job.terrain, scale, units):
            return None
        return terrain.scaled(1.0 / scale)


def _told(
    kept: KeptApart, jobs: Sequence[WalkJob], units: SceneUnits, scene: bpy.types.Scene
) -> list[tuple[str, ...]]:
    """For each character, how it makes way and to whom it comes too near."""
    names = [job.rig.object_name for job in jobs]
    told: list[list[str]] = [[] for _ in jobs]
    for change in kept.changes:
        scale = jobs[change.number].scale_to(COMMON_SKELETON)
        what = ", ".join(_in_words(change.way, scale, units))
        whom = listed(names[n] for n in change.others)
        told[change.number].append(Note(f"{what}, to keep apart from {whom}"))
    for each in kept.too_close:
        job = jobs[each.second]
        frame = scene_frame(scene, each.at_s * job.frame_rate_hz)
        told[each.second].append(
            f"comes as near as {units.length(each.distance_m)} to '{names[each.first]}' on frame "
            f"{frame:.0f}, and no way around was found. Lead the paths apart, or let one begin "
            "later"
        )
    return [tuple(texts) for texts in told]


def _in_words(way: GivingWay, scale: float, units: SceneUnits) -> list[str]:
    texts = []
    if way.later_s:
        texts.append(f"begins {way.later_s:.1f} s later")
    if way.slower < 1.0:
        until = units.length(scale * way.until_m, 1)
        texts.append(f"walks {100 * (1 - way.slower):.0f} % slower for {until}")
    if way.behind_m:
        texts.append(f"walks {units.length(scale * way.behind_m, 1)} further behind")
    if way.aside_m:
        side = "left" if way.aside_m > 0 else "right"
        first, last = (units.length(scale * place, 1) for place in way.zone_m)
        far = units.length(scale * abs(way.aside_m), 1)
        texts.append(f"goes {far} to the {side} between {first} and {last} of its path")
    return texts
