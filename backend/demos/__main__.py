"""The demos: ``python -m backend.demos [NAME] --out DIR``, of each capability and of the people.

They run inside any Python with bpy, NumPy and onnxruntime, and do what the operators do.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from backend.processes import run_main
from blender_addon.core.capabilities import CAPABILITIES
from blender_addon.core.errors import NeuralMotionError
from blender_addon.core.inference.choice import ModelChoice

from . import common as demo_common  # first of all: its clock starts before the slow imports

DEMOS: Final = (
    "meeting",
    *(c.name for c in CAPABILITIES if find_spec(f"{__package__}.{c.name}")),
    "people",
)

_logger = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one demo, the first if none is named; returns the exit code."""
    rest = list(sys.argv[1:] if arguments is None else arguments)
    name = rest.pop(0) if rest and not rest[0].startswith("-") else DEMOS[0]
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    if name not in DEMOS:
        _logger.error("demo: there is no demo '%s'. Choose one of: %s", name, ", ".join(DEMOS))
        return 2
    module = import_module(f".{name}", __package__)
    parser = demo_common.parser(name, module.__doc__.splitlines()[0])
    module.add_options(parser)
    own = vars(parser.parse_args(rest))
    out, models = own.pop("out").resolve(), ModelChoice(folder=own.pop("models"))
    try:
        module.run(out, models, **own)
    except NeuralMotionError as error:
        _logger.error("demo: %s", error)  # noqa: TRY400 - the message is for users
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(run_main(main))
