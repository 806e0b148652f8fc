"""Run apart: installs a zip into this Blender, simulates with it, tells what happened as JSON.

Arguments: the zip. The repository is not importable here, as for anybody who installs the zip.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module

import bpy

_NAME = "bl_ext.user_default.neural_motion"


def main() -> None:
    bpy.ops.extensions.package_install_files(
        filepath=sys.argv[1], repo="user_default", enable_on_install=True
    )
    # The zip's own wheels go before those of this environment.
    own = os.environ["BLENDER_USER_RESOURCES"]
    sys.path.sort(key=lambda folder: not folder.startswith(own))
    ours = bpy.ops.neural_motion
    ended = [sorted(getattr(ours, name)()) for name in ("add_character", "add_path")]
    ended.append(sorted(ours.generate_walk()))
    engine = import_module(f"{_NAME}.core.physics.engine")
    facts = {"why_no_engine": engine.why_no_engine(), "loaded_before": "mujoco" in sys.modules}
    physics = bpy.context.scene.neural_motion.character.neural_motion.physics
    physics.mode = "FALL"
    ended.append(sorted(ours.generate_physics()))
    import mujoco

    facts |= {"ended": ended, "mujoco": mujoco.__file__, "told": physics.last_result}
    sys.stdout.write("\n" + json.dumps(facts) + "\n")


if __name__ == "__main__":
    main()
