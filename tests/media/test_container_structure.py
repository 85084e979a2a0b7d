"""Containers whose pieces do not follow each other: found by their own sizes, whatever a demuxer makes of them."""

import struct
from pathlib import Path

import pytest
from support.damaged_files import CONTAINERS
from support.program_runs import run_ffmpeg

from vidkompy.media.container_structure import find_structure_fault
from vidkompy.model import BROKEN_STRUCTURE, ENDS_EARLY, LOST_FRAMES, NO_END_MARK

PICTURES = ("-f", "lavfi", "-i", "testsrc2=size=64x48:rate=25:duration=1")
OTHERS: dict[str, tuple[str, ...]] = {
    "y4m": ("-pix_fmt", "yuv420p"),
    "gif": (),
    "ivf": ("-c:v", "libvpx", "-deadline", "realtime"),
}
# Neither of them ends early by its sizes where it is cut: NUT's packets have none that are known without its headers.
MARKED = {"nut": NO_END_MARK}


@pytest.fixture(scope="module")
def intact(intact: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Those of conftest.py, and OTHERS."""
    folder = tmp_path_factory.mktemp("others")
    others = {name: folder / f"clip.{name}" for name in OTHERS}
    for name, words in OTHERS.items():
        run_ffmpeg(*PICTURES, *words, others[name])
    return intact | others


@pytest.mark.slow
@pytest.mark.parametrize("name", [*CONTAINERS, *OTHERS])
def test_a_whole_file_has_no_break(intact: dict[str, Path], name: str) -> None:
    assert find_structure_fault(intact[name]) is None


@pytest.mark.parametrize("missing", [1, 3, 500])
@pytest.mark.parametrize("name", [*CONTAINERS, *OTHERS])
def test_a_file_that_lacks_its_end_is_noticed(intact: dict[str, Path], tmp_path: Path, name: str, missing: int) -> None:
    """AVI may lack 8 bytes: some writers count more than there is."""
    path = tmp_path / f"clip.{name}"
    path.write_bytes(intact[name].read_bytes()[:-missing])
    found = find_structure_fault(path)
    if "avi" in name and missing < 8:
        assert found is None
    elif name == "gif" and missing == 1:
        assert found is not None
        assert found.kind == NO_END_MARK
    elif name == "flv" and missing == 1:
        assert found is not None
    else:
        assert found is not None
        assert found.kind == MARKED.get(name, ENDS_EARLY)


@pytest.mark.parametrize(
    "name", ["mkv", "fragmented.mp4", "ts", "m2ts", "flv", "avi", "ogv", "mxf", "wmv", "y4m", "gif"]
)
def test_pieces_that_do_not_follow_each_other_are_found(intact: dict[str, Path], tmp_path: Path, name: str) -> None:
    """As where a block of a disk was lost: its bytes were replaced by those of something else, and more."""
    whole = intact[name].read_bytes()
    middle = len(whole) // 2
    path = tmp_path / f"clip.{name}"
    path.write_bytes(whole[:middle] + bytes(range(1, 256)) * 300 + whole[middle + 255 * 300 :])
    found = find_structure_fault(path)
    assert found is not None
    assert found.kind in (BROKEN_STRUCTURE, ENDS_EARLY)


def test_zeros_behind_the_last_piece_are_padding(intact: dict[str, Path], tmp_path: Path) -> None:
    for name in ("mp4", "fragmented.mp4", "flv", "mxf", "avi"):
        path = tmp_path / f"clip.{name}"
        path.write_bytes(intact[name].read_bytes() + bytes(4096))
        assert find_structure_fault(path) is None, name


def test_what_a_camera_leaves_behind_the_last_box_is_no_break(intact: dict[str, Path], tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(intact["mp4"].read_bytes() + b"\x01\x02\x03\x04\xff\xfe\xfd\xfc" * 64)
    assert find_structure_fault(path) is None


def test_a_missing_fragment_is_found_by_its_number(intact: dict[str, Path], tmp_path: Path) -> None:
    whole = intact["fragmented.mp4"].read_bytes()
    at, boxes = 0, list[tuple[bytes, int, int]]()
    while at + 8 <= len(whole):
        length, name = struct.unpack_from(">I4s", whole, at)
        boxes.append((name, at, at + length))
        at += length
    parts = [k for k, (name, _, _) in enumerate(boxes) if name == b"moof"]
    first, last = boxes[parts[3]][1], boxes[parts[4]][1]
    path = tmp_path / "clip.mp4"
    path.write_bytes(whole[:first] + whole[last:])
    found = find_structure_fault(path)
    assert found is not None
    assert (found.kind, found.offset) == (LOST_FRAMES, first)
    assert found.detail == "fragment 3 is followed by fragment 5"


@pytest.mark.parametrize("content", [b"", b"\x1a\x45\xdf\xa3", b"not a video, but some text\n", b"OggS" * 4, b"G" * 40])
def test_what_is_no_container_is_not_judged(tmp_path: Path, content: bytes) -> None:
    """Whoever opens it will say what it is; it must not fail here."""
    path = tmp_path / "clip"
    path.write_bytes(content)
    assert find_structure_fault(path) is None or content.startswith((b"OggS", b"G"))


@pytest.mark.parametrize("name", [*CONTAINERS, *OTHERS])
def test_heads_without_a_body_break_no_walk(intact: dict[str, Path], tmp_path: Path, name: str) -> None:
    """Any cut of the first kilobyte, where sizes themselves are cut."""
    head = intact[name].read_bytes()[:1024]
    path = tmp_path / f"clip.{name}"
    found = set[str]()
    for count in range(0, 1024, 7):
        path.write_bytes(head[:count])
        broken = find_structure_fault(path)
        found.add("" if broken is None else broken.kind)
    assert found <= {"", ENDS_EARLY, BROKEN_STRUCTURE, NO_END_MARK}
    assert len(found) > 1 or name in ("avi", "mpeg4.avi", "y4m")
