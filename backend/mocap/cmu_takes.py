"""Which takes of the CMU database to fetch, and what they show: the list in ``cmu_takes.json``."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blender_addon.core.errors import InputError

DEFAULT_LIST = Path(__file__).with_name("cmu_takes.json")
LABELS = ("walk", "turn", "run", "uneven", "stand")
SPLITS = ("train", "val")


@dataclass(frozen=True)
class CmuTake:
    """One recording.

    Args:
        subject: CMU's number, two digits or more.
        take: CMU's number, two digits or more.
        description: CMU's words.
        label: one of LABELS.
        split: train or val.
        skip_frames: at the beginning, that are no motion.
    """

    subject: str
    take: str
    description: str
    label: str
    split: str = "train"
    skip_frames: int = 0

    def __post_init__(self) -> None:
        numbered = all(re.fullmatch(r"[0-9]{2,4}", part) for part in (self.subject, self.take))
        if not numbered or self.label not in LABELS or self.split not in SPLITS:
            raise InputError(
                f"take {self.subject}_{self.take} is labelled {self.label}, {self.split}; expected "
                f"numbers of two digits, a label of {', '.join(LABELS)}, and train or val"
            )
        if self.skip_frames < 0:
            raise InputError(f"take {self.subject}_{self.take} skips {self.skip_frames} frames")

    @property
    def name(self) -> str:
        """As CMU names the file: subject_take."""
        return f"{self.subject}_{self.take}"


@dataclass(frozen=True)
class TakeList:
    """Takes, and the terms they come under.

    Args:
        attribution: the sentence CMU asks for.
        terms: what may be done with the data.
        frame_rate_hz: of the recordings.
        takes: each once.
    """

    attribution: str
    terms: str
    frame_rate_hz: float
    takes: tuple[CmuTake, ...]


def read_take_list(path: Path = DEFAULT_LIST) -> TakeList:
    """Read a list of takes.

    Raises:
        InputError: it is not such a list, or names a take twice.
        OSError: it cannot be opened.
    """
    try:
        found: dict[str, Any] = json.loads(path.read_text("utf-8"))
        takes = tuple(CmuTake(**take) for take in found["takes"])
        listed = TakeList(
            str(found["attribution"]), str(found["terms"]), float(found["frame_rate_hz"]), takes
        )
    except (ValueError, TypeError, KeyError) as error:
        raise InputError(
            f"{path} is no list of takes ({error}); expected JSON like {DEFAULT_LIST}"
        ) from error
    if not takes or len({take.name for take in takes}) != len(takes):
        raise InputError(f"{path} has to name at least one take, and each once")
    return listed
