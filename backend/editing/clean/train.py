"""``train editing motion_cleaner``: the network that betters the robust filter."""

from __future__ import annotations

from pathlib import Path

from backend.mocap.recordings import load_recordings
from backend.training.options import training_command

from .loop import CleanerConfig, train

_BUILD = Path(__file__).resolve().parents[3] / ".build" / "editing"


@training_command(CleanerConfig, data=_BUILD / "recordings.npz", run=_BUILD / "motion_cleaner")
def command(data: Path, run: Path, config: CleanerConfig) -> None:
    """Train the network that betters the robust filter of Clean."""
    train(load_recordings(data, "train"), run, config)


if __name__ == "__main__":
    command()
