"""Which tests try to break things, how large they can be made, and what each counts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Part:
    """Some of the tests, run in a process of their own.

    Args:
        name: of the part.
        paths: of its tests, from the repository's root.
        option: of pytest, which says how much is tried; empty where there is no more to try.
        figures: names of the properties that its tests record, and that are summed up.
        spread: whether its tests may be spread over processes.
    """

    name: str
    paths: tuple[str, ...]
    option: str = ""
    figures: tuple[str, ...] = ()
    spread: bool = False

    def arguments(self, size: int) -> list[str]:
        """What pytest is given to try so much."""
        return [*self.paths, *([self.option, str(size)] if self.option else [])]


_INFERENCE: Final = "tests/shared/inference"
PARTS: Final = (
    Part(
        "limits",
        (
            f"{_INFERENCE}/test_greedy_models.py", f"{_INFERENCE}/test_endless_model.py",
            f"{_INFERENCE}/test_model_file.py", f"{_INFERENCE}/test_session.py",
            "tests/batch/test_allowed.py",
        ),
    ),
    Part("fuzz", ("tests/fuzz",), "--fuzz", ("fuzz_inputs", "fuzz_crashes"), spread=True),
    Part(
        "edits", ("tests/shared/blender/test_edit_sequences.py",), "--sequences",
        ("edit_sequences", "foreign_keys_changed"), spread=True,
    ),
    Part(
        "kills", ("tests/batch/test_kills.py",), "--kills", ("kills", "jobs_lost", "half_files"),
        spread=True,
    ),
    Part("farm", ("tests/farm",), "--farm-jobs", ("farm_jobs_lost",)),
)  # fmt: skip
FULL: Final = {"fuzz": 10_000, "edits": 1_000, "kills": 50, "farm": 20}
QUICK: Final = {"fuzz": 400, "edits": 25, "kills": 3, "farm": 4}
"""What shows within minutes that all of it works."""
