"""How much memory networks may take: a model of anybody's must not have Blender ended for it.

All that the nodes of a graph write comes from one arena of this process, which has a limit: a run
that would go beyond fails, and what it took is given back. What onnxruntime works out in advance,
from constants alone, is made outside of that arena and has a limit of its own. Texts and sparse
tensors are bounded by neither, so ``model_file`` refuses them. What a provider keeps on a GPU is
the provider's own affair.

Source: onnxruntime, "Share allocator(s) between sessions", and its keys of session options.
"""

from __future__ import annotations

import functools
from types import ModuleType
from typing import Any, Final

import numpy as np

MAX_MEMORY_BYTES: Final = 4 * 2**30
"""The largest run of ours, four windows of the speech encoder, takes 0.2 GB: twenty times that,
and still within a machine of 8 GB beside Blender."""
MAX_CONSTANT_BYTES: Final = 64 * 2**20

_DEFAULT: Final = -1
_FULL: Final = ("is smaller than requested bytes of", "Failed to allocate memory", "bad_alloc")
_SHRINK: Final = ("memory.enable_memory_arena_shrinkage", "cpu:0")
# ONNX version 9, opset 18: y = Identity(x), both one float32.
_IDENTITY: Final = bytes.fromhex(
    "08093a370a100a017812017922084964656e746974791201675a0f0a0178120a0a08080112040a020801620f0a01"
    "79120a0a08080112040a02080142040a001012"
)


@functools.cache
def bound_memory(runtime: ModuleType) -> None:
    """Make the arena with its limit, once in a process.

    Args:
        runtime: the module onnxruntime.
    """
    kind = runtime.OrtAllocatorType.ORT_ARENA_ALLOCATOR
    place = runtime.OrtMemoryInfo("Cpu", kind, 0, runtime.OrtMemType.DEFAULT)
    how = runtime.OrtArenaCfg(MAX_MEMORY_BYTES, _DEFAULT, _DEFAULT, _DEFAULT)
    runtime.create_and_register_allocator(place, how)


def use_bounded_memory(options: Any) -> None:
    """Let a session take its memory from the arena.

    Args:
        options: onnxruntime's SessionOptions.
    """
    most = str(MAX_CONSTANT_BYTES)
    options.add_session_config_entry("session.use_env_allocators", "1")
    options.add_session_config_entry("optimization.constant_folding_max_output_size_in_bytes", most)


def wants_too_much(error: BaseException) -> bool:
    """Whether onnxruntime failed because memory ran out, of its arena or of the machine."""
    text = str(error)
    return isinstance(error, MemoryError) or any(sign in text for sign in _FULL)


def explain_too_much(model: str) -> str:
    """What is told then.

    Args:
        model: its name.
    """
    return (
        f"model '{model}' wants more memory than the {MAX_MEMORY_BYTES / 2**30:.0f} GB that "
        "networks may take. Choose another model, or generate fewer characters at once"
    )


def give_memory_back(runtime: ModuleType) -> None:
    """Return what the arena holds and nobody uses; onnxruntime does so after a run, never else."""
    session_options, run_options = runtime.SessionOptions(), runtime.RunOptions()
    session_options.log_severity_level = 4
    session_options.intra_op_num_threads = 1
    use_bounded_memory(session_options)
    run_options.add_run_config_entry(*_SHRINK)
    providers = ["CPUExecutionProvider"]
    session = runtime.InferenceSession(_IDENTITY, session_options, providers=providers)
    session.run(None, {"x": np.zeros(1, np.float32)}, run_options)
