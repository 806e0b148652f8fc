"""Every error this project raises on purpose.

NeuralMotionError
├── InputError              what the user gave cannot be used
│   ├── ClipError           a motion clip is malformed
│   │   └── BvhError        a BVH file is malformed (carries its line number)
│   ├── SkeletonError       a skeleton lacks joints or is inconsistent
│   ├── PathError           a path cannot be walked
│   ├── TerrainError        the ground under the path is missing or unusable
│   ├── GazeError           there is nothing that these eyes could look at, or no eyes
│   ├── SoundError          a sound is missing, unreadable or empty
│   ├── FaceError           a face has no shape to move, or its curves are malformed
│   ├── FilmError           a film is missing, unreadable or shows nobody
│   ├── PhysicsError        nothing can be simulated here, or this cannot
│   └── SettingsError       a number or choice is out of range
├── ModelError              a model file cannot be used
│   ├── ContractError       the model and its contract, or its use, disagree
│   └── ProviderError       a desired execution provider is not available
├── RegistryError           a capability is registered, but its code or its model is missing
└── Cancelled               the user pressed Esc; not a failure

A message says what was found, what was expected and what to do.
"""

from __future__ import annotations

from typing import Final


class NeuralMotionError(Exception):
    """Root of every error raised on purpose."""


class InputError(NeuralMotionError):
    """What the user gave cannot be used."""


class ClipError(InputError):
    """A motion clip is malformed."""


class BvhError(ClipError):
    """A BVH file is malformed.

    Args:
        message: what was found and what was expected.
        line: 1-based line number in the file.
    """

    def __init__(self, message: str, line: int) -> None:
        super().__init__(f"line {line}: {message}")
        self.line = line


class SkeletonError(InputError):
    """A skeleton lacks joints or is inconsistent."""


class PathError(InputError):
    """A path cannot be walked."""


class TerrainError(InputError):
    """The ground under the path is missing or unusable."""


class GazeError(InputError):
    """There is nothing that these eyes could look at, or no eyes."""


class SoundError(InputError):
    """A sound is missing, unreadable or empty."""


class FaceError(InputError):
    """A face has no shape to move, or its curves are malformed."""


class FilmError(InputError):
    """A film is missing, unreadable or shows nobody."""


class PhysicsError(InputError):
    """Nothing can be simulated here, or not this."""


class SettingsError(InputError):
    """A number or choice is out of range."""


class ModelError(NeuralMotionError):
    """A model file cannot be used."""


class ContractError(ModelError):
    """The model and its contract, or its use, disagree."""


class ProviderError(ModelError):
    """A desired execution provider is not available."""


class RegistryError(NeuralMotionError):
    """A capability is registered, but its code is missing, or none has a model for a task."""


class Cancelled(NeuralMotionError):  # noqa: N818 - an outcome, not a failure
    """The user cancelled; the caller leaves everything as it was."""


OUTSIDE: Final = (OSError, UnicodeError, MemoryError, RecursionError)
"""What files, memory and disks may raise anywhere; not the user's fault, and not ours."""
MALFORMED: Final = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OverflowError,
)  # fmt: skip
"""What taking apart a document raises that anybody may have written."""
REPORTED: Final = (NeuralMotionError, *OUTSIDE)
"""What an operator or a command tells in one sentence, instead of a traceback."""


def in_words(error: BaseException) -> str:
    """What is told of an error that is one of ``REPORTED``.

    Args:
        error: what was raised.

    Returns:
        What was found and what to do, without line breaks.
    """
    if isinstance(error, OSError):
        what = f"{error.filename}: " if error.filename else ""
        text = f"{what}{error.strerror or str(error) or 'a file cannot be used'}. Check the file, "
        return _one_line(text + "its folder, the rights and the room on the disk")
    if isinstance(error, UnicodeError):
        return _one_line(f"a text cannot be read ({error}). Save it as UTF-8, or choose another")
    if isinstance(error, MemoryError):
        return "there is not enough memory. Close other programs, or generate in parts"
    if isinstance(error, RecursionError):
        return "a file is nested too deeply to be read. Choose another"
    return str(error)


def shortened(error: BaseException, letters: int = 200) -> str:
    """An error as it is told within another one: what it quotes may be a whole file."""
    text = repr(error)
    return text if len(text) <= letters else text[: letters - 1] + "…"


def _one_line(text: str) -> str:
    return " ".join(text.split())
