"""Run apart: installs a zip into this Blender, walks with it, tells what ran as a line of JSON.

Arguments: the zip, and execution providers. The repository is not importable here, as for anybody
who installs the zip.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import bpy

_NAME = "bl_ext.user_default.neural_motion"


def main(package: str, providers: str) -> dict[str, Any]:
    """Install, add somebody and a path, and walk along it by the command."""
    bpy.ops.extensions.package_install_files(
        filepath=package, repo="user_default", enable_on_install=True
    )
    own = os.environ["BLENDER_USER_RESOURCES"]
    # The zip's own onnxruntime goes before the one of this environment.
    sys.path.sort(key=lambda folder: not folder.startswith(own))
    scene: Any = bpy.data.scenes[0]
    ours: Any = bpy.ops.neural_motion  # type: ignore[attr-defined]
    ours.add_character()
    ours.add_path()
    rig = scene.neural_motion.character
    path = rig.neural_motion.walk.path
    cli = import_module(f"{_NAME}.cli")
    told = io.StringIO()
    options = ["--rig", rig.name, "--path", path.name, "--provider", providers, "--log", "json"]
    with contextlib.redirect_stdout(told):
        code = cli.run(["walk", *options, "--out", str(Path(own, "walk.blend"))])
    facts = json.loads([line for line in told.getvalue().splitlines() if line[:1] == "{"][-1])
    if code not in (0, 3):
        raise RuntimeError(f"the walk ended with {code}: {facts}")
    first, last = facts["frames"]
    return {
        "provider": facts["provider"],
        "frames": last - first + 1,
        "addon": sys.modules[_NAME].__file__,
        "onnxruntime": sys.modules["onnxruntime"].__file__,
    }


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(main(*sys.argv[1:])) + "\n")
    sys.stdout.flush()
    os._exit(0)  # Blender's module may keep its process from ending
