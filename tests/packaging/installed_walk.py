"""Run apart: installs a zip into this Blender, walks with it, tells what happened as JSON.

Arguments: the zip. The repository is not importable here, as for anybody who installs the zip.
"""

from __future__ import annotations

import json
import os
import sys

import bpy


def main() -> None:
    bpy.ops.extensions.package_install_files(
        filepath=sys.argv[1], repo="user_default", enable_on_install=True
    )
    # The zip's own onnxruntime goes before the one of this environment.
    own = os.environ["BLENDER_USER_RESOURCES"]
    sys.path.sort(key=lambda folder: not folder.startswith(own))
    ended = [
        sorted(getattr(bpy.ops.neural_motion, name)())
        for name in ("add_character", "add_path", "generate_walk")
    ]
    import onnxruntime

    scene = bpy.context.scene
    rig = scene.neural_motion.character
    path = rig.neural_motion.walk.path
    first, last = map(int, rig.animation_data.action.frame_range)
    facts = {
        "ended": ended,
        "addon": sys.modules["bl_ext.user_default.neural_motion"].__file__,
        "onnxruntime": onnxruntime.__file__,
        "frames": last - first + 1,
        "hips": [hips_at(rig, frame) for frame in (first, last)],
        "path_m": path.data.splines[0].calc_length(),
    }
    sys.stdout.write("\n" + json.dumps(facts) + "\n")


def hips_at(rig: bpy.types.Object, frame: int) -> list[float]:
    bpy.context.scene.frame_set(frame)
    return list((rig.matrix_world @ rig.pose.bones["spine"].matrix).translation)


if __name__ == "__main__":
    main()
