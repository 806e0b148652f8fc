"""Every shipped model on an execution provider, timed beside the CPU and compared with it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime

from blender_addon.core.errors import ModelError, ProviderError
from blender_addon.core.inference.choice import parse_providers
from blender_addon.core.inference.session import ModelSession

from .feeds import Feeds, batch_axis, feed_bytes, make_feeds
from .report import Batches, Figures, Row, Section
from .setting import CPU
from .timing import time_calls

ROOT: Final = Path(__file__).resolve().parents[2]
SIZES: Final = (1, 256, 4096)
MOST_DIFFERENCE: Final = 1e-3
"""Of an output's largest number: what another provider may round otherwise."""
_MOST_SECONDS: Final = 10.0
"""A batch that would take the CPU longer is timed on the other provider alone."""
_MOST_BYTES: Final = 2 * 2**30


@dataclass
class Compared:
    """One model on both providers.

    Args:
        name: of the model; those for comparison with their folder.
        ms: median of a run, by provider and batch.
        difference: largest from the CPU, of the output's largest number, by batch.
        left_out: why a batch was not run or not compared.
        ran: what onnxruntime says that it runs on.
    """

    name: str
    ms: dict[str, dict[int, float]] = field(default_factory=dict)
    difference: dict[int, float] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)
    ran: str = ""

    def as_json(self) -> dict[str, Any]:
        """Figures under texts."""
        return {
            "ran_on": self.ran,
            "median_ms": {p: {str(b): t for b, t in ms.items()} for p, ms in self.ms.items()},
            "difference": {str(size): value for size, value in self.difference.items()},
            "left_out": {str(size): reason for size, reason in self.left_out.items()},
        }


def provider_named(text: str) -> str:
    """The full name of a provider, however it is written: "cuda" is CUDAExecutionProvider."""
    [asked] = parse_providers(text) or ("",)
    known = {each.lower(): each for each in onnxruntime.get_all_providers()}
    return known.get(asked.lower().replace("executionprovider", "") + "executionprovider", asked)


def require_provider(provider: str) -> None:
    """Check that something runs on a provider, before hours are spent on the rest.

    Raises:
        ProviderError: it does not; says what was found and what to do.
    """
    try:
        ModelSession(shipped_models()[0], [provider])
    except ProviderError as error:
        found = (
            "an NVIDIA driver is installed" if shutil.which("nvidia-smi") else "no NVIDIA driver"
        )
        available = ", ".join(onnxruntime.get_available_providers())
        reason = str(error).partition(": ")[2].partition(";")[0] or str(error)
        raise ProviderError(
            f"{provider} cannot be used here: {reason}. Found: {found}, onnxruntime "
            f"{onnxruntime.__version__} with {available}. On a machine with an NVIDIA GPU and its "
            "driver run `python3 build.py bench --provider cuda`, which installs the onnxruntime "
            "for it"
        ) from error


def shipped_models(folder: Path = ROOT / "onnx_models") -> list[Path]:
    """Every model that has a contract, those for comparison last."""
    found = [*sorted(folder.glob("*.onnx")), *sorted((folder / "comparison").glob("*.onnx"))]
    return [path for path in found if path.with_suffix(".json").is_file()]


def measure_providers(
    provider: str,
    seconds: float,
    models: Sequence[Path] | None = None,
    sizes: Sequence[int] = SIZES,
) -> Figures:
    """Time every model on a provider and on the CPU, and compare what they give.

    Args:
        provider: in full.
        seconds: about how long each figure is measured.
        models: other ones than those shipped.
        sizes: of batches.

    Raises:
        ProviderError: the provider cannot be used.
        ModelError: a model does not run on it.
    """
    require_provider(provider)
    compared = [_compare(path, provider, seconds, sizes) for path in models or shipped_models()]
    return Figures(
        {Section.RATIO: lambda: [_parity_row(compared, provider)]},
        batches=lambda: [
            Batches(f"{each.name}_batches", f"{each.name}, µs for each of a batch", each.ms)
            for each in compared
        ],
        extra={"providers": {each.name: each.as_json() for each in compared}},
    )


def _parity_row(compared: Sequence[Compared], provider: str) -> Row:
    worst = {each.name: max(each.difference.values()) for each in compared if each.difference}
    name = max(worst, key=lambda model: worst[model])
    left = sum(len(each.left_out) for each in compared)
    note = f"{len(worst)} models, most in {name}" + (f"; {left} batches left out" if left else "")
    title = f"largest difference of {provider} from the CPU, of an output's largest number"
    return Row("provider_parity", title, worst[name], "", MOST_DIFFERENCE, note=note)


def _compare(path: Path, provider: str, seconds: float, sizes: Sequence[int]) -> Compared:
    ours, theirs = ModelSession(path, [provider]), ModelSession(path, [CPU])
    name = f"{path.parent.name}/{path.stem}" if path.parent.name == "comparison" else path.stem
    found = Compared(name, {provider: {}, CPU: {}}, ran=ours.provider_report)
    for size in sizes if batch_axis(ours.contract) else sizes[:1]:
        if feed_bytes(ours.contract, size) > _MOST_BYTES:
            found.left_out[size] = f"its inputs alone take more than {_MOST_BYTES >> 30} GiB"
            continue
        try:
            _measure_size(found, ours, theirs, size, seconds)
        except ModelError as error:
            if size == sizes[0]:
                raise
            found.left_out[size] = str(error)
    return found


def _measure_size(
    found: Compared, ours: ModelSession, theirs: ModelSession, size: int, seconds: float
) -> None:
    """One batch on the provider and, where it does not take too long, on the CPU."""
    feeds, provider = make_feeds(ours.contract, size, seed=size), ours.provider
    known = found.ms[CPU]
    expected_s = size * known[max(known)] / 1e3 / max(known) if known else 0.0
    if expected_s > _MOST_SECONDS:
        found.left_out[size] = f"the CPU would take {expected_s:.0f} s"
        if provider != CPU:
            ours.run(feeds)  # the first run of a size prepares
            found.ms[provider][size] = _time(ours, feeds, seconds)
        return
    difference = _largest_difference(ours, theirs, feeds)
    found.ms[provider][size] = _time(ours, feeds, seconds)
    found.ms[CPU][size] = _time(theirs, feeds, seconds)
    found.difference[size] = difference


def _time(session: ModelSession, feeds: Feeds, seconds: float) -> float:
    """Median milliseconds of a run; a session that has run these sizes before."""
    timed = time_calls({"": lambda: session.run(feeds)}, seconds=seconds, warm_up=0, least=1)
    return timed[""].median_ms


def _largest_difference(ours: ModelSession, theirs: ModelSession, feeds: Feeds) -> float:
    """Of all outputs, each against its own largest number; infinite where one is not finite."""
    return max(_differences(ours.run(feeds), theirs.run(feeds)))


def _differences(found: Feeds, expected: Feeds) -> Iterator[float]:
    for name, value in expected.items():
        wide = value.astype(np.float64)
        scale = max(float(np.abs(wide).max(initial=0.0)), 1e-6)
        yield float(np.abs(found[name] - wide).max(initial=0.0)) / scale
