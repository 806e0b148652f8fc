"""Teacher three: filmed sentences are read with their names and signs, or refused with a reason."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from backend.speech.pairs import GRID, LIPS, RATE_HZ
from backend.speech.teachers.grid import KNOWN, read_clip, read_clips, read_entries, rest_upper_face
from blender_addon.core.conventions import Floats
from blender_addon.core.errors import InputError
from blender_addon.core.face.arkit import ARKIT_52

soundfile = pytest.importorskip("soundfile", reason="no reader of FLAC in this environment")
NAMES = [name for name in sorted(ARKIT_52) if name != "tongueOut"]
FRAMES = 25


def write_clip(folder: Path, **changed: Floats) -> Path:
    rng = np.random.default_rng(0)
    arrays = {
        "curves": rng.uniform(0, 1, (FRAMES, len(NAMES))).astype(np.float16),
        "head_deg": np.tile([10.0, 20.0, 30.0], (FRAMES, 1)).astype(np.float16),
        "lips": rng.uniform(0, 1, (FRAMES, len(LIPS))).astype(np.float16),
        "fps": np.float32(25),
    }
    np.savez(folder / "s9_a.npz", **arrays | changed)
    soundfile.write(folder / "s9_a.flac", np.zeros(RATE_HZ, np.float32), RATE_HZ)
    (folder / "channels.txt").write_text("\n".join(NAMES))
    (folder / "clips.csv").write_text(
        "clip,speaker,split,frames,seconds,text,words\n"
        "s9_a,s9,train,25,1.0,bin blue,bin:0.10-0.40 blue:0.40-0.80\n"
    )
    return folder


def test_a_clip_has_arkits_names_the_cores_signs_and_its_words(tmp_path: Path) -> None:
    clip = read_clips(write_clip(tmp_path), "train")[0]
    with np.load(tmp_path / "s9_a.npz") as file:
        jaw = file["curves"][:, NAMES.index("jawOpen")]
    np.testing.assert_array_equal(clip.curves[:, ARKIT_52.index("jawOpen")], jaw)
    np.testing.assert_allclose(np.degrees(clip.head_rad[0]), [-10.0, 20.0, 30.0], atol=0.02)
    assert [(w.text, w.start_s, w.end_s) for w in clip.entry.words][1] == ("blue", 0.4, 0.8)
    pair = clip.as_pair()
    assert (pair.teacher, pair.channels) == (GRID, ARKIT_52) and (pair.known == KNOWN).all()
    assert not KNOWN[ARKIT_52.index("tongueOut")] and KNOWN.sum() == len(NAMES)


def test_brows_and_eyes_rest_at_their_median_and_never_below_nought() -> None:
    curves = np.random.default_rng(2).uniform(0.2, 0.6, (31, 52)).astype(np.float32)
    rested = rest_upper_face(curves)
    blink, jaw = ARKIT_52.index("eyeBlinkLeft"), ARKIT_52.index("jawOpen")
    assert np.median(rested[:, blink]) == 0.0 and rested.min() >= 0.0
    assert rested[:, blink].max() == pytest.approx(
        curves[:, blink].max() - np.median(curves[:, blink])
    )
    np.testing.assert_array_equal(rested[:, jaw], curves[:, jaw])


def test_smoothing_keeps_a_ramp_and_spreads_a_spike(tmp_path: Path) -> None:
    lips = np.zeros((FRAMES, len(LIPS)), np.float16)
    lips[:, 0], lips[12, 1] = np.arange(FRAMES), 1.0
    folder = write_clip(tmp_path, lips=lips)
    smooth = read_clip(folder, read_entries(folder)[0], smooth=True).lips
    np.testing.assert_allclose(smooth[1:-1, 0], np.arange(FRAMES)[1:-1])
    np.testing.assert_allclose(smooth[11:14, 1], [0.25, 0.5, 0.25])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"lips": np.zeros((FRAMES, 2), np.float16)}, r"lips \(25, 2\); expected \(25, 4\)"),
        ({"curves": np.zeros((FRAMES, 3), np.float16)}, r"curves \(25, 3\)"),
        ({"head_deg": np.full((FRAMES, 3), np.nan, np.float16)}, "without a number in head_deg"),
        ({"fps": np.float32(50)}, r"lasts 0.50 s and its sound 1.00 s"),
    ],
)
def test_broken_curves_are_refused(tmp_path: Path, changed: dict[str, Floats], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_clips(write_clip(tmp_path, **changed))


def test_missing_and_unreadable_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--grid"):
        read_entries(tmp_path)
    folder = write_clip(tmp_path)
    with pytest.raises(InputError, match="no clips of the split val; it has train"):
        read_entries(folder, "val")
    (folder / "s9_a.npz").write_bytes(b"PK\3\4")
    with pytest.raises(InputError, match="cannot be read"):
        read_clips(folder)
    (folder / "s9_a.flac").write_bytes(b"fLaC, but no more")
    with pytest.raises(InputError, match="cannot be read"):
        read_clips(folder)
    soundfile.write(folder / "s9_a.flac", np.zeros((RATE_HZ, 2), np.float32), 44100)
    with pytest.raises(InputError, match="44100 a second, in 2 channels"):
        read_clips(folder)
    (folder / "s9_a.flac").unlink()
    with pytest.raises(InputError, match="no sound"):
        read_clips(folder)
    table = folder / "clips.csv"
    table.write_text(table.read_text().replace("0.10-0.40", "early"))
    with pytest.raises(InputError, match="word:start-end"):
        read_entries(folder)


@pytest.mark.data
def test_the_filmed_faces_move_with_their_sound(data_dir: Path) -> None:
    folder = data_dir / "face2" / "grid"
    if not folder.is_dir():
        pytest.skip("no filmed sentences in the data folder")
    entries = read_entries(folder)
    splits = [entry.split for entry in entries]
    assert (splits.count("train"), splits.count("val"), splits.count("test_other")) == (271, 43, 4)
    matches = []
    for entry in [e for e in entries if e.split == "val"][:8]:
        clip = read_clip(folder, entry)
        starts = (clip.times_s * RATE_HZ).astype(int)
        level = np.log(1e-4 + np.add.reduceat(np.abs(clip.waveform), starts))
        matches.append(np.corrcoef(level, clip.curves[:, ARKIT_52.index("jawOpen")])[0, 1])
        assert entry.text.split() == [word.text for word in entry.words if word.text != "sp"]
    assert np.mean(matches) > 0.35
