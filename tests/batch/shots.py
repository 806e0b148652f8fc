"""Shots for batches: a face that looks at a target, which is the cheapest real job there is."""

from __future__ import annotations

import json
from pathlib import Path

import bpy

from tests.shared.blender.face_builders import make_face

BEHIND = {'objects["Target"].location': [26.0, -300.0, 0.0]}
"""Overrides with which the job is done with a warning: nobody looks behind."""
LOOK = {"gaze": {"character": "Face", "target": "Target", "last_frame": 5}}


def save_shot(folder: Path) -> Path:
    """A saved file with a face and a target in front of it; a folder for outputs beside it."""
    make_face()
    target = bpy.data.objects.new("Target", None)
    target.location = (26.0, 300.0, 0.0)
    bpy.context.scene.collection.objects.link(target)
    path = folder / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    (folder / "out").mkdir(exist_ok=True)
    return path


def write_jobs(folder: Path, *jobs: dict[str, object] | str) -> Path:
    """A jobs file; a job that is only a name looks at the target."""
    written = []
    for each in jobs:
        said = {"name": each} if isinstance(each, str) else dict(each)
        usual = {"blend": "shot.blend", "out": f"out/{said['name']}.blend", "do": [LOOK]}
        written.append({**usual, **said})
    path = folder / "jobs.json"
    path.write_text(json.dumps({"format": 1, "job": written}), "utf-8")
    return path


def states_of(folder: Path, state: str = "jobs.json.state") -> dict[str, dict[str, object]]:
    """What every state file says, by job; each must be whole."""
    return {
        path.stem: json.loads(path.read_text("utf-8")) for path in (folder / state).glob("*.json")
    }
