"""Plain data and arrays come out of a pickle of any protocol; nothing that it asks for is done."""

from __future__ import annotations

import io
import os
import pickle
import pickletools
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from backend.video.corpora.dictionaries import read_dictionary, read_positions
from backend.video.corpora.restricted_pickle import UnsafePickleError, read_pickle
from blender_addon.core.errors import InputError

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)
ARRAYS = (
    np.arange(12, dtype=np.float32).reshape(2, 2, 3),
    np.asfortranarray(np.arange(6, dtype=">f8").reshape(2, 3)),
    np.array([[True, False]]),
    np.arange(3, dtype=np.uint8),
    np.zeros((0, 32, 3), np.float32),
)


class Spy:
    """Something that a pickle would call, and what shows that it did."""

    def __init__(self, function, arguments) -> None:
        self._call = function, arguments

    def __reduce__(self):
        return self._call


CALLED: list[str] = []


def told(word: str) -> None:
    CALLED.append(word)


@pytest.fixture(autouse=True)
def nothing_was_called():
    CALLED.clear()
    yield
    assert not CALLED


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_plain_data_comes_out(protocol: int) -> None:
    value = {
        "S1": {"Walking 1": [1, -2.5, 2**80, True, None, "ä"], "tuple": (1, (2, 3), (), (4,) * 9)},
        "bytes": b"\x00\xff",
        "empty": [{}, []],
    }
    assert read_pickle(pickle.dumps(value, protocol)) == value


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("array", ARRAYS, ids=lambda each: f"{each.dtype.str}{each.shape}")
def test_arrays_come_out(array: np.ndarray, protocol: int) -> None:
    found = read_pickle(pickle.dumps({"a": array, "again": [array]}, protocol))
    np.testing.assert_array_equal(found["a"], array)
    assert (found["a"].dtype, found["a"].shape) == (array.dtype, array.shape)
    np.testing.assert_array_equal(found["again"][0], array)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_an_array_of_objects_gives_what_is_in_it(protocol: int) -> None:
    inside = {"S1": np.ones(2, np.float32)}
    alone = np.empty((), object)
    alone[()] = inside
    found = read_pickle(pickle.dumps(alone, protocol))
    np.testing.assert_array_equal(found["S1"], inside["S1"])
    several = np.array([1, "two", None], object)
    assert read_pickle(pickle.dumps(several, protocol)) == [1, "two", None]


def test_what_python_2_wrote_comes_out() -> None:
    """Bytes were texts then, and so are the numbers of an array."""
    old = (
        b"\x80\x02}q\x00U\x01aq\x01cnumpy.core.multiarray\n_reconstruct\nq\x02cnumpy\nndarray\nq\x03"
        b"K\x00\x85U\x01b\x87Rq\x04(K\x01K\x02\x85cnumpy\ndtype\nq\x05U\x02f4K\x00K\x01\x87R(K\x03"
        b"U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x08"
        + struct.pack("<2f", 1.5, -2.0) + b"tbs."
    )  # fmt: skip
    np.testing.assert_array_equal(read_pickle(old)["a"], [1.5, -2.0])


HARMFUL = {
    "os.system": Spy(os.system, ("exit 1",)),
    "builtins.eval": Spy(eval, ("told('eval')",)),
    "builtins.exec": Spy(exec, ("raise SystemExit",)),
    "getattr": Spy(getattr, ("text", "upper")),
    "own function": Spy(told, ("called",)),
    "numpy loader": Spy(np.load, ("/etc/passwd",)),
    "numpy from file": Spy(np.fromfile, ("/etc/passwd",)),
    "class": os.PathLike,
    "module function": told,
    "set": {1, 2},
    "complex": 1j,
    "array of text": np.array(["a"]),
    "record array": np.zeros(2, np.dtype([("a", "f4")])),
    "numpy scalar": np.float32(1.0),
}


@pytest.mark.parametrize("nested", [False, True], ids=["bare", "nested"])
@pytest.mark.parametrize("name", HARMFUL)
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_anything_else_is_refused(name: str, nested: bool, protocol: int) -> None:
    inside = np.empty((), object)
    inside[()] = {"S1": {"walk": [HARMFUL[name]]}}
    data = pickle.dumps(inside if nested else HARMFUL[name], protocol)
    with pytest.raises(UnsafePickleError):
        read_pickle(data)


def spelled(*parts: bytes) -> bytes:
    return b"\x80\x04" + b"".join(parts) + b"."


def text(value: str) -> bytes:
    return b"\x8c" + bytes([len(value)]) + value.encode()


RECONSTRUCT = text("numpy.core.multiarray") + text("_reconstruct") + b"\x93"
NDARRAY = text("numpy") + text("ndarray") + b"\x93"
DTYPE = text("numpy") + text("dtype") + b"\x93"
ARRAY = RECONSTRUCT + NDARRAY + b"K\x00\x85C\x01b\x87R"


def dtype(code: str, flags: bytes = b"K\x00") -> bytes:
    state = b"(K\x03" + text("|") + b"NNN" + b"J\xff\xff\xff\xff" * 2 + flags + b"tb"
    return DTYPE + text(code) + b"\x89\x88\x87R" + state


EIGHT = b"\x89C\x08" + bytes(8) + b"tb"
ONE = ARRAY + b"(K\x01K\x01\x85"
TRICKS = {
    # an array whose bytes NumPy would take for addresses of objects
    "objects from bytes": ONE + dtype("O8") + EIGHT,
    "structure with objects": ONE + dtype("O,O") + EIGHT,
    "void type": ONE + dtype("V8") + EIGHT,
    "more than there are": ARRAY + b"(K\x01K\x7f\x85" + dtype("f8") + EIGHT,
    "negative size": ARRAY + b"(K\x01J\xff\xff\xff\xff\x85" + dtype("f8") + EIGHT,
    "subclass": RECONSTRUCT + text("numpy") + text("memmap") + b"\x93K\x00\x85C\x01b\x87R",
    "global by dots": text("numpy") + text("ndarray.__subclasses__") + b"\x93",
    "call of an array": ARRAY + b")R",
    "class made": NDARRAY + b")\x81",
    "state of a dictionary": b"}" + text("a") + b"b",
    "state of a function": RECONSTRUCT + b"}b",
    "extension": b"\x82\x01",
    "persistent": b"K\x01Q",
    "old instance": b"(ios\nsystem\n",
    "outer buffer": b"\x97",
    "array in itself": b"]\x94(h\x00e",
    "codec": text("_codecs") + text("encode") + b"\x93" + text("x") + text("rot13") + b"\x86R",
    "function kept": RECONSTRUCT,
    "list as name": b"]]\x85R",
}  # fmt: skip


def test_without_a_trick_the_same_words_make_an_array() -> None:
    np.testing.assert_array_equal(read_pickle(spelled(ONE, dtype("f8"), EIGHT)), [0.0])


@pytest.mark.parametrize("name", TRICKS)
def test_tricks_are_refused(name: str) -> None:
    with pytest.raises(InputError):
        read_pickle(spelled(TRICKS[name]))


def test_every_cut_is_refused() -> None:
    data = pickle.dumps({"S1": {"walk": ARRAYS[0]}}, 4)
    for length in range(len(data)):
        with pytest.raises(InputError):
            read_pickle(data[:length])


def test_any_wrong_byte_gives_data_or_a_refusal() -> None:
    data = pickle.dumps({"S1": {"walk": [ARRAYS[0], 1, "a"]}}, 2)
    refused = 0
    for place in range(len(data)):
        for wrong in (0, 0x28, 0x52, 0x62, 0x63, 0x7F, 0xFF):
            broken = data[:place] + bytes([wrong]) + data[place + 1 :]
            try:
                read_pickle(broken)
            except InputError:
                refused += 1
    assert refused > len(data)


def test_data_nested_without_end_is_refused() -> None:
    with pytest.raises(InputError):
        read_pickle(b"\x80\x04" + b"]\x94" * 5000 + b"a" * 4999 + b".")


def test_nothing_is_imported() -> None:
    """A name alone makes Python import a module, which may already do harm."""
    assert "this" not in sys.modules
    with pytest.raises(UnsafePickleError, match=r"this\.c"):
        read_pickle(b"cthis\nc\n.")
    assert "this" not in sys.modules


def test_pickles_of_the_tests_are_what_they_say() -> None:
    """The tricks are whole pickles as Python's own tool sees them: they fail for what they ask."""
    for name, parts in TRICKS.items():
        if name != "outer buffer":
            assert list(pickletools.genops(spelled(parts)))[-1][0].name == "STOP", name


def npz(path: Path, **members: object) -> Path:
    np.savez_compressed(path, **members)
    return path


def test_npz_with_a_dictionary(tmp_path: Path) -> None:
    poses = {"S1": {"Walking": np.ones((2, 32, 3), np.float32)}}
    path = npz(tmp_path / "data.npz", positions_3d=poses)
    ((subject, action, points),) = read_positions(path, 32)
    assert (subject, action, points.shape) == ("S1", "Walking", (2, 32, 3))


def test_npz_with_a_harmful_pickle(tmp_path: Path) -> None:
    path = npz(tmp_path / "data.npz", positions_3d={"S1": Spy(told, ("called",))})
    with pytest.raises(UnsafePickleError, match=r"data\.npz, 'positions_3d': it asks for .*told"):
        read_dictionary(path, "positions_3d")


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"other": 1}, "expected 'positions_3d'"),
        ({"positions_3d": np.ones(3)}, "expected one dictionary"),
        ({"positions_3d": np.array([{}, {}], object)}, "expected one dictionary"),
        ({"positions_3d": np.array([1], object).reshape(())}, "is a int"),
        ({"positions_3d": {"S1": 3}}, "no dictionary of actions"),
        ({"positions_3d": {"S1": {"walk": np.ones((2, 31, 3))}}}, r"expected \(T, 32, 3\)"),
        ({"positions_3d": {"S1": {"walk": [["a"]]}}}, r"expected \(T, 32, 3\)"),
        ({"positions_3d": {"S1": {"walk": np.ones((0, 32, 3))}}}, "no frame"),
    ],
)
def test_npz_with_something_else(tmp_path: Path, members: dict, message: str) -> None:
    path = npz(tmp_path / "data.npz", **members)
    with pytest.raises(InputError, match=message):
        list(read_positions(path, 32))


def test_npz_cut_short(tmp_path: Path) -> None:
    whole = io.BytesIO()
    np.savez_compressed(whole, positions_3d={"S1": {"Walking": np.ones((20, 32, 3))}})
    path = tmp_path / "data.npz"
    for length in range(0, len(whole.getvalue()), 7):
        path.write_bytes(whole.getvalue()[:length])
        with pytest.raises(InputError, match=r"data\.npz"):
            read_dictionary(path, "positions_3d")


def test_npz_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_dictionary(tmp_path / "none.npz", "positions_3d")
