"""Recorded faces are read in the layouts people have them in; what is damaged is told apart."""

from __future__ import annotations

import pickle
import struct

import numpy as np
import pytest

from backend.recordings.words import read_words
from backend.speech.recordings.beat import emotion_of
from backend.speech.recordings.meshes import read_mesh
from backend.speech.recordings.readers import read_corpus
from blender_addon.core.errors import InputError
from tests.shared.core.sound_samples import write_wav
from tests.speech.recorded_faces import (
    write_beat,
    write_biwi,
    write_iemocap,
    write_other,
    write_voca,
)


def splits(corpus):
    return {each.name: each.split for each in corpus.recordings}


def test_vocaset_is_read_with_the_papers_splits(tmp_path):
    corpus = read_corpus(f"voca:{write_voca(tmp_path)}")
    found = splits(corpus)
    assert "FaceTalk_170809_00138_TA_sentence05" not in found
    assert found["FaceTalk_170811_03275_TA_sentence21"] == "val"
    assert found["FaceTalk_170809_00138_TA_sentence22"] == "test"
    assert len(corpus.of("train")) == 3
    assert corpus.speakers == ("FaceTalk_170728_03272_TA", "FaceTalk_170904_00128_TA")
    one = corpus.recordings[0]
    assert one.frame_rate_hz == 30.0
    assert one.motion().shape == (30, 5023, 3)
    assert np.abs(one.motion()[:, :500, 1]).max() > 0.01


@pytest.mark.parametrize("rate", [30.0, 60.0])
def test_the_sound_tells_at_which_rate_the_frames_are(tmp_path, rate):
    corpus = read_corpus(f"voca:{write_voca(tmp_path, rate)}")
    assert {each.frame_rate_hz for each in corpus.recordings} == {rate}


def test_biwi_tells_emotional_sentences_in_both_ways_of_counting(tmp_path):
    corpus = read_corpus(f"biwi:{write_biwi(tmp_path)}")
    found = {each.name: (each.split, each.emotion) for each in corpus.recordings}
    assert found == {
        "F2_01": ("train", "neutral"), "F2_e02": ("train", "emotional"),
        "M3_41": ("train", "emotional"), "F2_33": ("val", "neutral"),
        "F1_e37": ("test", "emotional"),
    }  # fmt: skip
    assert corpus.recordings[0].frame_rate_hz == 25.0
    assert corpus.emotions == ("neutral", "emotional")


def test_any_other_mesh_is_read_with_its_regions(tmp_path):
    corpus = read_corpus(f"scans:{write_other(tmp_path)}")
    assert sorted(splits(corpus).values()).count("val") == 2
    assert corpus.lips.tolist() == [0, 1, 2, 3, 4, 5]
    assert corpus.upper[0] == 40


def test_beat_tells_weights_words_and_emotions(tmp_path):
    corpus = read_corpus(f"beat:{write_beat(tmp_path)}")
    found = {each.name: each for each in corpus.recordings}
    assert len(corpus.channels) == 51
    assert found["1_wayne_0_66_66"].emotion == "happiness"
    assert found["2_scott_1_1_1"].emotion == "anger"
    assert found["1_wayne_0_1_1"].emotion == "neutral"
    one = found["1_wayne_0_1_1"]
    assert one.motion().shape == (120, 51)
    assert [(word.text, word.start_s) for word in one.words] == [("my", 0.5)]
    assert "jawOpen" in [corpus.channels[n] for n in corpus.lips]
    assert "browInnerUp" in [corpus.channels[n] for n in corpus.upper]
    assert set(splits(corpus).values()) == {"train", "val", "test"}


@pytest.mark.parametrize(
    ("sequence", "emotion"), [(64, "neutral"), (80, "anger"), (118, "disgust"), (130, "neutral")]
)
def test_beat_counts_emotions_by_sequence(tmp_path, sequence, emotion):
    assert emotion_of(tmp_path / "1_wayne_0_1_1.json", 0, sequence) == emotion


def test_iemocap_takes_those_who_wear_markers_and_bridges_gaps(tmp_path):
    corpus = read_corpus(f"iemocap:{write_iemocap(tmp_path)}")
    assert [each.name for each in corpus.recordings] == [
        f"Ses0{n}F_impro01_F000" for n in range(1, 6)
    ]
    assert [each.split for each in corpus.recordings] == ["train"] * 3 + ["val", "test"]
    assert {each.emotion for each in corpus.recordings} == {"anger"}
    motion = corpus.recordings[0].motion()
    assert motion.shape == (120, 5, 3)
    assert np.isfinite(motion).all()
    assert (corpus.lips.tolist(), corpus.upper.tolist()) == ([3, 4], [1, 2])


# What is wrong --------------------------------------------------------------------------------


def first_frames(folder):
    return min((folder / "vertices_npy").glob("*.npy"))


def cut_short(folder):
    path = first_frames(folder)
    path.write_bytes(path.read_bytes()[:-1000])


def no_array(folder):
    first_frames(folder).write_bytes(pickle.dumps({"a": 1}))


def objects(folder):
    np.save(first_frames(folder), np.array([{"a": 1}], object), allow_pickle=True)


def another_mesh(folder):
    np.save(first_frames(folder), np.zeros((30, 3 * 61), np.float32))


def no_sound(folder):
    (folder / "wav" / f"{first_frames(folder).stem}.wav").unlink()


def other_sound(folder):
    write_wav(folder / "wav" / f"{first_frames(folder).stem}.wav", np.zeros(160_000), 16_000)


def pickled_template(folder):
    (folder / "templates" / "anna.npy").unlink()
    (folder / "templates.pkl").write_bytes(pickle.dumps({}))


def no_template(folder):
    (folder / "templates" / "anna.npy").unlink()


def other_template(folder):
    np.save(folder / "templates" / "anna.npy", np.zeros((7, 3)))


def strange_region(folder):
    (folder / "regions" / "lve.txt").write_text("1, 2, 60")


def no_rate(folder):
    (folder / "scans.json").write_text("{}")


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (cut_short, "cut short"), (no_array, "Pickles are not opened"), (objects, "not numbers"),
        (another_mesh, r"183\).*60 vertices"), (no_sound, "is missing, the sound"),
        (other_sound, "last 2.0 s, its sound 10.0 s"), (pickled_template, r"numpy.savez"),
        (no_template, "no face at rest of anna"), (other_template, "has 7 vertices.*have 60"),
        (strange_region, "from 0 to 59; found 1 to 60"), (no_rate, "frame_rate_hz"),
    ],
)  # fmt: skip
def test_a_spoilt_folder_of_scans_says_what_is_wrong(tmp_path, spoil, told):
    folder = write_other(tmp_path)
    spoil(folder)
    with pytest.raises(InputError, match=f"(?s){told}"):
        read_corpus(f"scans:{folder}")


def test_vocaset_as_downloaded_is_told_how_to_be_converted(tmp_path):
    np.save(tmp_path / "data_verts.npy", np.zeros((2, 5023, 3), np.float32))
    with pytest.raises(InputError, match="process_voca_data"):
        read_corpus(f"voca:{tmp_path}")


def test_vocaset_of_another_mesh_names_both_numbers(tmp_path):
    np.save(first_frames(write_voca(tmp_path)), np.zeros((30, 12), np.float32))
    with pytest.raises(InputError, match=r"\(30, 12\).*5023 vertices"):
        read_corpus(f"voca:{tmp_path}")


@pytest.mark.parametrize(
    ("text", "told"),
    [("voca:/no/such", "no folder"), ("nobody:/tmp", "begin it with voca:"), ("/tmp", "no reader")],
)
def test_what_names_no_folder_is_refused(text, told):
    with pytest.raises(InputError, match=told):
        read_corpus(text)


@pytest.mark.parametrize(
    ("end", "text", "told"),
    [
        (".json", '{"names": ["jawOpen"], "fra', "cut short"),
        (".json", '{"names": ["nose"], "frames": [{}, {}]}', "names the weights nose"),
        (".TextGrid", "nothing", "no tier of words"),
    ],
)
def test_a_spoilt_beat_says_what_is_wrong(tmp_path, end, text, told):
    folder = write_beat(tmp_path)
    (folder / "1" / f"1_wayne_0_1_1{end}").write_text(text)
    with pytest.raises(InputError, match=told):
        read_corpus(f"beat:{folder}")


def test_words_of_a_grid_in_utf_16_are_read(tmp_path):
    from tests.speech.recorded_faces import GRID

    path = tmp_path / "a.TextGrid"
    path.write_text(GRID, encoding="utf-16")
    assert read_words(path)[0].text == "my"


@pytest.mark.parametrize("emotions", [True, False])
def test_a_spoilt_iemocap_says_what_is_wrong(tmp_path, emotions):
    folder = write_iemocap(tmp_path)
    if emotions:
        path = folder / "Session1/sentences/MOCAP_rotated/Ses01F_impro01/Ses01F_impro01_F000.txt"
        path.write_text(path.read_text()[:-40])
        told = "expected 17"
    else:
        next((folder / "Session1").glob("dialog/EmoEvaluation/*.txt")).write_text("")
        told = "says nothing of Ses01F_impro01_F000"
    with pytest.raises(InputError, match=told):
        read_corpus(f"iemocap:{folder}").recordings[0].motion()


def test_meshes_are_read_from_every_kind_of_file(tmp_path):
    places = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0.5]], np.float32)
    letters = "".join(f"{x} {y} {z}\n" for x, y, z in places)
    header = (
        "ply\nformat {} 1.0\nelement vertex 3\nproperty float x\nproperty float y\n"
        "property float z\nelement face 1\nproperty list uchar int vertex_indices\nend_header\n"
    )
    (tmp_path / "a.ply").write_text(header.format("ascii") + letters + "3 0 1 2\n")
    for order, name in (("<", "binary_little_endian"), (">", "binary_big_endian")):
        body = places.astype(order + "f4").tobytes() + struct.pack(f"{order}B3i", 3, 0, 1, 2)
        (tmp_path / f"{name}.ply").write_bytes(header.format(name).encode() + body)
    lines = "".join(f"v {x} {y} {z}\n" for x, y, z in places)
    (tmp_path / "a.obj").write_text(f"# made\n{lines}f 1/1 2/2 -1/3\n")
    for path in tmp_path.iterdir():
        found, faces = read_mesh(path)
        assert np.allclose(found, places)
        assert faces == ((0, 1, 2),)


@pytest.mark.parametrize("text", ["ply\n", "solid", "ply\nformat ascii 1.0\nend_header\n"])
def test_a_damaged_mesh_is_refused(tmp_path, text):
    path = tmp_path / "anna.ply"
    path.write_text(text.replace("end_header", "element vertex 9\nproperty float x\nend_header"))
    with pytest.raises(InputError, match="no mesh that can be read"):
        read_mesh(path)
