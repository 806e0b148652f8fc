"""Networks that hear by an encoder: the same however they are cut, and varied where they may be."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from blender_addon.core.errors import Cancelled, ContractError, ModelError
from blender_addon.core.inference.contract import TensorSpec
from blender_addon.core.inference.session import ModelSession
from blender_addon.core.jobs import Progress
from blender_addon.core.sound.voice_activity import VoiceActivity
from blender_addon.core.sound.waveform import ArraySound
from blender_addon.core.speech.networks.diffusion import DiffusionNetwork
from blender_addon.core.speech.networks.opening import open_network, read_layout
from blender_addon.core.speech.networks.protocol import HeardSpeech, SpeakOptions, SpeechNetwork
from blender_addon.core.speech.networks.regression import RegressionNetwork
from tests.speech.learned_samples import (
    LEARNED,
    WIDTH,
    Ears,
    MadeFeatures,
    make_learned_contract,
    write_learned_model,
)

KINDS = ("regression", "diffusion")
NETWORKS = {"regression": RegressionNetwork, "diffusion": DiffusionNetwork}
TIMES = np.arange(-0.4, 9.0, 1 / 29.97)
STRIDE_S = 40 / 50  # of the segments


@pytest.fixture(scope="module")
def sessions(tmp_path_factory):
    folder = tmp_path_factory.mktemp("learned")
    return {
        kind: ModelSession(write_learned_model(folder / kind, kind), threads=1) for kind in KINDS
    }


def heard(features=None):
    quiet = np.zeros(900)
    voice = VoiceActivity(100.0, quiet > 0, quiet, quiet)
    sound = ArraySound(np.zeros(16_000))
    hearing = replace(Ears()(sound, Progress()), features=features or MadeFeatures())
    return HeardSpeech(sound, 1.0, voice, hearing)


def speak(
    network: SpeechNetwork, times=TIMES, features=None, progress=None, weights=None, **options
):
    style = network.layout.style_track(weights or {}, times)
    spoken = network.speak(
        heard(features), times, style, SpeakOptions(**options), progress or Progress()
    )
    assert spoken.curves.shape == (len(times), len(LEARNED))
    assert spoken.head_rad.shape == (len(times), 3)
    return np.concatenate((spoken.curves, spoken.head_rad), axis=1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("together", [1, 2, 50])
def test_how_much_runs_together_does_not_show(sessions, kind, together):
    whole = speak(NETWORKS[kind](sessions[kind]))
    cut = speak(NETWORKS[kind](sessions[kind], **{_SIZE[kind]: together}))
    assert np.allclose(cut, whole, atol=1e-5)
    assert np.ptp(whole, axis=0).min() > 0.2


_SIZE = {"regression": "batch", "diffusion": "group"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_is_the_part_of_the_whole(sessions, kind):
    network = open_network(sessions[kind])
    whole = speak(network)
    for first, stop in ((0, 1), (40, 90), (113, 114), (200, 282)):
        assert np.allclose(speak(network, TIMES[first:stop]), whole[first:stop], atol=1e-5)


def test_chunks_of_another_size_say_the_same(sessions, tmp_path):
    other = write_learned_model(tmp_path, "regression", chunk_frames=37)
    cut = speak(open_network(ModelSession(other, threads=1)))
    assert np.allclose(cut, speak(open_network(sessions["regression"])), atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_style_leads_at_its_own_time(sessions, kind):
    network = open_network(sessions[kind])
    late = np.clip(TIMES - 4.0, 0.0, 1.0)
    plain, led = speak(network), speak(network, weights={"strong": late})
    quiet = TIMES < 4.0 - 2 * STRIDE_S
    assert np.allclose(led[quiet], plain[quiet], atol=1e-5)
    assert (led - plain)[TIMES > 7.0].mean(0).min() > 0.2
    if kind == "regression":
        assert np.allclose(led - plain, late[:, None], atol=0.02)  # within a fiftieth


def test_one_number_one_motion(sessions):
    network = open_network(sessions["diffusion"])
    first, again = speak(network, variation=3), speak(network, variation=3)
    assert np.array_equal(first, again)
    apart = np.abs(speak(network, variation=4) - first).max(0)
    assert apart.min() > 0.05
    regression = open_network(sessions["regression"])
    assert np.array_equal(speak(regression, variation=3), speak(regression, variation=4))


def test_temperature_nought_has_no_variation(tmp_path):
    cold = write_learned_model(tmp_path, "diffusion", noise_scale=[0.0] * (len(LEARNED) + 3))
    network = open_network(ModelSession(cold, threads=1))
    assert np.allclose(speak(network, variation=1), speak(network, variation=2), atol=1e-6)


def test_segments_join_without_a_jump(sessions):
    network = open_network(sessions["diffusion"])
    times = np.arange(0, 16.0, 1 / 50)
    steps = np.abs(np.diff(speak(network, times), axis=0)).max(1)
    border = np.abs((times[:-1] + 0.01) % STRIDE_S) < 0.03
    border |= np.abs((times[:-1] + 0.01 - 20 / 50) % STRIDE_S) < 0.03
    assert steps[border].max() <= 1.05 * steps[~border].max()


class Recording:
    """A session that counts its runs and keeps what they were given."""

    def __init__(self, session):
        self.contract, self._session = session.contract, session
        self.fed = []

    def run(self, feeds):
        self.fed.append({name: value.copy() for name, value in feeds.items()})
        return self._session.run(feeds)


def test_the_ends_between_neighbours_are_kept(sessions):
    recording = Recording(sessions["diffusion"])
    speak(DiffusionNetwork(recording), np.array([1.0, 1.5]))
    even, odd = recording.fed[:5], recording.fed[5:]
    assert (len(even), len(odd)) == (5, 5)  # one run for each step, none without the sound
    last = even[-1]["noisy"], odd[-1]["noisy"]
    known = last[1][:, :20] - np.sqrt(1 - 0.99) * odd[0]["noisy"][:, :20]
    clean = _clean_of(sessions["diffusion"], even[-1])
    assert np.allclose(known[0] / np.sqrt(0.99), clean[0, -20:], atol=1e-4)


def _clean_of(session, feeds):
    return session.run(feeds)["clean"]


def test_guidance_leads_on_from_what_is_not_heard(sessions):
    network = open_network(sessions["diffusion"])
    by_weight = {w: speak(network, expressiveness=w) for w in (0.0, 1.0, 2.0)}
    deaf = speak(network, expressiveness=0.0, features=Deaf())
    assert np.allclose(by_weight[0.0], deaf, atol=1e-5)
    once, twice = by_weight[1.0] - by_weight[0.0], by_weight[2.0] - by_weight[0.0]
    assert np.abs(once).mean() > 0.05
    assert np.allclose(twice, 2 * once, atol=1e-4)  # this network is linear


class Deaf(MadeFeatures):
    def read(self, first, count):
        return np.zeros((count, WIDTH), np.float32)


@pytest.mark.parametrize("kind", KINDS)
def test_memory_stays_flat(sessions, kind):
    class Still(Recording):
        def run(self, feeds):
            batch, frames = feeds["features"].shape[:2]
            self.fed.append(batch * frames)
            shapes = {s.name: (batch, frames, s.shape[2]) for s in self.contract.outputs}
            return {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}

    def spare(seconds):
        still = Still(sessions[kind])
        times, features = np.arange(0.0, seconds, 0.1), MadeFeatures()
        tracemalloc.start()
        made = speak(NETWORKS[kind](still), times, features)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak - 3 * made.nbytes - 2 * times.nbytes, max(still.fed), features.most

    short, long = spare(60.0), spare(900.0)
    assert long[1:] == short[1:]  # no larger runs, no longer reading
    assert long[0] < short[0] + 200_000


@pytest.mark.parametrize("kind", KINDS)
def test_progress_is_told_and_heeded(sessions, kind):
    told = []
    network = NETWORKS[kind](sessions[kind], **{_SIZE[kind]: 1})
    speak(network, progress=Progress(lambda share: told.append(share) or True))
    assert told == sorted(told)
    assert len(told) > 3
    assert told[-1] <= 1.0
    with pytest.raises(Cancelled):
        speak(network, progress=Progress(lambda share: share < 0.4))


def test_without_its_encoder_a_network_says_so(sessions):
    network = open_network(sessions["regression"])
    with pytest.raises(ModelError, match="encoder of 4 numbers a frame; the one that is open"):
        speak(network, features=MadeFeatures(7))
    deaf = replace(heard(), hearing=None)
    track = network.layout.style_track({}, TIMES)
    with pytest.raises(ModelError, match="none is open"):
        network.speak(deaf, TIMES, track, SpeakOptions(), Progress())


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("regression", {"chunk_frames": 0}),
        ("regression", {"warm_up_frames": -1}),
        ("regression", {"look_ahead_frames": None}),
        ("regression", {"encoder_sha256": "abc"}),
        ("regression", {"encoder_sha256": None}),
        ("regression", {"channels": [*LEARNED[:-1], "mouthWobble"]}),
        ("regression", {"learned_upper_face": ["browDownLeft"]}),
        ("regression", {"learned_upper_face": 3}),
        ("regression", {"kind": "oracle"}),
        ("regression", {"kind": ["regression"]}),
        ("diffusion", {"signals": [0.5, 0.2]}),
        ("diffusion", {"signals": [0.5, 1.0]}),
        ("diffusion", {"signals": []}),
        ("diffusion", {"scale": [1.0]}),
        ("diffusion", {"offset": None}),
        ("diffusion", {"noise_scale": [-1.0] * (len(LEARNED) + 3)}),
        ("diffusion", {"overlap_frames": 31}),
        ("diffusion", {"segment_frames": 1}),
    ],
)
def test_a_contract_that_cannot_be_used_says_what_is_wrong(kind, change):
    with pytest.raises(ContractError, match="speech_face") as caught:
        read_layout(make_learned_contract(kind, **change))
    assert next(iter(change)) in str(caught.value)


@pytest.mark.parametrize("kind", KINDS)
def test_other_tensors_are_refused(kind):
    contract = make_learned_contract(kind)
    wrong = (
        replace(contract, inputs=contract.inputs[:-1]),
        replace(contract, outputs=(TensorSpec("clean", ("batch", "frames")),)),
        replace(contract, inputs=(*contract.inputs[:-1], TensorSpec("more", (3,)))),
    )
    for each in wrong:
        with pytest.raises(ContractError, match=r"expected.* with a fixed|; expected"):
            read_layout(each)
