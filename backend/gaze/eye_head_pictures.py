"""Charts of eye, head and gaze over time: steps of several sizes, and recorded people.

``python -m backend.gaze.eye_head_pictures`` draws them for the exported network.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click
import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from blender_addon.core.conventions import MODEL_FRAME_RATE_HZ, Floats
from blender_addon.core.face.eye_angles import angles_to_rotations
from blender_addon.core.gaze.eye_head_features import angles_to_directions, directions_to_angles
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.maths.rotations import quaternion_rotate

from .eye_head_data import (
    TEACHER,
    Sample,
    complete_head,
    find_eyehead,
    read_recordings,
    static_head,
)
from .eye_head_systems import System, network, published

mpl.use("agg")

STEPS_DEG = (5.0, 10.0, 20.0, 40.0, 60.0)
_STEP_FRAMES = 150
_ONSET_FRAME = 40


def step_sample(yaw_deg: float, pitch_deg: float = 0.0, head: Floats | None = None) -> Sample:
    """One shift from straight on, on a head that stands still unless given (T, 4)."""
    angles = np.zeros((_STEP_FRAMES, 2))
    angles[_ONSET_FRAME:] = np.deg2rad([yaw_deg, pitch_deg])
    still = angles_to_rotations(np.zeros((_STEP_FRAMES, 2)))
    return Sample(
        f"{yaw_deg:g}°",
        TEACHER,
        angles_to_directions(angles),
        still if head is None else head,
        np.array([float(_ONSET_FRAME)]),
        np.zeros_like(angles),
        np.zeros_like(angles),
        np.ones(_STEP_FRAMES, bool),
    )


def turning_head(yaw_deg: float, seconds: float = 0.5) -> Floats:
    """(T, 4) a head whose animation turns by itself, from the onset of the shift on."""
    share = (np.arange(_STEP_FRAMES) - _ONSET_FRAME) / (seconds * MODEL_FRAME_RATE_HZ)
    share = np.clip(share, 0.0, 1.0)
    way = np.deg2rad(yaw_deg) * share * share * (3.0 - 2.0 * share)
    return angles_to_rotations(np.stack((way, 0.0 * way), axis=-1))


def _gaze(sample: Sample, eye: Floats, offset: Floats) -> Floats:
    """Gaze (T, 2) in the sample's frame, degrees."""
    turn = angles_to_rotations(offset.astype(float))
    seen = quaternion_rotate(turn, angles_to_directions(eye.astype(float)))
    return _degrees(quaternion_rotate(sample.head_rotations_wxyz, seen))


def _degrees(directions: Floats) -> Floats:
    angles = directions_to_angles(directions)
    return np.rad2deg(np.unwrap(angles, axis=0))


def _head(sample: Sample, offset: Floats) -> Floats:
    """The whole head's direction (T, 2) in the sample's frame, degrees."""
    ahead = angles_to_directions(offset.astype(float))
    return _degrees(quaternion_rotate(sample.head_rotations_wxyz, ahead))


def draw_steps(ours: System, path: Path) -> None:
    """Shifts of several sizes: ours on a still head, the teacher, ours on a head that turns."""
    figure = Figure((24.0, 13.0), layout="constrained")
    axes = figure.subplots(3, len(STEPS_DEG), sharex=True)
    for column, size in enumerate(STEPS_DEG):
        turning = step_sample(size, head=turning_head(0.8 * size))
        rows = (
            ("network", ours, step_sample(size)),
            ("published model", published(1.0), step_sample(size)),
            ("network, rig's head turns by itself", ours, turning),
        )
        for row, (title, system, sample) in enumerate(rows):
            _draw(axes[row, column], sample, *system(sample), axis=0)
            axes[row, column].set_title(f"{size:g}°, {title}", fontsize=9)
    _save(figure, path)


def _draw(axes: Axes, sample: Sample, eye: Floats, offset: Floats, axis: int) -> None:
    seconds = np.arange(len(eye)) / MODEL_FRAME_RATE_HZ
    curves = {
        "desired": (_degrees(sample.desired), "0.6"),
        "gaze": (_gaze(sample, eye, offset), "tab:green"),
        "eye in head": (np.rad2deg(eye), "tab:blue"),
        "head": (_head(sample, offset), "tab:orange"),
    }
    for name, (curve, colour) in curves.items():
        axes.plot(seconds, curve[:, axis], ".-", ms=2, lw=0.9, color=colour, label=name)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=7)


def draw_recording(ours: System, sample: Sample, path: Path) -> None:
    """Eye and head as recorded and as the network has them, yaw and pitch."""
    eye, offset = ours(sample)
    figure = Figure((24.0, 13.0), layout="constrained")
    axes = figure.subplots(4, 1, sharex=True)
    seconds = np.arange(len(eye)) / MODEL_FRAME_RATE_HZ
    hidden = np.where(sample.valid, 1.0, np.nan)[:, None]
    pairs = (
        ("eye in head", np.rad2deg(sample.eye_rad) * hidden, np.rad2deg(eye)),
        ("head", _head(sample, sample.offset_rad), _head(sample, offset)),
    )
    for row, (title, recorded, said) in enumerate(pairs):
        for axis, name in enumerate(("yaw", "pitch")):
            place = axes[2 * row + axis]
            place.plot(seconds, recorded[:, axis], lw=1.0, color="k", label="recorded")
            place.plot(seconds, said[:, axis], lw=1.0, color="tab:red", label="network")
            place.set_title(f"{sample.name}: {title}, {name}, degrees", fontsize=9)
            place.grid(alpha=0.3)
            place.legend(fontsize=7)
    _save(figure, path)


def _save(figure: Figure, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=60)


def main_sequence(ours: System, sizes_deg: Sequence[float] = (4, 8, 12, 16, 20, 30)) -> Floats:
    """(N, 3) size of shifts, their peak velocity in °/s at 60 Hz, and Bahill's at that rate.

    Onsets lie at four places within a frame, whose greatest velocity counts, for both alike.
    """
    rows = []
    for size in sizes_deg:
        peaks = np.zeros(2)
        for number, system in enumerate((ours, published(0.0))):
            for late in (0.0, 0.25, 0.5, 0.75):
                sample = step_sample(size)
                sample.shifts_frames[0] -= late
                gaze = _gaze(sample, *system(sample))[:, 0]
                peaks[number] = max(peaks[number], np.diff(gaze).max() * MODEL_FRAME_RATE_HZ)
        rows.append((size, *peaks))
    return np.array(rows)


@click.command()
@click.option("--model", type=click.Path(path_type=Path), required=True)
@click.option("--data", type=click.Path(path_type=Path), default=Path("../shared/data"))
@click.option("--out", type=click.Path(path_type=Path), default=Path("out/eye_head"))
def command(model: Path, data: Path, out: Path) -> None:
    """Draw what the eye–head network does."""
    session = ModelSession(model)
    draw_steps(network(session, 1.0), out / "steps.png")
    for recording in read_recordings(find_eyehead(data)):
        complete, static = complete_head(recording), static_head(recording)
        draw_recording(network(session, 0.0), complete, out / f"{recording.name}_complete.png")
        draw_recording(network(session, 1.0), static, out / f"{recording.name}_static.png")
    for size, peak, bahill in main_sequence(network(session, 0.0)):
        click.echo(f"{size:4.0f}°: peak {peak:4.0f} °/s, main sequence {bahill:4.0f} °/s")


if __name__ == "__main__":
    command()
