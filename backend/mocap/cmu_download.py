"""``prepare --download``: fetches public recordings from CMU and lays them out for `prepare`.

The files come one after another, from a list of takes, and are never fetched twice: CMU asks not
to crawl its database. ``asf_amc/`` holds them as they came, ``cmu/`` what is made of them.
"""

from __future__ import annotations

import csv
import io
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from rich.progress import Progress

from blender_addon.core.bvh import write_bvh
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.maths.rotations import quaternion_rotate
from blender_addon.core.maths.smoothing import gaussian_smooth
from blender_addon.core.motion.clip import MotionClip
from blender_addon.core.motion.kinematics import forward_kinematics

from .acclaim_text import AcclaimError
from .asf_amc import read_asf_amc
from .cmu_takes import CmuTake, TakeList
from .fetch_file import DownloadError, FetchLimits, MissingFileError, fetch_file

_log = logging.getLogger(__name__)

CMU_ADDRESS = "http://mocap.cs.cmu.edu/subjects"
"""Of CMU's own server: no https there."""
SOURCE = "cmu_asfamc"
"""As the index calls recordings that come straight from CMU's files."""
_CHECKED_BYTES = 1 << 16
_ASF_MARKS = (b":root", b":bonedata", b":hierarchy")
_AMC_MARKS = (b":fully-specified", b":degrees", b":radians")
_TURN_RAD = np.radians(60.0)
_SPEEDS_M_S = {"walk": (0.0, 2.8), "turn": (0.0, 6.0), "run": (1.5, 8.0)}
"""The fastest stretch of a take lies between these, else it was not recorded at the rate given."""
_SMOOTHING_S = 0.25
_FEET = ("lfoot", "ltoes", "rfoot", "rtoes")


@dataclass(frozen=True)
class DownloadSettings:
    """Where from, and how gently.

    Args:
        base_url: the folder of subjects; a file is at <base_url>/<subject>/<file>.
        limits: of each file.
        pause_s: after each file that was fetched.
    """

    base_url: str = CMU_ADDRESS
    limits: FetchLimits = field(default_factory=FetchLimits)
    pause_s: float = 0.2


def download_cmu(data: Path, takes: TakeList, settings: DownloadSettings) -> int:
    """Fetch takes and convert them to the folder that `prepare` reads.

    What is there already is kept; a run that was interrupted goes on where it stopped.

    Args:
        data: gets ``asf_amc/<subject>/`` and ``cmu/`` with BVH files, ``clips.csv`` and
            ``README.txt`` (terms and attribution).
        takes: what to fetch.
        settings: where from.

    Returns:
        How many clips there are.

    Raises:
        DownloadError: the server cannot be reached, or what it sends is no motion capture.
        InputError: ``cmu/clips.csv`` is there and is not of our making, or no take can be used.
    """
    index = data / "cmu" / "clips.csv"
    _refuse_foreign_index(index)
    _log.info("%s\n%s", takes.attribution, takes.terms)
    originals = data / "asf_amc"
    there = fetch_takes(takes.takes, originals, settings)
    rows = list(convert_takes(there, originals, index.parent, takes.frame_rate_hz))
    if not rows:
        raise InputError(f"none of the {len(there)} takes fetched can be used; see the warnings")
    _write_text(index.with_name("README.txt"), f"{takes.attribution}\n{takes.terms}\n")
    _write_text(index, _as_csv(rows))
    return len(rows)


def _refuse_foreign_index(index: Path) -> None:
    """Never write over recordings that came from elsewhere."""
    if not index.is_file():
        return
    with index.open(newline="", encoding="utf-8") as file:
        if all(row.get("source") == SOURCE for row in csv.DictReader(file)):
            return
    raise InputError(
        f"{index} lists recordings that were not downloaded by this command; expected an empty "
        "folder or one of its own. Give another one with --data"
    )


# --- fetching ---------------------------------------------------------------------------------


def fetch_takes(
    takes: Sequence[CmuTake], folder: Path, settings: DownloadSettings
) -> list[CmuTake]:
    """Fetch skeletons and motions that are not there yet; takes CMU lacks are left out, and said.

    Returns:
        Takes whose files are both there.

    Raises:
        DownloadError: the server cannot be reached, sends something else, or has none of them.
    """
    found, missing = list[CmuTake](), set[str]()
    with Progress() as progress:
        bar = progress.add_task("Fetching", total=len(takes))
        for take in takes:
            progress.update(bar, description=f"Fetching {take.name}")
            if _fetch_take(take, folder, settings, missing):
                found.append(take)
            progress.advance(bar)
    if not found:
        raise DownloadError(
            f"{settings.base_url} has none of the {len(takes)} takes; expected files such as "
            f"{settings.base_url}/{_asf_name(takes[0])}. Check --base-url"
        )
    return found


def _fetch_take(take: CmuTake, folder: Path, settings: DownloadSettings, missing: set[str]) -> bool:
    """Fetch what is not there of a take's two files; False where the server lacks one."""
    desired: list[tuple[str, Callable[[Path], None]]] = [
        (_asf_name(take), check_asf),
        (_amc_name(take), check_amc),
    ]
    for name, check in desired:
        if name in missing:
            return False
        if (folder / name).is_file():
            continue
        url = f"{settings.base_url.rstrip('/')}/{name}"
        try:
            fetch_file(url, folder / name, check, settings.limits)
        except MissingFileError as error:
            missing.add(name)
            _log.warning("%s; left out", error)
            return False
        time.sleep(settings.pause_s)
    return True


def _asf_name(take: CmuTake) -> str:
    return f"{take.subject}/{take.subject}.asf"


def _amc_name(take: CmuTake) -> str:
    return f"{take.subject}/{take.name}.amc"


def check_asf(path: Path) -> None:
    """Raise DownloadError where a file is no Acclaim skeleton."""
    head = _head(path)
    if b"\0" in head or not all(mark in head for mark in _ASF_MARKS):
        raise _foreign(path, "an ASF skeleton with :root, :bonedata and :hierarchy", head)


def check_amc(path: Path) -> None:
    """Raise DownloadError where a file is no Acclaim motion."""
    head = _head(path)
    if b"\0" in head or b"\nroot " not in head or not any(mark in head for mark in _AMC_MARKS):
        raise _foreign(path, "an AMC motion with :FULLY-SPECIFIED and frames", head)


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(_CHECKED_BYTES).lower()


def _foreign(path: Path, desired: str, head: bytes) -> DownloadError:
    what = "a web page" if b"<html" in head or b"<!doctype" in head else f"{head[:40]!a}"
    return DownloadError(
        f"what came as {path.name.removesuffix('.partial')} is {what}; expected {desired}. "
        "Check --base-url, or try later"
    )


# --- conversion -------------------------------------------------------------------------------


def convert_takes(
    takes: Sequence[CmuTake], originals: Path, folder: Path, frame_rate_hz: float
) -> Iterator[dict[str, object]]:
    """Write each take as BVH and yield its line of the index.

    A take whose files are broken, or that cannot be what the list says, is left out, and said.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with Progress() as progress:
        for take in progress.track(takes, description="Converting"):
            asf, amc = originals / _asf_name(take), originals / _amc_name(take)
            try:
                clip = read_asf_amc(asf, amc, frame_rate_hz=frame_rate_hz)
            except AcclaimError as error:
                _log.warning("%s; left out. Delete %s to have it fetched again", error, error.path)
                continue
            clip = _on_the_floor(_without_first(clip, take))
            if _is_plausible(clip, take):
                write_bvh(folder / f"amc_{take.name}.bvh", clip)
                yield _index_row(clip, take)


def _without_first(clip: MotionClip, take: CmuTake) -> MotionClip:
    if take.skip_frames >= clip.frame_count:
        raise InputError(
            f"take {take.name} has {clip.frame_count} frames, and the list skips "
            f"{take.skip_frames} of them; correct skip_frames"
        )
    kept = slice(take.skip_frames, None)
    return replace(
        clip, root_positions=clip.root_positions[kept], rotations_wxyz=clip.rotations_wxyz[kept]
    )


def _on_the_floor(clip: MotionClip) -> MotionClip:
    """Shift a clip so that feet, where lowest, are at y = 0."""
    positions, turns = forward_kinematics(clip.skeleton, clip.root_positions, clip.rotations_wxyz)
    names = [name for name in _FEET if name in clip.skeleton.names] or list(clip.skeleton.ends)
    heights = [positions[:, clip.skeleton.index(name), 1] for name in names]
    for name in names:
        if name in clip.skeleton.ends:
            joint = clip.skeleton.index(name)
            end = np.array(clip.skeleton.ends[name], np.float32)
            heights.append((positions[:, joint] + quaternion_rotate(turns[:, joint], end))[:, 1])
    # Not the very lowest: single frames reach below the floor.
    floor = np.percentile(np.min(heights, axis=0), 2)
    lift = np.array([0, -floor, 0], np.float32)
    return replace(clip, root_positions=clip.root_positions + lift)


def _is_plausible(clip: MotionClip, take: CmuTake) -> bool:
    """Whether the take is about as fast as its label says; a warning where it is not."""
    lowest, highest = _SPEEDS_M_S.get(take.label, (0.0, np.inf))
    fastest = float(_speeds(clip).max())
    if lowest <= fastest <= highest:
        return True
    _log.warning(
        "take %s (%s) reaches %.1f m/s; expected %g to %g for %s: it may have been recorded at "
        "another rate than %g Hz, and is left out",
        *(take.name, take.description, fastest, lowest, highest, take.label, clip.frame_rate_hz),
    )
    return False


def _speeds(clip: MotionClip) -> Floats:
    """(T,) horizontal speed of the root, smoothed, m/s."""
    sigma = _SMOOTHING_S * clip.frame_rate_hz
    root = gaussian_smooth(clip.root_positions[:, [0, 2]].astype(np.float64), sigma, keep_ends=True)
    if len(root) < 2:
        return np.zeros(1)
    steps = np.gradient(root, axis=0) * clip.frame_rate_hz
    return np.asarray(np.linalg.norm(steps, axis=-1))


def _net_turn(clip: MotionClip) -> float:
    """How far the root faces elsewhere at the end than at the beginning, radians; left is +."""
    forward = quaternion_rotate(clip.rotations_wxyz[:, 0], np.array([0, 0, 1], np.float32))
    heading = np.unwrap(np.arctan2(forward[:, 0], forward[:, 2]))
    edge = max(int(_SMOOTHING_S * clip.frame_rate_hz), 1)
    return float(heading[-edge:].mean() - heading[:edge].mean())


def _index_row(clip: MotionClip, take: CmuTake) -> dict[str, object]:
    turn = _net_turn(clip)
    label = "turn" if take.label == "walk" and abs(turn) > _TURN_RAD else take.label
    speeds = _speeds(clip)
    return {
        "clip": f"amc_{take.name}",
        "source": SOURCE,
        "subject": int(take.subject),
        "take": take.take,
        "take_known": 1,
        "description": take.description,
        "fps": clip.frame_rate_hz,
        "frames": clip.frame_count,
        "seconds": round(clip.frame_count / clip.frame_rate_hz, 3),
        "label": label,
        "mean_speed_mps": round(float(speeds.mean()), 3),
        "max_speed_mps": round(float(speeds.max()), 3),
        "turn_net_deg": round(float(np.degrees(turn)), 1),
        "trimmed_frames": take.skip_frames,
        "same_take_as": "",
        "split": take.split,
    }


def _as_csv(rows: Sequence[dict[str, object]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _write_text(path: Path, text: str) -> None:
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, "utf-8")
    partial.replace(path)
