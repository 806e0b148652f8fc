"""A runtime that does not load is an error of ours that says what to install, on every system."""

from __future__ import annotations

import importlib
import re
import sys
from types import ModuleType

import onnxruntime
import pytest

from blender_addon.core.errors import ModelError
from blender_addon.core.inference import session as sessions
from blender_addon.core.inference.runtime_problem import explain_import_failure
from blender_addon.core.inference.session import ModelSession, provider_states
from blender_addon.core.jobs import Outcome

CPU, CUDA = "CPUExecutionProvider", "CUDAExecutionProvider"
MISSING_DLL = "DLL load failed while importing onnxruntime_pybind11_state: "


@pytest.mark.parametrize(
    ("error", "system", "says"),
    [
        (ImportError(MISSING_DLL + "The specified module could not be found."), "win32",
         r"Visual C\+\+ Redistributable \(x64\) from https://aka.ms/"),
        (ImportError(MISSING_DLL + "A dynamic link library (DLL) initialization routine failed."),
         "win32", r"Visual C\+\+ Redistributable"),
        (OSError(22, "DLL", None, 126, "msvcp140_1.dll"), "win32", r"Visual C\+\+ Redist"),
        (ImportError("/lib/libm.so.6: version `GLIBC_2.27' not found"), "linux", "glibc 2.28"),
        (ImportError("libstdc++.so.6: cannot open shared object file"), "linux", "that is named"),
        (ImportError("dlopen(onnxruntime.so): Symbol not found"), "darwin", "macOS 14"),
        (ImportError("numpy.core.multiarray failed to import"), "win32", "Another NumPy"),
        (AttributeError("module 'onnxruntime' has no attribute"), "win32", "install the extens"),
        (ImportError("cannot import name 'RunOptions'"), "linux", "close Blender, and install"),
        (ModuleNotFoundError("No module named 'onnxruntime'", name="onnxruntime"), "win32",
         "install the extension from its zip"),
        (ModuleNotFoundError("No module named 'flatbuffers'", name="flatbuffers"), "linux",
         "install the one that is named"),
    ],
)  # fmt: skip
def test_what_to_install_is_said(error, system, says):
    said = explain_import_failure(error, system)
    assert re.search(says, said)
    assert "\n" not in said and len(said) < 700


@pytest.mark.parametrize(
    "error",
    [
        ImportError(MISSING_DLL), OSError(126, "module not found"), AttributeError("none"),
        RuntimeError("module compiled against ABI version"), SystemError("initialization failed"),
    ],
)  # fmt: skip
def test_a_runtime_that_does_not_load_is_our_own_error(write_model, monkeypatch, error):
    path, usual = write_model(), importlib.import_module

    def fail(name, *more):
        if name == "onnxruntime":
            raise error
        return usual(name, *more)

    monkeypatch.setattr(importlib, "import_module", fail)
    for use in (
        lambda: ModelSession(path, [CPU]), sessions.available_providers,
        lambda: provider_states([CPU]),
    ):  # fmt: skip
        with pytest.raises(ModelError, match=r"cannot be loaded: .*Troubleshooting"):
            use()


def test_a_folder_that_an_old_version_left_behind(write_model, monkeypatch):
    path = write_model()
    monkeypatch.setitem(sys.modules, "onnxruntime", ModuleType("onnxruntime"))
    with pytest.raises(ModelError, match="not complete: close Blender"):
        ModelSession(path, [CPU])


needs_no_cuda = pytest.mark.skipif(
    CUDA in onnxruntime.get_available_providers(), reason="CUDA may start here"
)


@needs_no_cuda
def test_only_the_preferences_tell_what_is_not_in_the_build(write_model, caplog):
    session = ModelSession(write_model(), [CUDA, CPU])
    assert not [record for record in caplog.records if record.levelname == "WARNING"]
    assert Outcome(None, (session.ran,), 0.5).describe() == "Execution provider CPU, 0.50 s (toy)"
    cuda, cpu, other = provider_states([CUDA, CPU, "AbacusExecutionProvider"])
    assert (cuda.name, cuda.problem) == (CUDA, "is not in this build of onnxruntime")
    assert (cpu.problem, other.problem) == ("", "is unknown")


@needs_no_cuda
@pytest.mark.filterwarnings("ignore:Specified provider:UserWarning")
def test_why_a_provider_did_not_start_is_kept_for_the_preferences(write_model, monkeypatch):
    available = onnxruntime.get_available_providers()
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: [CUDA, *available])
    monkeypatch.setattr(sessions, "_failures", {})
    assert provider_states([CUDA])[0].problem == ""
    session = ModelSession(write_model(), [CUDA, CPU])
    assert "could not start" in Outcome(None, (session.ran,), 0.5).describe()
    assert provider_states([CUDA])[0].problem.startswith("could not start")
