"""The command line of the extension without Blender: ``python -m backend.batch jobs.toml …``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from backend.processes import run_main

OWN_COMMANDS = ("jobs",)


def main(arguments: Sequence[str]) -> int:
    """Switch the extension on in Blender's module, and carry out ``run``, or ``jobs``.

    Args:
        arguments: what follows ``run``, or ``jobs`` and what follows that.

    Returns:
        The exit code, as of the command inside Blender.
    """
    import bpy

    import blender_addon
    from blender_addon import cli

    bpy.ops.wm.read_factory_settings(use_empty=True)
    blender_addon.register()
    named = arguments and arguments[0] in OWN_COMMANDS
    return cli.run([*arguments] if named else ["run", *arguments])


if __name__ == "__main__":
    sys.exit(run_main(lambda: main(sys.argv[1:])))
