"""A sound is heard once in a session, and told from all others."""

from __future__ import annotations

import os
import threading
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from blender_addon.core.errors import Cancelled, ContractError, SoundError
from blender_addon.core.jobs import Progress
from blender_addon.core.sound import encoder as encoders
from blender_addon.core.sound import hear as hearing
from blender_addon.core.sound.cache import BoundedCache, identity_of
from blender_addon.core.sound.encoder import EncodedTrack, SpeechEncoder
from blender_addon.core.sound.hear import forget_sounds, hear, pitch_of, voice_of
from blender_addon.core.sound.hearing import PHONE_CLASSES
from blender_addon.core.sound.waveform import ArraySound, CancellableSound, WavSound
from tests.shared.core.sound_samples import sine, write_wav
from tests.shared.sound.encoder_samples import (
    FRAMES,
    OVERLAP,
    Counting,
    make_encoder,
    make_phone_model,
)

SHA_OF_ANOTHER = "0" * 64


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def encoder(folder):
    return make_encoder(folder)


@pytest.fixture(scope="module")
def phones(folder, encoder):
    return make_phone_model(folder, encoder.contract.sha256)


@pytest.fixture(autouse=True)
def _forgotten():
    forget_sounds()
    yield
    forget_sounds()


def bursts(seconds: float, seed: int = 0, size: float = 0.3) -> np.ndarray:
    """Half a second of noise, half a second of silence."""
    count = round(16_000 * seconds)
    samples = np.random.default_rng(seed).normal(0.0, size, count)
    return (samples * (np.arange(count) // 8_000 % 2 == 0)).astype(np.float32)


def test_the_second_listener_computes_nothing(tmp_path, encoder, phones):
    path = write_wav(tmp_path / "voice.wav", np.clip(bursts(6.0), -1, 1), 16_000)
    hears, tells = Counting(encoder), Counting(phones)
    first = hear(WavSound(path), hears, tells)
    features = first.features.read(-20, 340)
    windows, blocks = hears.windows, tells.runs
    assert windows and blocks
    second = hear(WavSound(path), hears, tells)
    np.testing.assert_array_equal(second.features.read(-20, 340), features)
    assert (hears.windows, tells.runs) == (windows, blocks)
    assert second.voice is first.voice is voice_of(WavSound(path))
    assert second.phones.chances is first.phones.chances
    assert pitch_of(WavSound(path)) is pitch_of(WavSound(path))


def test_a_voice_comes_to_the_encoders_level(encoder):
    loud, soft = (hear(ArraySound(bursts(4.0) * scale), encoder) for scale in (1.0, 0.01))
    assert soft.gain == pytest.approx(100.0 * loud.gain, rel=1e-3)
    np.testing.assert_allclose(
        soft.features.read(0, 200), loud.features.read(0, 200), rtol=2e-3, atol=1e-3
    )


def test_phones_do_not_depend_on_the_part_asked_for(encoder, phones):
    samples = bursts(35.0)
    whole = hear(ArraySound(samples), encoder, phones).phones
    forget_sounds()
    part = hear(ArraySound(samples), encoder, phones, part_s=(12.0, 13.0)).phones
    assert whole.chances.shape == part.chances.shape == (1751, len(PHONE_CLASSES))
    np.testing.assert_array_equal(part.chances[500:1000], whole.chances[500:1000])
    assert (part.at(np.array([2.0, 30.0]), "silence") == 1.0).all()
    tells = Counting(phones)
    more = hear(ArraySound(samples), encoder, tells).phones
    np.testing.assert_array_equal(more.chances, whole.chances)
    assert tells.runs == 3
    assert (part.at(np.array([2.0, 30.0]), "silence") == 1.0).all()


def test_phones_have_their_context_across_blocks(encoder, phones):
    sound = ArraySound(bursts(25.0))
    found = hear(sound, encoder, phones)
    features = found.features.read(-3, 1_256 + 1)
    at_once = phones.run({"features": features[None]})["chances"][0, 3:-3]
    np.testing.assert_allclose(found.phones.chances, at_once[:1251], atol=1e-5)


def read_as_a_face_does(heard, seconds: float) -> list[np.ndarray]:
    """Chunks one after the other, each with what lies around it."""
    return [heard.features.read(at - 100, 1_112) for at in range(0, round(50 * seconds), 1_000)]


def test_phones_of_a_long_sound_are_heard_while_its_vectors_are_read(encoder, phones, monkeypatch):
    samples = bursts(45.0)
    whole = hear(ArraySound(samples), encoder, phones)
    vectors = read_as_a_face_does(whole, 45.0)
    forget_sounds()
    monkeypatch.setattr(encoders, "KEPT_S", 20.0)
    monkeypatch.setattr(encoders, "_KEPT_WINDOWS", 1_120 // (FRAMES - OVERLAP) + 3)
    hears, tells = Counting(encoder), Counting(phones)
    found = hear(ArraySound(samples), hears, tells)
    assert (hears.windows, tells.runs) == (0, 0)
    for vector, expected in zip(read_as_a_face_does(found, 45.0), vectors, strict=True):
        np.testing.assert_array_equal(vector, expected)
    windows = hears.windows
    np.testing.assert_array_equal(found.phones.chances, whole.phones.chances)
    assert tells.runs == 5 and hears.windows == windows
    again = hear(ArraySound(samples), hears, tells)
    np.testing.assert_array_equal(again.phones.chances, whole.phones.chances)
    assert tells.runs == 5


def test_phones_that_nobody_read_over_are_heard_when_they_are_needed(encoder, phones, monkeypatch):
    samples = bursts(35.0)
    part = hear(ArraySound(samples), encoder, phones, part_s=(12.0, 23.0)).phones
    forget_sounds()
    monkeypatch.setattr(encoders, "KEPT_S", 20.0)
    tells = Counting(phones)
    found = hear(ArraySound(samples), encoder, tells, part_s=(12.0, 23.0))
    np.testing.assert_array_equal(found.phones.chances, part.chances)
    assert tells.runs == 2


def test_without_a_model_of_phones_there_is_no_evidence(encoder):
    evidence = hear(ArraySound(bursts(1.0)), encoder).phones
    times = np.array([0.0, 0.5])
    assert evidence.at(times, "silence").tolist() == [1.0, 1.0]
    assert evidence.at(times, "bilabial", "rhotic").tolist() == [0.0, 0.0]


def test_another_encoder_hears_anew(folder, encoder):
    sound = ArraySound(bursts(2.0))
    assert hear(sound, encoder).features.read(0, 50).any()
    lower = Counting(make_encoder(folder / "lower", level_db=-30.0))
    found = hear(sound, lower).features.read(0, 50)
    assert lower.windows
    fresh = EncodedTrack(SpeechEncoder(lower), sound, hear(sound, lower).gain).read(0, 50)
    np.testing.assert_array_equal(found, fresh)


def identities(tmp_path):
    """Sounds that all differ in what is heard, by what differs."""
    stereo = np.stack((bursts(0.5, 1), bursts(0.5, 2)), 1).clip(-1, 1)
    path = write_wav(tmp_path / "a.wav", stereo, 16_000)
    other = write_wav(tmp_path / "b.wav", stereo[::-1], 16_000)
    turned = np.stack((stereo[:, 0], -stereo[:, 0] * 0.9), 1)
    cancelling = write_wav(tmp_path / "c.wav", turned, 16_000)
    samples = bursts(0.5)
    return {
        "file": WavSound(path),
        "gain": WavSound(path, gain=0.5),
        "another file": WavSound(other),
        "loudest channel": WavSound(cancelling),
        "mixed channels": WavSound(cancelling, mono=True),
        "made anew": WavSound(path, by_content=True),
        "another one made anew": WavSound(other, by_content=True),
        "samples": ArraySound(samples),
        "other samples": ArraySound(samples * 0.5),
        "another rate": ArraySound(samples, 8_000),
    }


def test_sounds_are_told_apart_and_known_again(tmp_path):
    first = {name: identity_of(each) for name, each in identities(tmp_path).items()}
    assert None not in first.values() and len(set(first.values())) == len(first)
    again = identities(tmp_path)
    for name in ("made anew", "another one made anew", "samples", "another rate"):
        assert first[name] == identity_of(again[name])
    wrapped = CancellableSound(again["gain"], Progress().cancellation)
    assert identity_of(wrapped) == identity_of(again["gain"])
    moved = write_wav(tmp_path / "d.wav", bursts(0.5).clip(-1, 1), 16_000)
    copy = tmp_path / "e.wav"
    copy.write_bytes(moved.read_bytes())
    first, second = (WavSound(each, by_content=True) for each in (moved, copy))
    assert identity_of(first) == identity_of(second)


def test_a_file_that_changed_is_heard_anew(tmp_path):
    path = write_wav(tmp_path / "a.wav", bursts(2.0).clip(-1, 1), 16_000)
    sound = WavSound(path)
    before = voice_of(sound)
    assert voice_of(sound) is before
    status = path.stat()
    write_wav(path, sine(16_000, 2.0), 16_000)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))
    assert identity_of(sound) is None  # it was opened as another
    again = WavSound(path)
    assert not voice_of(again).speaking.any()
    path.unlink()
    assert identity_of(again) is None


def test_what_cannot_be_told_is_not_kept():
    sound = ArraySound(bursts(1.0))
    nameless = SimpleNamespace(sample_rate_hz=16_000, duration_s=1.0, read=sound.read)
    assert voice_of(nameless) is not voice_of(nameless)


def test_what_is_kept_cannot_be_written_into():
    voice = voice_of(ArraySound(bursts(1.0)))
    with pytest.raises(ValueError, match="read-only"):
        voice.energy[0] = 1.0


def test_a_cancelled_job_leaves_the_next_one_whole(encoder, phones):
    samples = bursts(40.0)
    reports = []
    with pytest.raises(Cancelled):
        hear(
            ArraySound(samples), encoder, phones, lambda share: reports.append(share) or share < 0.4
        )
    assert reports[-1] >= 0.4
    found = hear(ArraySound(samples), encoder, phones)
    forget_sounds()
    np.testing.assert_array_equal(
        found.phones.chances, hear(ArraySound(samples), encoder, phones).phones.chances
    )


def test_a_track_of_a_cancelled_job_reads_no_more(encoder):
    progress = Progress()
    track = hear(ArraySound(bursts(3.0)), encoder, None, progress).features
    progress.cancellation.ask()
    with pytest.raises(Cancelled):
        track.read(0, 100)


def test_many_threads_hear_the_same(encoder, phones):
    sound = ArraySound(bursts(12.0))
    expected = hear(sound, encoder, phones)
    vectors = expected.features.read(0, 600)
    forget_sounds()
    found = []

    def listen():
        heard = hear(ArraySound(bursts(12.0)), encoder, phones)
        found.append((heard.features.read(0, 600), heard.phones.chances))

    threads = [threading.Thread(target=listen) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(found) == 4
    for features, chances in found:
        np.testing.assert_array_equal(features, vectors)
        np.testing.assert_array_equal(chances, expected.phones.chances)


def test_models_that_do_not_belong_together_are_refused(folder, encoder, phones):
    sound = ArraySound(bursts(1.0))
    strange = make_phone_model(folder / "strange", SHA_OF_ANOTHER)
    with pytest.raises(ContractError, match=rf"{SHA_OF_ANOTHER}.*{encoder.contract.sha256}"):
        hear(sound, encoder, strange)
    wide = make_phone_model(folder / "wide", encoder.contract.sha256, size=4)
    with pytest.raises(ContractError, match=r"takes vectors of 4 numbers.*gives 3"):
        hear(sound, encoder, wide)
    few = {**phones.contract.settings, "classes": list(PHONE_CLASSES[:3])}
    with pytest.raises(ContractError, match="'classes'"):
        hear(sound, encoder, SimpleNamespace(contract=replace(phones.contract, settings=few)))


def test_a_sound_without_length_is_refused(encoder):
    with pytest.raises(SoundError, match="expected some length"):
        hear(ArraySound(np.zeros(0, np.float32)), encoder)


def test_the_oldest_goes_first():
    cache = BoundedCache(100)
    for name in "abc":
        cache.keep(name, name, 40)
    assert cache.find("a") is None and cache.find("b") == "b"
    cache.keep("d", "d", 40)
    assert cache.find("c") is None and cache.find("b") == "b" and cache.bytes == 80
    cache.keep("huge", "huge", 101)
    assert cache.find("huge") is None and cache.bytes == 80
    assert cache.once(None, lambda: "new", len) == "new"


def test_the_session_stays_within_its_limit(encoder, monkeypatch):
    monkeypatch.setattr(hearing, "_known", BoundedCache(30_000))
    for seed in range(8):
        hear(ArraySound(bursts(2.0, seed)), encoder).features.read(0, 100)
    assert 0 < hearing._known.bytes <= 30_000
