"""``train editing motion_filler``: the network that fills gaps."""

from __future__ import annotations

from pathlib import Path

from backend.mocap.recordings import load_recordings
from backend.training.options import training_command

from .loop import FillerConfig, train

_ROOT = Path(__file__).resolve().parents[3]
_BUILD = _ROOT / ".build" / "editing"


@training_command(FillerConfig, data=_BUILD / "recordings.npz", run=_BUILD / "motion_filler")
def command(data: Path, run: Path, config: FillerConfig) -> None:
    """Train the network that fills gaps of a motion."""
    train(load_recordings(data), run, config)


if __name__ == "__main__":
    command()
