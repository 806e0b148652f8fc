"""Headers of film files, whole and broken; pictures that carry numbers; uncompressed pictures."""

from __future__ import annotations

import random
import struct

import numpy as np
import pytest

from blender_addon.core.errors import FilmError
from blender_addon.core.film.container import read_header
from blender_addon.core.film.numbered import numbered_pictures
from blender_addon.core.film.targa import read_targa

ONE = 1 << 16


def box(kind, *parts):
    data = b"".join(parts)
    return struct.pack(">I4s", 8 + len(data), kind) + data


def track(handler, matrix=(ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30), table=((3, 40),), size=(64, 36)):
    tkhd = box(
        b"tkhd", bytes(40), struct.pack(">9i", *matrix),
        struct.pack(">II", size[0] << 16, size[1] << 16),
    )  # fmt: skip
    stts = box(
        b"stts", bytes(4), struct.pack(">I", len(table)), *(struct.pack(">II", *e) for e in table)
    )
    mdia = box(
        b"mdia",
        box(b"mdhd", bytes(12), struct.pack(">III", 1000, 0, 0)),
        box(b"hdlr", bytes(8), handler, bytes(12)),
        box(b"minf", box(b"hdlr", bytes(8), b"alis", bytes(12)), box(b"stbl", stts)),
    )
    return box(b"trak", tkhd, mdia)


def mp4(*tracks):
    return box(b"ftyp", b"isom") + box(b"moov", *tracks) + box(b"mdat", bytes(100))


def element(number, *parts):
    data = b"".join(parts)
    return number + struct.pack(">Q", 1 << 56 | len(data)) + data


def matroska(roll=None, kind=1):
    turned = (
        b"" if roll is None else element(b"\x76\x70", element(b"\x76\x75", struct.pack(">f", roll)))
    )
    video = element(b"\xe0", element(b"\xb0", b"\x40"), element(b"\xba", b"\x24"), turned)
    entry = element(b"\xae", element(b"\x83", bytes([kind])), video)
    segment = element(b"\x18\x53\x80\x67", element(b"\x16\x54\xae\x6b", entry), bytes(30))
    return element(b"\x1a\x45\xdf\xa3") + segment


def avi(kind=b"vids"):
    head = b"avih" + struct.pack("<14I", 56, 40000, 0, 0, 0, 9, 0, 1, 0, 64, 36, 0, 0, 0)
    body = b"AVI LIST" + bytes(4) + b"hdrl" + head + b"strh" + bytes(4) + kind
    return b"RIFF" + struct.pack("<I", len(body)) + body


@pytest.fixture
def header(tmp_path):
    def read(data):
        path = tmp_path / "film"
        path.write_bytes(data)
        return read_header(path)

    return read


def test_an_mp4_tells_its_size_times_and_tracks(header):
    found = header(mp4(track(b"soun"), track(b"vide", table=((2, 40), (1, 20)))))
    assert (found.container, found.size_px, found.turn_deg) == ("MP4", (64, 36), 0)
    assert (found.has_picture, found.has_sound, found.is_cut_off) == (True, True, False)
    np.testing.assert_allclose(found.durations_s, [0.04, 0.04, 0.02])
    assert not header(mp4(track(b"soun"))).has_picture


@pytest.mark.parametrize(
    ("a", "b", "turn"), [(0, ONE, 90), (-ONE, 0, 180), (0, -ONE, 270), (ONE, 3, 0)]
)
def test_an_mp4_tells_how_it_is_turned(header, a, b, turn):
    found = header(mp4(track(b"vide", (a, b, 0, -b, a, 0, 0, 0, 1 << 30))))
    assert found.turn_deg == turn


def test_a_rate_varies_if_some_pictures_are_shown_longer(header):
    assert not header(mp4(track(b"vide", table=((300, 40),)))).rate_varies
    assert not header(mp4(track(b"vide", table=((150, 33), (150, 34))))).rate_varies
    assert header(mp4(track(b"vide", table=((150, 33), (150, 66))))).rate_varies


@pytest.mark.parametrize(("roll", "turn"), [(None, 0), (-90.0, 90), (90.0, 270), (180.0, 180)])
def test_a_matroska_film_tells_size_and_turn(header, roll, turn):
    found = header(matroska(roll))
    assert (found.container, found.size_px, found.turn_deg) == ("Matroska", (64, 36), turn)
    assert (found.has_picture, found.has_sound) == (True, False)
    assert header(matroska(kind=2)).has_sound


def test_an_avi_tells_size_and_tracks(header):
    found = header(avi())
    assert (found.container, found.size_px, found.has_picture) == ("AVI", (64, 36), True)
    assert header(avi(b"auds")).has_sound


@pytest.mark.parametrize("whole", [mp4(track(b"vide")), matroska(), avi()])
def test_a_file_that_ends_early_says_so(header, whole):
    assert not header(whole).is_cut_off
    assert header(whole[:-5]).is_cut_off


def test_an_mp4_without_its_table_says_so(header):
    assert not header(mp4(track(b"vide"))[:90]).has_index


def test_another_file_is_no_film_that_is_known(header):
    assert header(b"") is None
    assert header(b"a text") is None


@pytest.mark.parametrize("whole", [mp4(track(b"vide"), track(b"soun")), matroska(90.0), avi()])
def test_damaged_headers_are_read_without_an_error(header, whole):
    draw = random.Random(7)
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(draw.randrange(1, 6)):
            data[draw.randrange(len(data))] = draw.choice((0, 1, 0x7F, 0x80, 0xFF))
        found = header(bytes(data[: draw.randrange(12, len(data) + 1)]))
        assert found is None or found.turn_deg in {0, 90, 180, 270}


def test_pictures_with_the_same_name_but_for_their_number_belong_together():
    names = ["a_9.png", "a_010.png", "a_12.png", "b_1.png", "note.txt", "a_11.jpg"]
    found = numbered_pictures(names, "a_9.png")
    assert found.first_number == 9
    assert found.names == ("a_9.png", "a_010.png", None, "a_12.png")
    assert found.missing == {2}
    assert numbered_pictures(names) == found


@pytest.mark.parametrize(
    ("names", "one", "words"),
    [
        ([], None, "no numbered pictures in the folder"),
        (["a.png"], "a.png", "carries no number"),
        (["p20240101.png", "p20240509.png", "p20991231.png"], None, "numbers count something else"),
    ],
)
def test_pictures_that_are_no_film_are_told(names, one, words):
    with pytest.raises(FilmError, match=words):
        numbered_pictures(names, one)


def targa(pixels, from_above=False):
    height, width, _ = pixels.shape
    head = struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, width, height, 32, 8)
    head = head[:-1] + bytes([0x28 if from_above else 8])
    return head + (pixels if from_above else pixels[::-1]).tobytes()


@pytest.mark.parametrize("from_above", [False, True])
def test_a_targa_picture_is_read_from_its_upper_row_on(from_above):
    pixels = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
    np.testing.assert_array_equal(read_targa(targa(pixels, from_above)), pixels)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"BM" + bytes(50), "not decoded as expected"),
        (targa(np.zeros((4, 4, 4), np.uint8))[:-1], "cut off"),
    ],
)
def test_a_broken_picture_is_told(data, words):
    with pytest.raises(FilmError, match=words):
        read_targa(data)
