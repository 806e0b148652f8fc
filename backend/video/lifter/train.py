"""``train video``: the network that lifts points in a picture into space."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from backend.mocap.recordings import load_recordings
from backend.training.options import training_command

from .folders import RECORDINGS, RUN
from .loop import LifterConfig, train
from .network import DILATIONS_27, LifterShape

ABLATIONS: Final[dict[str, dict[str, Any]]] = {
    "world": {"without_world": True},
    "noise": {"without_noise": True},
    "confidence": {"without_confidence": True},
    "long": {"shape": LifterShape(dilations=DILATIONS_27)},
}
"""What each run does without."""


@training_command(LifterConfig, data=RECORDINGS, run=RUN, ablations=ABLATIONS)
def command(data: Path, run: Path, config: LifterConfig) -> None:
    """Train the network that lifts points in a picture into space."""
    train(load_recordings(data), run, config)


if __name__ == "__main__":
    command()
