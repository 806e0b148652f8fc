#!/usr/bin/env python3
"""The one entry point: finds a fitting Python, makes the environment once, runs the command in it.

  python3 build.py demo  [NAME] ...                     the main job, or that of one capability
  python3 build.py film  [--out DIR] [--quality Q] ...  the demo's scene by Cycles; resumable
  python3 build.py test  [--bpy X.Y] [--fast|--smoke|--gui|--zip] ...   run pytest, with the rest
  python3 build.py run   JOBS.toml [--jobs N] ...       a jobs file, without a Blender installed
  python3 build.py check                                lint, formatting, types, architecture rules
  python3 build.py ci                                   all gates: check, tests, smoke, the zip
  python3 build.py hardness [--json FILE]               hostile inputs, random edits, kills
  python3 build.py bench [--json FILE] [--provider P] [--batch]   time the runtime
  python3 build.py rigs  [--faces] [--json FILE] ...    walk every family of rigs, and measure it
  python3 build.py backend prepare|train|export|evaluate NAME ...
  python3 build.py zip [--platform P] [--gpu|--physics]  the installable extension, into dist/
  python3 build.py repository                           the same as a repository to subscribe to
  python3 build.py release [--website URL]              all of it, with checksums and notes
  python3 build.py shots [--out DIR]                    the manual's pictures, from a real window
  python3 build.py lock [--upgrade]                     resolve every environment into requirements/

Any Python from 3.8 on can start it. The commands run under Python 3.11 (Blender 4.2, 4.5, 5.0) or
3.13 (Blender 5.2), found on the PATH, under pyenv or through uv. Environments live in .build/ and
are made again only when requirements/ changes, which `lock` makes from what is stated here.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Iterator, NamedTuple, NoReturn, Sequence

ROOT = Path(__file__).resolve().parent
BUILD, LOCKS = ROOT / ".build", ROOT / "requirements"
WINDOWS = os.name == "nt"


class Blender(NamedTuple):
    """One Blender series as a Python module: each wheel runs on exactly one Python."""

    python: str
    bpy: str
    numpy: str
    stubs: str


BLENDERS = {
    "4.2": Blender("3.11", "bpy==4.2.23", "numpy==1.26.4", "fake-bpy-module-4.2==20260730"),
    "4.5": Blender("3.11", "bpy==4.5.15", "numpy==1.26.4", "fake-bpy-module-4.5==20260730"),
    "5.0": Blender("3.11", "bpy==5.0.1", "numpy==1.26.4", "fake-bpy-module-5.0==20260730"),
    "5.2": Blender("3.13", "bpy==5.2.3", "numpy==2.5.5", "fake-bpy-module-5.2==20260730"),
}
DEFAULT_SERIES = {"3.11": "4.5", "3.13": "5.2"}
TORCH_SERIES = "4.5"  # training and torch's tests run here only; elsewhere those tests skip

ONNXRUNTIME, ONNXRUNTIME_CUDA = "onnxruntime==1.31.1", "onnxruntime-gpu[cuda,cudnn]==1.31.1"
MUJOCO = "mujoco-core==4.0.0"  # it has no builds for Intel Macs, nor for Windows on ARM
WHERE = "platform_machine != 'ARM64' and (sys_platform != 'darwin' or platform_machine == 'arm64')"
EVERYWHERE = ("markdown-it-py==4.3.0", MUJOCO + " ; " + WHERE)  # the zip's manual; physics
# ml-dtypes, which onnx needs: from 0.6 on it needs numpy 2, which Blender up to 5.0 does not have.
TOOLS = """
    click==8.5.1 hypothesis==6.170.15 matplotlib==3.11.2 ml-dtypes==0.5.4 mypy==2.4.1 onnx==1.23.2
    pytest==9.2.0 pytest-xdist==3.8.0 rich==15.0.0 ruff==0.17.5 scipy==1.17.1 uv==0.13.9
""".split()
TRAINING = """
    onnxscript==0.7.2 tensorboard==2.21.0 scikit-learn==1.9.1 espeakng-loader==0.2.4
    safetensors==0.8.0 soundfile==0.13.1 bokeh==3.9.2 distributed==2026.8.0 quickjs==1.19.4
    cdflib==1.3.16 h5py==3.16.0
""".split()
# Each index has builds of its own, for CPU or CUDA: the one thing installed without a hash.
TORCH = "torch==2.13.0"
# Which tests an option of `test` runs; without one, all that need no window and no zip.
MARKS = {
    "--fast": "not gui and not zip and not slow",
    "--smoke": "smoke",
    "--gui": "gui",
    "--zip": "zip",
}
# A file's tests stay in one process, which has one Blender.
SPREAD = ("-n", "auto", "--dist", "loadfile", "--durations", "25")
MUST_IMPORT = "import bpy, numpy, onnxruntime"
WANTS_CUDA = """
from importlib.metadata import requires
raise SystemExit(any(r.startswith(("cuda-", "nvidia-")) for r in requires("torch") or ()))
"""


def fail(message: str) -> NoReturn:
    """End with one line on stderr."""
    sys.exit("build.py: " + message)


def say(message: str) -> None:
    """Tell on stderr what takes time; stdout belongs to the command."""
    print("build.py: " + message, file=sys.stderr, flush=True)


# ---------------------------------------------------------------------------- finding a Python


def find_python(version: str) -> str | None:
    """Path of a Python of this version that can make environments, or None."""
    for command in python_commands(version):
        found = probe_python(command, version)
        if found:
            return found
    return python_from_uv(version)


def python_commands(version: str) -> Iterator[list[str]]:
    """Commands that might be this Python, nearest first."""
    yield [sys.executable]
    for name in ("python" + version, "python3", "python"):
        found = shutil.which(name)
        if found:
            yield [found]
    if WINDOWS and shutil.which("py"):
        yield ["py", "-" + version]
    for folder in pyenv_folders(version):
        yield [str(folder / ("python.exe" if WINDOWS else "bin/python"))]


def pyenv_folders(version: str) -> list[Path]:
    """Folders of pyenv's Pythons of this version, newest first."""
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [
        f for v in ("versions", "pyenv-win/versions") for f in (root / v).glob(version + ".*")
    ]
    return sorted(folders, key=lambda folder: [int(n) for n in digits(folder.name)], reverse=True)


def digits(name: str) -> list[str]:
    """The numbers in a version name: 3.11.7 to ["3", "11", "7"]."""
    return "".join(c if c.isdigit() else " " for c in name).split()


def probe_python(command: Sequence[str], version: str) -> str | None:
    """The command's own executable where it runs, has this version, venv and pip; else None."""
    ask = (
        "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2]); print(sys.executable)"
    )
    try:
        answer = subprocess.run([*command, "-c", ask], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = answer.stdout.splitlines()
    return lines[1] if answer.returncode == 0 and lines[:1] == [version] else None


def python_from_uv(version: str) -> str | None:
    """A Python that uv has or can install, or None."""
    uv = shutil.which("uv")
    if not uv:
        return None
    for task in (["find"], ["install"], ["find"]):
        command = [uv, "python", *task, version]
        answer = subprocess.run(command, capture_output=True, text=True)
        if task == ["find"] and answer.returncode == 0:
            found = probe_python([answer.stdout.strip()], version)
            if found:
                return found
    return None


# ---------------------------------------------------------------------------- environments


class Environment(NamedTuple):
    """A virtual environment: kind is demo, full or cuda; series one of BLENDERS."""

    kind: str
    series: str

    @property
    def folder(self) -> Path:
        """Where it lives."""
        return BUILD / "env-{}-{}".format(self.kind, self.series)

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / ("Scripts/python.exe" if WINDOWS else "bin/python")

    @property
    def has_torch(self) -> bool:
        """Whether models can be trained in it."""
        return self.kind != "demo" and self.series == TORCH_SERIES

    @property
    def requirements(self) -> list[str]:
        """What it should hold, less what that needs in turn."""
        blender = BLENDERS[self.series]
        runtime = ONNXRUNTIME_CUDA if self.kind == "cuda" else ONNXRUNTIME
        desired = [blender.bpy, blender.numpy, runtime, *EVERYWHERE]
        if self.kind != "demo":
            desired += [blender.stubs, *TOOLS]
        if self.has_torch:
            desired += [TORCH, *TRAINING]
        return desired

    @property
    def lock(self) -> Path:
        """Exact versions of all that it holds, with hashes, for every system; all but torch."""
        return LOCKS / "{}-{}.txt".format(self.kind, self.series)

    @property
    def cuda_lock(self) -> Path | None:
        """The libraries that a torch built for CUDA needs besides, where the lock lacks them."""
        apart = self.has_torch and self.kind == "full"
        return self.lock.with_name(self.lock.stem + "-cuda.txt") if apart else None

    @property
    def fingerprint(self) -> str:
        """Changes whenever the environment must be made again."""
        locks = [self.lock, self.cuda_lock] if self.cuda_lock else [self.lock]
        desired = [BLENDERS[self.series].python, *(path.read_text() for path in locks)]
        desired += [TORCH] if self.has_torch else []
        return hashlib.sha256("\n".join(desired).encode()).hexdigest()

    @property
    def stamp(self) -> Path:
        """Written last, so an environment without it is half made."""
        return self.folder / "neural-motion-stamp"

    def is_ready(self) -> bool:
        """Whether it is complete and holds what it should."""
        stamped = self.stamp.read_text() if self.stamp.is_file() else ""
        return stamped == self.fingerprint and self.python.exists()


def every_environment() -> list[Environment]:
    """All that can be made."""
    both = [Environment(kind, series) for kind in ("demo", "full") for series in BLENDERS]
    return [*both, Environment("cuda", TORCH_SERIES)]


def prepare(kind: str, series: str | None = None) -> Environment:
    """The desired environment, made where it is not there yet.

    Args:
        kind: demo, full or cuda.
        series: one of BLENDERS; None takes the LTS of the best Python at hand.
    """
    if series is not None and series not in BLENDERS:
        fail("--bpy {} is unknown; choose one of {}".format(series, ", ".join(BLENDERS)))
    desired = [Environment(kind, s) for s in ([series] if series else default_series(kind))]
    for environment in desired:
        with locked(BUILD / (environment.folder.name + ".lock")):
            if environment.is_ready() or make(environment):
                return environment
    pythons = [BLENDERS[e.series].python for e in desired]
    ask = "no Python {0} with venv and pip was found; install one, for example: pyenv install {1} "
    return fail((ask + "(or: uv python install {1})").format(" or ".join(pythons), pythons[0]))


def default_series(kind: str) -> list[str]:
    """Blender series to try: the running Python's own first; only one of them has torch."""
    if kind == "cuda":
        return [TORCH_SERIES]
    own = DEFAULT_SERIES.get("{}.{}".format(*sys.version_info[:2]), "4.5")
    return sorted(DEFAULT_SERIES.values(), key=lambda series: series != own)


def make(environment: Environment) -> bool:
    """Make the environment; False where there is no Python for it."""
    python = find_python(BLENDERS[environment.series].python)
    if python is None:
        return False
    say("making {} (once; a minute or two) ...".format(environment.folder.relative_to(ROOT)))
    shutil.rmtree(str(environment.folder), ignore_errors=True)
    inside = str(environment.python)
    log = environment.folder.with_suffix(environment.folder.suffix + ".log")
    with open(str(log), "w") as output:
        logged([python, "-m", "venv", str(environment.folder)], output)
        install(environment, output)
        logged([inside, "-c", MUST_IMPORT], output)
    environment.stamp.write_text(environment.fingerprint)
    return True


def install(environment: Environment, output: IO[str]) -> None:
    """Put in what the lock lists, each file checked by its hash; then torch, without one."""
    inside = str(environment.python)
    pip = [inside, "-m", "pip", "install", "--only-binary", ":all:", "--no-input"]
    pip += ["--progress-bar", "off", "--no-compile"]  # Python compiles what is imported, alone
    logged([*pip, "--require-hashes", "-r", str(environment.lock)], output)
    if environment.has_torch:
        logged([*pip, "--no-deps", TORCH], output)
    if environment.cuda_lock and subprocess.call([inside, "-c", WANTS_CUDA]):
        logged([*pip, "--require-hashes", "-r", str(environment.cuda_lock)], output)


def logged(command: Sequence[str], output: IO[str]) -> None:
    """Run one step of making an environment; a failure shows the log's end."""
    environ = dict(child_environ(), PIP_DISABLE_PIP_VERSION_CHECK="1")
    if subprocess.call(list(command), stdout=output, stderr=subprocess.STDOUT, env=environ):
        output.flush()
        end = Path(output.name).read_text(errors="replace").strip().splitlines()[-12:]
        print("\n".join(end), file=sys.stderr)
        fail("this step failed: {} (whole log: {})".format(" ".join(command), output.name))


@contextlib.contextmanager
def locked(path: Path) -> Iterator[None]:
    """Let one process at a time make an environment; the others wait and find it made."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(str(path), "w") as handle:
        if sys.platform == "win32":
            import msvcrt

            while True:
                with contextlib.suppress(OSError):
                    msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
                    break
                time.sleep(0.5)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


# ---------------------------------------------------------------------------- running


def child_environ() -> dict[str, str]:
    """The caller's environment; this checkout importable, the user's own set-up left out."""
    environ = dict(os.environ, PYTHONPATH=str(ROOT), PYTHONNOUSERSITE="1")
    environ.pop("PYTHONHOME", None)
    (BUILD / "blender-user").mkdir(parents=True, exist_ok=True)
    environ.setdefault("BLENDER_USER_RESOURCES", str(BUILD / "blender-user"))
    return environ


def run(environment: Environment, arguments: Sequence[str], folder: Path | None = None) -> int:
    """Run the environment's Python and return its exit code; Ctrl-C and TERM reach it."""
    command = [str(environment.python), *arguments]
    child = subprocess.Popen(command, env=child_environ(), cwd=str(folder) if folder else None)
    before = signal.signal(signal.SIGTERM, lambda number, frame: child.terminate())
    try:
        while True:
            # Ctrl-C goes to the child as well, which ends by itself; only its code is awaited.
            with contextlib.suppress(KeyboardInterrupt):
                code = child.wait()
                return code if code >= 0 else 128 - code
    finally:
        signal.signal(signal.SIGTERM, before)


def take_option(arguments: Sequence[str], name: str) -> tuple[str | None, list[str]]:
    """Split `name VALUE` or `name=VALUE` off: (its value or None, the other arguments)."""
    value, rest, waiting = None, [], False
    for argument in arguments:
        if waiting or argument.startswith(name + "="):
            value, waiting = argument[0 if waiting else len(name) + 1 :], False
        elif argument == name:
            waiting = True
        else:
            rest.append(argument)
    if waiting:
        fail("{} needs a value".format(name))
    return value, rest


# ---------------------------------------------------------------------------- commands


def demo(arguments: Sequence[str]) -> int:
    """Make the demo with as little installed as the extension itself needs."""
    series, rest = take_option(arguments, "--bpy")
    return run(prepare("demo", series), ["-m", "backend.demos", *rest])


def test(arguments: Sequence[str]) -> int:
    """Run pytest over tests/ on all cores, or as the caller's arguments say."""
    series, rest = take_option(arguments, "--bpy")
    chosen = [option for option in rest if option in MARKS]
    if len(chosen) > 1:
        fail("{} exclude each other".format(", ".join(chosen)))
    rest = [option for option in rest if option not in MARKS]
    rest = rest or list(SPREAD if chosen in ([], ["--fast"]) else ())
    marks = MARKS[chosen[0]] if chosen else "not gui and not zip"
    return run(prepare("full", series), ["-m", "pytest", "-m", marks, *rest], ROOT)


def check(arguments: Sequence[str]) -> int:
    """Run every check that needs no model and no data; all run, then the failed ones are named."""
    if arguments:
        fail("check takes no arguments; found {}".format(" ".join(arguments)))
    environment = prepare("full")
    quick_tests = "pytest -q tests/architecture tests/docs"
    steps = ("ruff check .", "ruff format --check .", "mypy", quick_tests)
    failed = [step for step in steps if run(environment, ["-m", *step.split()], ROOT)]
    say("failed: " + "; ".join(failed) if failed else "all checks passed")
    return 1 if failed else 0


def bench(arguments: Sequence[str]) -> int:
    """Time the runtime; a CUDA provider gets the onnxruntime that has it."""
    provider, _ = take_option(arguments, "--provider")
    kind = "cuda" if "cuda" in (provider or "").lower() else "full"
    return run(prepare(kind, TORCH_SERIES), ["-m", "backend", "bench", *arguments])


COMMANDS = {"demo": demo, "test": test, "check": check, "bench": bench}
# Those that run one module: in which environment, and which.
MODULES = {
    "run": ("demo", None, "backend.batch"),
    "hardness": ("full", TORCH_SERIES, "backend hardness"),
    "film": ("full", TORCH_SERIES, "backend.demos.short_film"),
    "rigs": ("full", TORCH_SERIES, "backend rigs"),
    "backend": ("full", TORCH_SERIES, "backend"),
    "zip": ("demo", None, "backend.packaging.extension zip"),
    "repository": ("demo", None, "backend.packaging.extension repository"),
    "release": ("demo", None, "backend.packaging.release"),
    "shots": ("full", None, "backend.window.shots"),
    "lock": ("full", None, "backend.packaging.locks"),
    "ci": ("full", TORCH_SERIES, "backend.packaging.gates"),
}


def run_module(name: str, arguments: Sequence[str]) -> int:
    """Run one of MODULES; the arguments are its own."""
    kind, series, module = MODULES[name]
    return run(prepare(kind, series), ["-m", *module.split(), *arguments])


def main(arguments: Sequence[str]) -> int:
    """Run the named command."""
    name, rest = (arguments[0], arguments[1:]) if arguments else ("--help", [])
    known = [*COMMANDS, *MODULES]
    if name in ("-h", "--help", "help"):
        print(__doc__)
        return 0
    if name not in known:
        fail("unknown command {}; choose one of {}".format(name, ", ".join(known)))
    try:
        return COMMANDS[name](rest) if name in COMMANDS else run_module(name, rest)
    except KeyboardInterrupt:
        say("interrupted; run it again whenever you like")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
