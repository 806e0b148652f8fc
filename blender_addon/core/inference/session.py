"""Run a model with onnxruntime: the only module of the extension that imports it.

A model is checked before onnxruntime sees a byte of it (size, hash, no outside files, standard
operators only), and its graph against its contract right after. What runs is what was hashed: the
file is read once, into memory.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import logging
import math
import os
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import ContractError, ModelError, ProviderError
from ..jobs import Cancellation, RanModel
from . import runtime_memory
from .arrays import ARRAYS_SHA256, ArrayFile
from .contract import ModelContract, TensorSpec, load_contract
from .graph_check import TensorInfo, bind_shapes, check_tensors, explain_feeds
from .model_file import check_sha256, inspect_model, read_bytes
from .runtime_problem import IMPORT_FAILURES, explain_import_failure

DEFAULT_PROVIDERS: Final = ("CUDAExecutionProvider", "CPUExecutionProvider")

_CPU: Final = "CPUExecutionProvider"
_NOT_BUILT: Final = "is not in this build of onnxruntime"
_EXPECTED_MISSES: Final = frozenset(f"{name} {_NOT_BUILT}" for name in DEFAULT_PROVIDERS)
"""Nobody asked for these by name: the preferences tell of them, results do not."""

_log = logging.getLogger(__name__)
_MAX_KNOWN_SHAPES = 1024
_MAX_ARRAYS_BYTES = 64 * 1024 * 1024
LICENCE_NOTICE: Final = "licence_notice"
"""Setting of a contract: what its licence asks to be told with each result."""

Feeds = Mapping[str, NDArray[Any]]


class _RuntimeSession(Protocol):
    """What is used of onnxruntime.InferenceSession, which ships no types."""

    def run(
        self, outputs: list[str], feeds: Feeds, options: object = None
    ) -> list[NDArray[Any]]: ...
    def get_inputs(self) -> list[Any]: ...
    def get_outputs(self) -> list[Any]: ...
    def get_providers(self) -> list[str]: ...


class ModelSession:
    """One model, loaded and ready to run; ``run`` may be called from several threads.

    Args:
        onnx_path: the ``<name>.onnx``; its contract ``<name>.json`` lies beside it.
        providers: execution providers in the order desired.
        threads: threads for one run. None takes two where there are two cores: that halves the
            time of a crowd, while one character alone would be a tenth faster on one.

    Raises:
        ContractError: files and contract disagree, or the model is of a kind never loaded.
        ProviderError: a provider name is unknown, or none of those desired is available.
        ModelError: onnxruntime is missing.
    """

    def __init__(
        self,
        onnx_path: str | os.PathLike[str],
        providers: Sequence[str] = DEFAULT_PROVIDERS,
        threads: int | None = None,
    ) -> None:
        path = _find_model(Path(onnx_path))
        self.contract: ModelContract = load_contract(path.with_suffix(".json"))
        data = _read_model(path, self.contract)
        self.arrays: ArrayFile | None = _read_arrays(path.with_suffix(".npz"), self.contract)
        self._session, self.provider_report = _start(data, path.name, providers, threads)
        self.provider: str = self._session.get_providers()[0]
        _check_graph(self._session, self.contract)
        self._inputs = tuple(spec.name for spec in self.contract.inputs)
        self._outputs = [spec.name for spec in self.contract.outputs]
        self._floats = [spec.name for spec in self.contract.outputs if "float" in spec.dtype]
        self._known_shapes: set[object] = set()
        self._errors = _runtime_errors()
        _log.info("%s: %s", path.name, self.ran.report)

    @property
    def ran(self) -> RanModel:
        """What runs here, to be told."""
        ran, *reasons = self.provider_report.split("; ")
        told = [reason for reason in reasons if reason not in _EXPECTED_MISSES]
        notice = str(self.contract.settings.get(LICENCE_NOTICE, ""))
        return RanModel(self.contract.name, self.provider, "; ".join([ran, *told]), notice)

    def run(self, feeds: Feeds, options: object = None) -> dict[str, NDArray[Any]]:
        """Run the model once.

        Args:
            feeds: one array per input of the contract, of its dtype and shape.
            options: onnxruntime's own RunOptions.

        Returns:
            One array per output of the contract.

        Raises:
            ContractError: an input is missing, too many, or of another dtype or shape.
            ModelError: the run failed, or an output holds NaN or infinity.
        """
        # Comparing with shapes already checked keeps this at a microsecond in a step loop.
        try:
            key = tuple([(feeds[name].shape, feeds[name].dtype) for name in self._inputs])
        except (KeyError, AttributeError):
            raise explain_feeds(self.contract, feeds) from None
        known = key in self._known_shapes and len(feeds) == len(key)
        sizes = {} if known else bind_shapes(self.contract, feeds)
        try:
            values = self._session.run(self._outputs, feeds, options)
        except self._errors as error:
            raise self._failed(error) from error
        outputs = dict(zip(self._outputs, values, strict=True))
        if not known:
            self._learn(key, sizes, outputs)
        self._check_finite(feeds, outputs)
        return outputs

    def _failed(self, error: Exception) -> ModelError:
        name = self.contract.name
        if not runtime_memory.wants_too_much(error):
            return ModelError(
                f"model '{name}' failed on {self.provider}: {error}; try another provider"
            )
        if self.provider != _CPU:
            return ModelError(
                f"model '{name}' found too little memory on {self.provider}; try another provider, "
                "or fewer characters at once"
            )
        runtime_memory.give_memory_back(_import_runtime())
        return ModelError(runtime_memory.explain_too_much(name))

    def _learn(self, key: object, sizes: Mapping[str, int], outputs: Feeds) -> None:
        for spec in self.contract.outputs:
            _check_output(spec, sizes, outputs[spec.name], self.contract.name)
        if len(self._known_shapes) >= _MAX_KNOWN_SHAPES:
            self._known_shapes.clear()
        self._known_shapes.add(key)

    def _check_finite(self, feeds: Feeds, outputs: Feeds) -> None:
        for name in self._floats:
            value = outputs[name]
            # A dot product with itself is finite only if every number is: one pass, no copy.
            # It may also overflow on finite numbers, hence the second look.
            if math.isfinite(np.vdot(value, value)) or np.isfinite(value).all():
                continue
            bad = [key for key, feed in feeds.items() if not np.isfinite(feed).all()]
            cause = f"the inputs {', '.join(bad)} already did" if bad else "its inputs were finite"
            count = int(np.count_nonzero(~np.isfinite(value)))
            raise ModelError(
                f"model '{self.contract.name}' gave {count} of {value.size} numbers of '{name}' as "
                f"NaN or infinity ({cause}); the result is unusable; check what is fed to it"
            )


class CancellableSession:
    """A session whose runs end as soon as the job they belong to is cancelled.

    Args:
        session: shared with other jobs, which go on.
        cancellation: of this job.
    """

    def __init__(self, session: ModelSession, cancellation: Cancellation) -> None:
        self.contract, self.arrays = session.contract, session.arrays
        self._session, self._cancellation = session, cancellation
        self._options = _import_runtime().RunOptions()
        cancellation.stops(self._options)

    def run(self, feeds: Feeds) -> dict[str, NDArray[Any]]:
        """Run the model once; as ``ModelSession.run``.

        Raises:
            Cancelled: the job was cancelled before or meanwhile.
        """
        self._cancellation.check()
        try:
            return self._session.run(feeds, self._options)
        except ModelError:
            self._cancellation.check()  # the runtime reports what it was told to end as a failure
            raise


_sessions: dict[tuple[object, ...], tuple[object, ModelSession]] = {}
_sessions_lock = threading.Lock()
_failures: dict[str, str] = {}
"""Why a provider did not start when it was last tried."""


def open_session(
    onnx_path: str | os.PathLike[str],
    providers: Sequence[str] = DEFAULT_PROVIDERS,
    threads: int | None = None,
) -> ModelSession:
    """The warm session of a model; loaded anew when its files have changed.

    Args:
        onnx_path, providers, threads: as for ModelSession.

    Returns:
        One session per model and choice of providers, shared by all callers and threads.

    Raises:
        ContractError, ProviderError, ModelError: as ModelSession.
    """
    path = Path(onnx_path).absolute()
    key = (path, tuple(providers), threads)
    stamp = (_file_stamp(path), _file_stamp(path.with_suffix(".json")))
    with _sessions_lock:
        cached = _sessions.get(key)
        if cached is None or cached[0] != stamp:
            cached = _sessions[key] = (stamp, ModelSession(path, providers, threads))
        return cached[1]


@dataclass(frozen=True)
class ProviderState:
    """Whether an execution provider can be used here.

    Args:
        name: in full.
        problem: why not, as far as is known; empty where nothing speaks against it.
    """

    name: str
    problem: str = ""


def provider_states(names: Sequence[str]) -> list[ProviderState]:
    """What is known of these execution providers, in their order.

    Raises:
        ModelError: onnxruntime cannot be loaded.
    """
    runtime = _import_runtime()
    available, known = runtime.get_available_providers(), runtime.get_all_providers()
    states = []
    for name in names:
        problem = _failures.get(name, "").removeprefix(f"{name} ")
        if name not in available:
            problem = _NOT_BUILT if name in known else "is unknown"
        states.append(ProviderState(name, problem))
    return states


def close_sessions() -> None:
    """Forget every warm session, so that their memory is freed (when the extension unloads)."""
    with _sessions_lock:
        had_any = bool(_sessions)
        _sessions.clear()
    if had_any:
        runtime_memory.give_memory_back(_import_runtime())


def available_providers() -> tuple[str, ...]:
    """Execution providers that this onnxruntime was built with, best first."""
    return tuple(_import_runtime().get_available_providers())


def _file_stamp(path: Path) -> tuple[int, ...] | None:
    try:
        status = path.stat()
    except OSError:
        return None  # ModelSession says what is missing
    return status.st_mtime_ns, status.st_size, status.st_ino


def _find_model(path: Path) -> Path:
    """The path itself, refused if it is a link that leads out of its folder."""
    if path.suffix.lower() != ".onnx":
        raise ContractError(f"'{path}' is not an .onnx file; choose a model's <name>.onnx")
    folder = os.path.realpath(path.parent)
    for file in (path, path.with_suffix(".json"), path.with_suffix(".npz")):
        target = os.path.realpath(file)  # unlike Path.resolve it bears links that lead in a circle
        if str(Path(target).parent) != folder:
            raise ContractError(
                f"{file} is a link to {target}, outside its folder; put the file itself there"
            )
    return path


def _read_model(path: Path, contract: ModelContract) -> bytes:
    data = read_bytes(path)
    check_sha256(data, contract.sha256, path.name)
    facts = inspect_model(data, path.name)
    if facts.opset != contract.opset:
        raise ContractError(
            f"{path.name} is written for opset {facts.opset}, its contract says {contract.opset}; "
            "export the model again"
        )
    return data


def _read_arrays(path: Path, contract: ModelContract) -> ArrayFile | None:
    """The ``<name>.npz`` beside a model whose contract gives its hash."""
    expected = contract.settings.get(ARRAYS_SHA256)
    if expected is None:
        return None
    data = read_bytes(path, _MAX_ARRAYS_BYTES)
    check_sha256(data, str(expected), path.name)
    return ArrayFile(path, data)


def _import_runtime() -> ModuleType:
    try:
        runtime = importlib.import_module("onnxruntime")
        _ = runtime.InferenceSession  # a folder left behind can be imported, too, but is empty
    except IMPORT_FAILURES as error:
        raise ModelError(explain_import_failure(error)) from error
    return runtime


def _runtime_errors() -> tuple[type[Exception], ...]:
    """Errors of onnxruntime: about fifteen classes that share no base of their own."""
    state = importlib.import_module("onnxruntime.capi.onnxruntime_pybind11_state")
    classes = [value for value in vars(state).values() if isinstance(value, type)]
    theirs = (each for each in classes if issubclass(each, Exception))
    return RuntimeError, ValueError, MemoryError, *theirs


def _start(
    data: bytes, name: str, providers: Sequence[str], threads: int | None
) -> tuple[_RuntimeSession, str]:
    """Try the providers in order; the session that started and the report of the rest."""
    runtime = _import_runtime()
    available = runtime.get_available_providers()
    _check_provider_names(providers, runtime)
    reasons: list[str] = []
    for provider in providers:
        if provider not in available:
            reasons.append(f"{provider} {_NOT_BUILT}")
            continue
        session, reason = _try_provider(runtime, data, name, provider, threads)
        if session is not None:
            _failures.pop(provider, None)
            for missed in reasons:
                level = logging.DEBUG if missed in _EXPECTED_MISSES else logging.WARNING
                _log.log(level, "%s: %s", name, missed)
            return session, "; ".join([f"running on {provider}", *reasons])
        reasons.append(reason)
        _failures[provider] = reason
    raise ProviderError(
        f"none of the desired execution providers can be used: {'; '.join(reasons)}; "
        f"available: {', '.join(available)}; add one of these to the list"
    )


def _check_provider_names(providers: Sequence[str], runtime: ModuleType) -> None:
    known = {*runtime.get_all_providers(), *runtime.get_available_providers()}
    unknown = [name for name in providers if name not in known]
    if unknown or not providers or isinstance(providers, str):
        raise ProviderError(
            f"no execution provider is called {unknown or providers!r}; give a list of names; "
            f"available: {', '.join(runtime.get_available_providers())}"
        )


def _try_provider(
    runtime: ModuleType, data: bytes, name: str, provider: str, threads: int | None
) -> tuple[_RuntimeSession | None, str]:
    """A session whose first provider is the desired one, or None and why not."""
    if provider == "CUDAExecutionProvider":
        _load_cuda_libraries(runtime)
    # TF32 would round products to 10 bits: results must not depend on the device.
    settings = {"use_tf32": "0"} if provider == "CUDAExecutionProvider" else {}
    runtime_memory.bound_memory(runtime)
    try:
        session: _RuntimeSession = runtime.InferenceSession(
            data,
            sess_options=_options(runtime, threads),
            providers=[(provider, settings)],
            enable_fallback=False,
        )
    except _runtime_errors() as error:
        if provider == _CPU and runtime_memory.wants_too_much(error):
            raise ModelError(runtime_memory.explain_too_much(name)) from error
        if provider == _CPU:  # runs everywhere: it is the model that is wrong
            raise ContractError(
                f"{name} is refused by onnxruntime: {error}; export the model again"
            ) from error
        return None, f"{provider} failed: {error}"
    started = session.get_providers()[0]
    if started == provider:
        return session, ""
    return None, f"{provider} could not start (its driver or libraries are missing)"


def _options(runtime: ModuleType, threads: int | None) -> object:
    options = runtime.SessionOptions()
    options.intra_op_num_threads = min(2, os.cpu_count() or 1) if threads is None else threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Threads that wait actively gain a fifth on an idle machine, but on a busy one a run takes
    # twice as long, and they take cores that Blender needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    runtime_memory.use_bounded_memory(options)
    return options


def _load_cuda_libraries(runtime: ModuleType) -> None:
    """Find CUDA in the nvidia-* wheels; onnxruntime prints what it misses, we log it."""
    preload = getattr(runtime, "preload_dlls", None)
    if preload is None:
        return
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        preload()
    if said.getvalue().strip():
        _log.info("CUDA libraries: %s", said.getvalue().strip())


def _check_graph(session: _RuntimeSession, contract: ModelContract) -> None:
    for what, found, specs in (
        ("input", session.get_inputs(), contract.inputs),
        ("output", session.get_outputs(), contract.outputs),
    ):
        infos = [TensorInfo(node.name, node.type, tuple(node.shape)) for node in found]
        check_tensors(what, infos, specs, contract.name)


def _check_output(
    spec: TensorSpec, sizes: Mapping[str, int], value: NDArray[Any], model: str
) -> None:
    desired = tuple(sizes.get(size, -1) if isinstance(size, str) else size for size in spec.shape)
    same_rank = len(desired) == value.ndim
    if not same_rank or any(w not in (-1, v) for w, v in zip(desired, value.shape, strict=True)):
        raise ContractError(
            f"model '{model}' gave '{spec.name}' of shape {value.shape}, its contract says "
            f"{spec.shape}; correct the contract"
        )
