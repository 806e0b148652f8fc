"""Each data set's files give the joints that were written into them, metres and Y up."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from backend.video.corpora.cameras import CorpusCamera, cameras_around
from backend.video.corpora.h36m import read_h36m
from backend.video.corpora.humaneva import read_humaneva
from backend.video.corpora.panoptic import read_panoptic
from blender_addon.core.errors import InputError
from tests.video.corpora import layouts
from tests.video.corpora.layouts import fourteen, walker

COUNT = 80
H36M_RATE, HUMANEVA_RATE, PANOPTIC_RATE = 50.0, 60.0, 29.97


# --- Human3.6M --------------------------------------------------------------------------------


def write_h36m_npz(folder: Path, points: np.ndarray) -> None:
    poses = {"S9": {"Walking 1": points.astype(np.float32)}}
    (folder / "data_3d_h36m.npz").write_bytes(layouts.bytes_of(positions_3d=poses))


H36M_FILES: dict[str, Callable[[Path, np.ndarray], None]] = {
    "npz": write_h36m_npz,
    "cdf": lambda folder, points: layouts.write_cdf(
        folder / "S9/MyPoseFeatures/D3_Positions/Walking 1.cdf", points
    ),
    "mat": lambda folder, points: layouts.write_mat(
        folder / "S9/MyPoseFeatures/D3_Positions/Walking 1.cdf.mat", points
    ),
    "h5": lambda folder, points: layouts.write_h5(
        folder / "S9/MyPoses/3D_positions/Walking 1.h5", points
    ),
}


@pytest.mark.parametrize("kind", H36M_FILES)
def test_h36m(kind: str, tmp_path: Path) -> None:
    places = walker(COUNT, H36M_RATE)
    H36M_FILES[kind](tmp_path, layouts.h36m_points(places))
    (take,) = read_h36m(tmp_path)
    assert (take.subject, take.name, take.frame_rate_hz) == ("S9", "Walking 1", H36M_RATE)
    np.testing.assert_allclose(take.joints_m, fourteen(places), atol=1e-5)
    assert take.measured.all()
    assert take.cameras == ()


@pytest.mark.parametrize("kind", H36M_FILES)
def test_h36m_cut_short(kind: str, tmp_path: Path) -> None:
    H36M_FILES[kind](tmp_path, layouts.h36m_points(walker(COUNT, H36M_RATE)))
    (path,) = (each for each in tmp_path.rglob("*") if each.is_file())
    whole = path.read_bytes()
    for share in (0.0, 0.01, 0.2, 0.5, 0.9):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(InputError, match=path.name.replace(".", r"\.")):
            list(read_h36m(tmp_path))


# --- HumanEva ---------------------------------------------------------------------------------


def test_humaneva_npz(tmp_path: Path) -> None:
    places = walker(COUNT, HUMANEVA_RATE)
    poses = {"Train/S1": {"Walking 1 chunk0": layouts.humaneva_points(places)}}
    (tmp_path / "data_3d_humaneva15.npz").write_bytes(layouts.bytes_of(positions_3d=poses))
    (take,) = read_humaneva(tmp_path)
    assert (take.subject, take.name, take.frame_rate_hz) == ("Train/S1", "Walking 1 chunk0", 60.0)
    np.testing.assert_allclose(take.joints_m, fourteen(places), atol=1e-6)


def test_humaneva_mat_with_the_person_lost(tmp_path: Path) -> None:
    """Lost for a moment it is filled in and marked; for longer, it becomes two takes."""
    places = walker(3 * COUNT, HUMANEVA_RATE)
    points = layouts.humaneva_points(places)
    points[30:40] = np.nan  # a sixth of a second
    points[50, 3] = np.nan  # an elbow
    points[120:160] = np.nan
    layouts.write_humaneva_mat(tmp_path / "Validate/S2/Walking_1.mat", points)
    first, second = read_humaneva(tmp_path)
    assert (first.subject, first.name) == ("Validate/S2", "Walking 1 from 0")
    assert (second.name, second.frame_count) == ("Walking 1 from 160", 80)
    missing = np.flatnonzero(~first.measured)
    assert missing.tolist() == [*range(30, 40), 50]
    expected = fourteen(places)
    np.testing.assert_allclose(
        first.joints_m[first.measured], expected[:120][first.measured], atol=1e-6
    )
    assert np.abs(first.joints_m - expected[:120]).max() < 0.05
    np.testing.assert_allclose(second.joints_m, expected[160:], atol=1e-6)


def test_humaneva_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "Train/S1/Jog_1.mat"
    layouts.write_humaneva_mat(path, layouts.humaneva_points(walker(COUNT, HUMANEVA_RATE)))
    whole = path.read_bytes()
    for share in (0.0, 0.01, 0.5, 0.9):
        path.write_bytes(whole[: int(share * len(whole))])
        with pytest.raises(InputError, match=r"Jog_1\.mat"):
            list(read_humaneva(tmp_path))


# --- Panoptic ---------------------------------------------------------------------------------


def test_panoptic_people_come_and_go(tmp_path: Path) -> None:
    first, second = walker(200, PANOPTIC_RATE), walker(200, PANOPTIC_RATE, (1.5, -1.0))
    people = {0: (first, range(200)), 7: (second, range(50, 120))}
    layouts.write_panoptic(tmp_path / "170915_walk", people)
    whole, part = read_panoptic(tmp_path / "170915_walk")
    assert (whole.subject, part.subject) == ("person 0", "person 7")
    assert whole.frame_rate_hz == PANOPTIC_RATE
    np.testing.assert_allclose(whole.joints_m, fourteen(first), atol=1e-6)
    np.testing.assert_allclose(part.joints_m, fourteen(second)[50:120], atol=1e-6)
    again = list(read_panoptic(tmp_path))
    assert [take.name for take in again] == ["170915_walk"] * 2


def test_panoptic_gaps(tmp_path: Path) -> None:
    """A frame without the person, a joint without confidence, a file that is not there."""
    places = walker(90, PANOPTIC_RATE)
    scene = tmp_path / "scene"
    layouts.write_panoptic(scene, {3: (places, range(90))})
    folder = scene / "hdPose3d_stage1_coco19"
    layouts.write_panoptic_frame(folder / "body3DScene_00000120.json", {})
    hidden = layouts.panoptic_rows(places, 30)
    hidden[8] = 0.0, 0.0, 0.0, -1.0  # the left ankle
    layouts.write_panoptic_frame(folder / "body3DScene_00000130.json", {3: hidden, -1: hidden})
    (folder / "body3DScene_00000140.json").unlink()
    (take,) = read_panoptic(scene)
    assert np.flatnonzero(~take.measured).tolist() == [20, 30, 40]
    assert np.abs(take.joints_m - fourteen(places)).max() < 0.05


def panoptic_camera() -> dict:
    """One whose lens bends."""
    turn = 0.4
    rotation = np.array(
        [[np.cos(turn), 0, np.sin(turn)], [0, 1, 0], [-np.sin(turn), 0, np.cos(turn)]]
    )
    return {
        "name": "00_03", "type": "hd", "resolution": [1920, 1080], "panel": 0, "node": 3,
        "K": [[1400.0, 0.0, 950.0], [0.0, 1395.0, 530.0], [0.0, 0.0, 1.0]],
        "distCoef": [-0.28, 0.18, 0.0007, -0.0003, 0.06],
        "R": rotation.tolist(), "t": [[-30.0], [100.0], [400.0]],
    }  # fmt: skip


def test_panoptic_cameras_project_as_the_toolbox_says(tmp_path: Path) -> None:
    places = walker(40, PANOPTIC_RATE)
    scene = tmp_path / "scene"
    layouts.write_panoptic(scene, {0: (places, range(40))})
    about = panoptic_camera()
    calibration = {"cameras": [{**about, "type": "vga", "name": "01_01"}, about]}
    (scene / "calibration_scene.json").write_text(json.dumps(calibration), "utf-8")
    (take,) = read_panoptic(scene)
    (camera,) = take.cameras
    assert (camera.name, camera.size_px) == ("00_03", (1920, 1080))
    theirs = layouts.panoptic_rows(places, 5)[8, :3]  # the left ankle, cm and Y down
    x, y, z = np.array(about["R"]) @ theirs + np.ravel(about["t"])
    x, y = x / z, y / z
    r = x * x + y * y
    k1, k2, p1, p2, k3 = about["distCoef"]
    bend = 1 + k1 * r + k2 * r**2 + k3 * r**3
    expected = [
        1400 * (x * bend + 2 * p1 * x * y + p2 * (r + 2 * x * x)) + 950,
        1395 * (y * bend + p1 * (r + 2 * y * y) + 2 * p2 * x * y) + 530,
    ]
    found = camera.project(take.joints_m)
    np.testing.assert_allclose(found[5, 0], expected, atol=1e-3)
    assert (found[:, 13, 1] < found[:, 0, 1]).all()  # the head above the foot


# --- cameras of Human3.6M ---------------------------------------------------------------------

TURN = np.array([[0.0, 0.0, 1.0], [-1.0, 0.0, 0.0], [0.0, -1.0, 0.0]])
"""From a camera's axes to a world with Z up: it looks along +x."""
LENS = {
    "focal": [1145.0, 1144.0], "centre": [512.0, 515.0], "radial": [-0.2, 0.24, -0.003],
    "tangential": [-0.001, -0.0014],
}  # fmt: skip
PLACE_MM = [-5000.0, -700.0, 1500.0]


def write_cameras_json(folder: Path) -> None:
    camera = {
        "id": "54138969", "orientation": layouts.quaternion_of(TURN), "translation": PLACE_MM,
        "center": LENS["centre"], "focal_length": LENS["focal"], "res_w": 1000, "res_h": 1002,
        "radial_distortion": LENS["radial"], "tangential_distortion": LENS["tangential"],
    }  # fmt: skip
    (folder / "cameras.json").write_text(json.dumps({"S9": [camera], "S2": [{}]}), "utf-8")


def write_cameras_h5(folder: Path) -> None:
    """By columns: what its reader turns over to get from the world to the camera."""
    h5py = pytest.importorskip("h5py", reason=layouts.NOT_THERE)
    with h5py.File(folder / "cameras.h5", "w") as file:
        camera = file.create_group("subject9/camera1")
        camera["R"], camera["T"] = TURN, np.array(PLACE_MM)[:, None]
        camera["f"], camera["c"] = (
            np.array(LENS["focal"])[:, None],
            np.array(LENS["centre"])[:, None],
        )
        camera["k"] = np.array(LENS["radial"])[:, None]
        camera["p"] = np.array(LENS["tangential"])[:, None]


@pytest.mark.parametrize("write", [write_cameras_json, write_cameras_h5])
def test_h36m_cameras(write: Callable[[Path], None], tmp_path: Path) -> None:
    places = walker(COUNT, H36M_RATE)
    points = layouts.h36m_points(places)
    write_h36m_npz(tmp_path, points)
    write(tmp_path)
    (take,) = read_h36m(tmp_path)
    (camera,) = take.cameras
    x, y, z = TURN.T @ (points[7, 15] - np.array(PLACE_MM) / 1000)  # the top of the head
    x, y = x / z, y / z
    r = x * x + y * y
    bend = 1 + np.dot(LENS["radial"], [r, r**2, r**3])
    p1, p2 = LENS["tangential"]
    expected = [
        1145 * (x * bend + 2 * p1 * x * y + p2 * (r + 2 * x * x)) + 512,
        1144 * (y * bend + p1 * (r + 2 * y * y) + 2 * p2 * x * y) + 515,
    ]
    np.testing.assert_allclose(camera.project(take.joints_m)[7, 13], expected, atol=1e-3)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"focal_length": [0.0, 1.0]}, "focal length"),
        ({"focal_length": [1.0]}, r"expected \(2,\)"),
        ({"translation": ["a"]}, "translation"),
        ({"center": [np.nan, 1.0]}, "not finite"),
    ],
)
def test_h36m_cameras_that_are_wrong(change: dict, message: str, tmp_path: Path) -> None:
    write_h36m_npz(tmp_path, layouts.h36m_points(walker(COUNT, H36M_RATE)))
    write_cameras_json(tmp_path)
    path = tmp_path / "cameras.json"
    document = json.loads(path.read_text("utf-8"))
    document["S9"][0].update(change)
    path.write_text(json.dumps(document), "utf-8")
    with pytest.raises(InputError, match=message):
        list(read_h36m(tmp_path))
    path.write_text(path.read_text("utf-8")[:40], "utf-8")
    with pytest.raises(InputError, match="no list of cameras"):
        list(read_h36m(tmp_path))


# --- cameras ----------------------------------------------------------------------------------


def test_cameras_around_see_all_of_a_take() -> None:
    joints = fourteen(walker(150, 50.0, (3.0, -8.0)))
    cameras = cameras_around(joints)
    assert len(cameras) == 4
    for camera in cameras:
        pixels = camera.project(joints)
        assert (pixels > 0.0).all()
        assert (pixels < np.array(camera.size_px)).all()
        assert np.ptp(pixels[..., 1], axis=1).min() > 0.3 * camera.size_px[1]
        assert (pixels[:, 13, 1] < pixels[:, 0, 1]).all()
        film = camera.film_camera(len(joints))
        np.testing.assert_allclose(film.project(joints), pixels, atol=1e-6)


def test_a_mirror_is_no_rotation() -> None:
    with pytest.raises(InputError, match="rotation is none"):
        CorpusCamera(
            "m", (10, 10), np.ones(2), np.ones(2), np.diag([-1.0, 1.0, 1.0]), np.zeros(3),
            np.zeros(3), np.zeros(2),
        )  # fmt: skip


# --- what is wrong ----------------------------------------------------------------------------


@pytest.mark.parametrize("read", [read_h36m, read_humaneva, read_panoptic])
def test_a_folder_without_poses_says_what_was_expected(read: Callable, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(InputError, match="expected"):
            list(read(folder))


def test_panoptic_without_frames(tmp_path: Path) -> None:
    (tmp_path / "hdPose3d_stage1_coco19").mkdir()
    with pytest.raises(InputError, match="is empty"):
        list(read_panoptic(tmp_path))


def test_panoptic_without_people_gives_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "hdPose3d_stage1_coco19"
    folder.mkdir()
    for frame in range(5):
        layouts.write_panoptic_frame(folder / f"body3DScene_{frame:08d}.json", {})
    assert list(read_panoptic(tmp_path)) == []


@pytest.mark.parametrize(
    "text",
    [
        "", "{", "[]", "3", '{"bodies": 3}', '{"bodies": [{"id": 0}]}',
        '{"bodies": [{"id": 0, "joints19": [1, 2]}]}',
        '{"bodies": [{"id": 0, "joints19": "none"}]}',
        '{"fpsType": "film", "bodies": []}',
    ],
)  # fmt: skip
def test_panoptic_frame_that_is_broken(text: str, tmp_path: Path) -> None:
    folder = tmp_path / "hdPose3d_stage1_coco19"
    folder.mkdir()
    (folder / "body3DScene_00000004.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"body3DScene_00000004\.json is no frame"):
        list(read_panoptic(tmp_path))


@pytest.mark.parametrize("text", ["{", "{}", '{"cameras": [{"type": "hd"}]}', '{"cameras": [1]}'])
def test_panoptic_calibration_that_is_broken(text: str, tmp_path: Path) -> None:
    layouts.write_panoptic(tmp_path / "scene", {0: (walker(40, PANOPTIC_RATE), range(40))})
    (tmp_path / "scene/calibration_scene.json").write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"calibration_scene\.json"):
        list(read_panoptic(tmp_path / "scene"))


def test_nobody_is_a_thousand_times_too_large(tmp_path: Path) -> None:
    """Millimetres where metres are expected."""
    write_h36m_npz(tmp_path, 1000 * layouts.h36m_points(walker(COUNT, H36M_RATE)))
    with pytest.raises(InputError, match="another unit"):
        list(read_h36m(tmp_path))


def test_poses_that_are_never_whole_give_nothing(tmp_path: Path) -> None:
    points = layouts.h36m_points(walker(COUNT, H36M_RATE))
    points[:, 3] = np.nan
    write_h36m_npz(tmp_path, points)
    assert list(read_h36m(tmp_path)) == []
