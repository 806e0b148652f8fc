"""What is kept of a walk at its action: how it was asked for, and when its feet stand."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import bpy
import numpy as np

from ...blender.keys.fingerprint import MARKS
from ...blender.layers.found import Placed, results_on
from ...core.feet.landings import landings

# Switching the extension on does not wait for it.
if TYPE_CHECKING:
    from .job import FitJob, Walk

_CAPABILITY: Final = "walk"
_FACTS: Final = f"{MARKS}facts"
"""Custom property of a walk's action."""
Event = tuple[int, str]


def contact_events(job: FitJob, walk: Walk) -> tuple[Event, ...]:
    """Frames on which a foot comes down or goes up; none of a motion whose contacts are unknown."""
    if walk.clip.contacts is None:
        return ()
    return tuple((job.start_frame + n, name) for n, name in landings(walk.clip.contacts))


def remember_facts(action: bpy.types.Action, job: FitJob, walk: Walk) -> None:
    """Keep at a walk's action what tells it from others."""
    seconds = walk.clip.duration_s
    way = float(np.linalg.norm(np.diff(walk.track.positions[:, [0, 2]], axis=0), axis=1).sum())
    facts: dict[str, Any] = {
        "seed": job.seed,
        "seconds": round(seconds, 2),
        "metres": round(way, 2),
        "contacts": contact_events(job, walk),
    }
    directions = getattr(job, "directions", None)  # who was driven has none
    if directions is not None:
        style = directions.style
        facts["style"] = " + ".join(filter(None, (style.name, style.other if style.blend else "")))
    action[_FACTS] = json.dumps(facts)


def facts_of(action: bpy.types.Action) -> dict[str, Any]:
    """What is kept of a walk; empty for what an earlier version wrote, or no walk."""
    text = action.get(_FACTS)
    try:
        facts = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return {}
    return facts if isinstance(facts, dict) else {}


def last_walk(armature: bpy.types.Object) -> Placed | None:
    """The walk that is the active action, else the strip that begins last; None if none."""
    if armature.animation_data is None:
        return None
    walks = [
        placed
        for result in results_on([armature])
        if result.capability == _CAPABILITY
        for placed in result.placed
        if placed.datablock == armature
    ]
    active = (each for each in walks if each.strip is None)
    return next(active, max(walks, key=lambda each: each.span, default=None))
