"""Reads pickles of plain data and NumPy arrays, and never runs anything that a pickle asks for.

Pickle is a small language whose programs may call any function there is. This interpreter knows
the words for numbers, texts, lists, tuples, dictionaries and arrays; the few functions that NumPy's
arrays are written with are names to it, each with a meaning of its own here. Nothing is imported or
called, and no state is handed to an object of NumPy's.

Source: Python's pickletools, which takes the bytes apart without running them; numpy's
``ndarray.__reduce__``.
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from blender_addon.core.errors import MALFORMED, InputError, shortened

_MOST_STACKED: Final = 1_000_000
_MOST_BYTES: Final = 4 << 30
_PLAIN_TYPE: Final = re.compile(r"[<>|=]?[fiu][1248]|[<>|=]?b1|[?]")
_OBJECTS: Final = "O"

_NEW_ARRAY, _NEW_TYPE, _FROM_BUFFER, _ENCODE, _NO_BYTES, _ARRAY = (
    "new array", "new type", "array from bytes", "bytes from text", "no bytes", "array",
)  # fmt: skip
_CORE: Final = ("numpy.core", "numpy._core")
_NAMES: Final[Mapping[str, str]] = {
    **{f"{core}.multiarray _reconstruct": _NEW_ARRAY for core in _CORE},
    **{f"{core}.numeric _frombuffer": _FROM_BUFFER for core in _CORE},
    "numpy dtype": _NEW_TYPE,
    "numpy ndarray": _ARRAY,
    "_codecs encode": _ENCODE,
    "__builtin__ bytes": _NO_BYTES,
}


class UnsafePickleError(InputError):
    """A pickle asks for more than plain data and arrays."""


class _Name:
    """What stands for a function or a class that a pickle names; it cannot be called."""

    __slots__ = ("meaning",)

    def __init__(self, meaning: str) -> None:
        self.meaning = meaning


class _Type:
    """A type of numbers in the making: its byte order comes later."""

    __slots__ = ("code", "order")

    def __init__(self, code: str) -> None:
        self.code, self.order = code, "<"

    def complete(self) -> np.dtype:
        """The type, one of plain numbers."""
        text = self.code.lstrip("<>|=")
        text = (self.order if self.order in "<>" else "|") + text
        if not _PLAIN_TYPE.fullmatch(text):
            raise UnsafePickleError(
                f"it holds numbers of type '{self.code}'; expected plain ones such as f4 or i8"
            )
        return np.dtype(text)


class _Array:
    """An array in the making: its content comes later."""

    __slots__ = ("value",)

    def __init__(self) -> None:
        self.value: object = None


def read_pickle(data: bytes) -> Any:
    """What a pickle holds: numbers, texts, lists, tuples, dictionaries and arrays.

    Args:
        data: of any protocol; the first pickle in it is read. An array of objects comes as the list
            of them, one without axes as its object.

    Raises:
        UnsafePickleError: it asks for anything else.
        InputError: it is no pickle, cut short, or contradicts itself.
    """
    if len(data) > _MOST_BYTES:
        raise InputError(f"a pickle of {len(data)} bytes is too large to be read")
    machine = _Machine()
    try:
        for opcode, argument, _ in pickletools.genops(io.BytesIO(data)):
            if machine.step(opcode.name, argument):
                return _finished(machine.result(), {}, 0)
    except InputError:
        raise
    except (*MALFORMED, EOFError, MemoryError, pickle.UnpicklingError) as error:
        raise InputError(
            f"it is no whole pickle ({shortened(error)}); fetch the file again"
        ) from error
    raise InputError("it is no whole pickle: its end is missing; fetch the file again")


class _Machine:
    """The stack and the memory that a pickle's words work on."""

    def __init__(self) -> None:
        self._stack: list[Any] = []
        self._marks: list[int] = []
        self._memory: dict[int, Any] = {}
        self._steps: Mapping[str, Callable[[Any], None]] = self._all_steps()

    def step(self, word: str, argument: Any) -> bool:
        """Do one word; True at the end."""
        if word == "STOP":
            return True
        known = self._steps.get(word)
        if known is None:
            raise UnsafePickleError(
                f"it uses the word {word}, which a file of plain data and arrays has no need of. "
                "It may be harmful: do not open it with anything else either"
            )
        known(argument)
        if len(self._stack) > _MOST_STACKED:
            raise InputError("a pickle of this depth is no file of poses")
        return False

    def result(self) -> Any:
        """The one thing that is left."""
        if len(self._stack) != 1 or self._marks:
            raise ValueError(f"{len(self._stack)} things are left at the end")
        return self._stack[0]

    def _all_steps(self) -> dict[str, Callable[[Any], None]]:
        push = self._stack.append
        numbers = ("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT",
                   "BINFLOAT")  # fmt: skip
        texts = ("UNICODE", "BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "STRING", "BINSTRING",
                 "SHORT_BINSTRING", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8",
                 "BYTEARRAY8")  # fmt: skip
        steps: dict[str, Callable[[Any], None]] = dict.fromkeys((*numbers, *texts), push)
        steps |= dict.fromkeys(("PROTO", "FRAME"), lambda _: None)
        steps |= dict.fromkeys(("GET", "BINGET", "LONG_BINGET"), self._recall)
        steps |= dict.fromkeys(("PUT", "BINPUT", "LONG_BINPUT"), self._remember)
        steps |= {
            "MEMOIZE": lambda _: self._remember(len(self._memory)),
            "NONE": lambda _: push(None),
            "NEWTRUE": lambda _: push(True),
            "NEWFALSE": lambda _: push(False),
            "EMPTY_LIST": lambda _: push([]),
            "EMPTY_DICT": lambda _: push({}),
            "EMPTY_TUPLE": lambda _: push(()),
            "MARK": lambda _: self._marks.append(len(self._stack)),
            "LIST": lambda _: push(self._since_mark()),
            "TUPLE": lambda _: push(tuple(self._since_mark())),
            "TUPLE1": lambda _: push(tuple(self._last(1))),
            "TUPLE2": lambda _: push(tuple(self._last(2))),
            "TUPLE3": lambda _: push(tuple(self._last(3))),
            "DICT": lambda _: push(_pairs(self._since_mark())),
            "APPEND": lambda _: self._extend(self._last(1)),
            "APPENDS": lambda _: self._extend(self._since_mark()),
            "SETITEM": lambda _: self._update(self._last(2)),
            "SETITEMS": lambda _: self._update(self._since_mark()),
            "GLOBAL": lambda name: push(_named(name)),
            "STACK_GLOBAL": lambda _: push(_named(" ".join(map(str, self._last(2))))),
            "REDUCE": lambda _: self._reduce(*self._last(2)),
            "BUILD": lambda _: self._build(*self._last(2)),
        }
        return steps

    def _last(self, count: int) -> list[Any]:
        if len(self._stack) - (self._marks[-1] if self._marks else 0) < count:
            raise ValueError(f"{count} things are needed, and not there")
        taken = self._stack[-count:]
        del self._stack[-count:]
        return taken

    def _since_mark(self) -> list[Any]:
        start = self._marks.pop()
        taken = self._stack[start:]
        del self._stack[start:]
        return taken

    def _recall(self, number: Any) -> None:
        self._stack.append(self._memory[int(number)])

    def _remember(self, number: Any) -> None:
        self._memory[int(number)] = self._stack[-1]

    def _extend(self, values: list[Any]) -> None:
        if type(self._stack[-1]) is not list:
            raise TypeError("something is added to what is no list")
        self._stack[-1].extend(values)

    def _update(self, values: list[Any]) -> None:
        if type(self._stack[-1]) is not dict:
            raise TypeError("something is put into what is no dictionary")
        self._stack[-1].update(_pairs(values))

    def _reduce(self, name: Any, arguments: Any) -> None:
        """A call, in pickle; here, one of five things that arrays are written with."""
        if not isinstance(name, _Name) or type(arguments) is not tuple:
            raise UnsafePickleError("it calls something that is no name known here")
        make = {
            _NEW_ARRAY: lambda *_: _Array(),
            _NEW_TYPE: _new_type,
            _FROM_BUFFER: _from_buffer,
            _ENCODE: _encode,
            _NO_BYTES: lambda: b"",
        }.get(name.meaning)
        if make is None:
            raise UnsafePickleError(f"it calls '{name.meaning}'")
        self._stack.append(make(*arguments))

    def _build(self, unfinished: Any, state: Any) -> None:
        """State for an object, in pickle; here, for an array or the type of its numbers alone."""
        if isinstance(unfinished, _Array):
            unfinished.value = _array_of(state)
        elif isinstance(unfinished, _Type):
            unfinished.order = str(state[1])
        else:
            raise UnsafePickleError(f"it changes the state of a {type(unfinished).__name__}")
        self._stack.append(unfinished)


def _named(name: str) -> _Name:
    if name not in _NAMES:
        shown = name.replace(" ", ".")[:100]
        raise UnsafePickleError(
            f"it asks for {shown}; a file of poses needs dictionaries, numbers and arrays alone. "
            "It may be harmful: do not open it with anything else either"
        )
    return _Name(_NAMES[name])


def _pairs(values: list[Any]) -> dict[Any, Any]:
    return dict(zip(values[::2], values[1::2], strict=True))


def _new_type(code: str, *_: object) -> _Type:
    return _Type(str(code))


def _encode(text: str, encoding: str) -> bytes:
    """How bytes are written for old readers."""
    if encoding not in ("latin1", "latin-1"):
        raise UnsafePickleError(f"it encodes text as {encoding!a}")
    return text.encode("latin-1")


def _from_buffer(data: bytes, kind: _Type, shape: tuple[int, ...], order: str) -> _Array:
    made = _Array()
    made.value = _numbers(data, kind.complete(), shape, order == "F")
    return made


def _array_of(state: tuple[Any, ...]) -> object:
    """Content of an array: (version, shape, type, by columns, bytes or list)."""
    _, shape, kind, by_columns, content = state
    if not isinstance(kind, _Type):
        raise TypeError("an array's type is none")
    if kind.code.lstrip("<>|=").startswith(_OBJECTS):
        if type(content) is not list or len(content) != math.prod(shape):
            raise ValueError("an array of objects does not hold as many as it says")
        return content if shape else content[0]
    return _numbers(content, kind.complete(), shape, bool(by_columns))


def _numbers(content: Any, kind: np.dtype, shape: Any, by_columns: bool) -> NDArray:
    data = content.encode("latin-1") if isinstance(content, str) else content
    if type(data) not in (bytes, bytearray):
        raise TypeError("an array's content is no bytes")
    if any(type(size) is not int or size < 0 for size in shape):
        raise ValueError(f"an array has the shape {shape}")
    if len(data) != math.prod(shape) * kind.itemsize:
        raise ValueError(f"an array of shape {shape} has {len(data)} bytes")
    return np.frombuffer(data, kind).reshape(shape, order="F" if by_columns else "C")


def _finished(value: Any, done: dict[int, Any], depth: int) -> Any:
    """The value with what arrays were in the making replaced by what they hold."""
    if depth > 50:
        raise InputError("it is nested too deeply, or within itself")
    if isinstance(value, _Name | _Type):
        raise UnsafePickleError("it holds a function or a type, not data")
    if id(value) in done:
        return done[id(value)]
    result = value
    if isinstance(value, _Array):
        result = _finished(value.value, done, depth + 1)
    elif type(value) is dict:
        result = {
            _finished(k, done, depth + 1): _finished(v, done, depth + 1) for k, v in value.items()
        }
    elif type(value) in (list, tuple):
        result = type(value)(_finished(each, done, depth + 1) for each in value)
    done[id(value)] = result
    return result
