"""What every job has in common: how far it is, how it is cancelled, what became of it.

A job reads nothing of Blender, so it may run on any thread. It is cancelled from another one:
between two steps of its own it looks whether it was, and a run of a network that is under way is
ended by the runtime.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar, runtime_checkable

from .errors import Cancelled

# A job is asked for before any model is: registering operators does not read contracts.
if TYPE_CHECKING:
    from .inference.arrays import ArrayFile
    from .inference.contract import ModelContract

Result = TypeVar("Result")
OnProgress = Callable[[float], bool]
"""Is given how much is done, 0 … 1; answers False to cancel, else True."""


class Runner(Protocol):
    """What a pipeline needs of a model session."""

    contract: ModelContract

    def run(self, feeds: dict[str, Any]) -> dict[str, Any]:
        """Run the model once."""
        ...


@runtime_checkable
class WithArrays(Protocol):
    """A model session that also has the arrays that lie beside its model."""

    arrays: ArrayFile | None


class Terminable(Protocol):
    """Something under way that ends as soon as its flag is set: the runtime's run options."""

    terminate: bool


class Cancellation:
    """A wish to stop, asked for on any thread and kept for good."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._lock = threading.Lock()
        self._under_way: list[Terminable] = []

    def ask(self) -> None:
        """Stop what is under way and what comes."""
        with self._lock:
            self._asked.set()
            for each in self._under_way:
                each.terminate = True

    def stops(self, under_way: Terminable) -> None:
        """Set this flag too when asked; at once if that has been."""
        with self._lock:
            self._under_way.append(under_way)
            if self._asked.is_set():
                under_way.terminate = True

    def check(self) -> None:
        """Go on, or not.

        Raises:
            Cancelled: it was asked for.
        """
        if self._asked.is_set():
            raise Cancelled("cancelled; nothing was changed")


class Progress:
    """Reports how far a job is, and stops it once it is cancelled.

    Args:
        on_progress: to whom it is reported; None for nobody.
        cancellation: shared with other parts of the same job; None begins one.
        start, stop: which part of the whole this is.
    """

    def __init__(
        self,
        on_progress: OnProgress | None = None,
        cancellation: Cancellation | None = None,
        start: float = 0.0,
        stop: float = 1.0,
    ) -> None:
        self._on_progress = on_progress
        self.cancellation = cancellation or Cancellation()
        self._start, self._length = start, stop - start

    @classmethod
    def of(cls, on_progress: Progress | OnProgress | None) -> Progress:
        """Progress itself, or one that tells this function."""
        return on_progress if isinstance(on_progress, Progress) else cls(on_progress)

    def __call__(self, share: float) -> bool:
        """Report that so much of this part is done, 0 … 1; True, as of an OnProgress.

        Raises:
            Cancelled: somebody wants the job to stop.
        """
        report = self._on_progress
        if report is not None and not report(self._start + self._length * share):
            self.cancellation.ask()
        self.cancellation.check()
        return True

    def part(self, start: float, stop: float) -> Progress:
        """Progress of a part of this part, reported as that of the whole."""
        at = self._start
        first, last = at + self._length * start, at + self._length * stop
        return Progress(self._on_progress, self.cancellation, first, last)


@dataclass(frozen=True)
class RanModel:
    """A model that took part in a job.

    Args:
        name: of its file.
        provider: the execution provider that runs it.
        report: the same, with the reason why a desired one does not, parted by semicolons.
        notice: what the licence of its weights asks to be told.
    """

    name: str
    provider: str
    report: str
    notice: str = ""

    @property
    def titled(self) -> str:
        """Its name, with the notice that is to be told."""
        return f"{self.name}: {self.notice}" if self.notice else self.name

    @property
    def reasons(self) -> list[str]:
        """Why a desired provider does not run it."""
        return self.report.split("; ")[1:]


@dataclass(frozen=True, eq=False)
class Outcome(Generic[Result]):
    """What a job made, and what made it.

    Args:
        result: to be written into the scene.
        models: every model that took part.
        compute_s: how long it took.
    """

    result: Result
    models: tuple[RanModel, ...] = ()
    compute_s: float = 0.0

    @property
    def providers(self) -> str:
        """Short names of the execution providers; with the models' names where they differ."""
        by_provider: dict[str, list[str]] = {}
        for model in self.models:
            by_provider.setdefault(_short(model.provider), []).append(model.name)
        if len(by_provider) == 1:
            return next(iter(by_provider))
        return ", ".join(f"{each} ({', '.join(names)})" for each, names in by_provider.items())

    def describe(self) -> str:
        """What ran and how long, and after a semicolon each why something desired did not."""
        reasons = dict.fromkeys(reason for model in self.models for reason in model.reasons)
        names = ", ".join(model.titled for model in self.models)
        ran = f"Execution provider {self.providers}, {self.compute_s:.2f} s ({names})"
        return _short("; ".join([ran, *reasons]))


_ENDING: Final = "ExecutionProvider"


def _short(text: str) -> str:
    return text.replace(_ENDING, "")
