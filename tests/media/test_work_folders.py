"""Work folders: what killed runs left is found and removed, what only looks like it stays as it is."""

import errno
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from support.folder_state import on_disk
from support.killed_runs import left
from support.program_runs import EMBEDDED, as_process, environment

from vidkompy.errors import OutputError
from vidkompy.media import work_folders
from vidkompy.media.atomic_outputs import check_output, write_text
from vidkompy.media.work_folders import _open_if_own, find_siblings, trial_folder, work_folder

OUT = "out.csv"


def write() -> None:
    """The output, by a run like any other."""
    write_text(Path(OUT), "whole", overwrite=True)
    assert Path(OUT).read_text() == "whole"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


def test_what_a_killed_run_left_goes_with_the_next_run_of_that_output(folder: Path) -> None:
    left(folder, OUT, "part.csv", "part-earlier")
    left(folder, OUT)
    other = left(folder, "other.csv", "part.csv")
    write()
    assert sorted(path.name for path in folder.iterdir()) == sorted([OUT, other.name])
    assert sorted(path.name for path in other.iterdir()) == ["mark", "part.csv"]


def test_a_folder_in_use_is_left_alone_and_its_output_refused(folder: Path) -> None:
    with work_folder(folder, "output", OUT) as other:
        (other.path / "part.csv").write_text("half of it")
        before = on_disk(folder)
        with pytest.raises(OutputError, match=rf"^another run is writing '{OUT}' \('{other.path.name}' is locked\)"):
            write()
        assert on_disk(folder) == before
    write()


def unmarked(path: Path) -> None:
    (path / "mark").unlink()


def wrong_inode(path: Path) -> None:
    magic, inode, tail = (path / "mark").read_bytes().split(b"\n", 2)
    (path / "mark").write_bytes(b"%b\n%d\n%b" % (magic, int(inode) + 1, tail))


def other_program(path: Path) -> None:
    (path / "mark").write_bytes((path / "mark").read_bytes().replace(b"vidkompy", b"vidkompi"))


def empty_mark(path: Path) -> None:
    (path / "mark").write_bytes(b"")


def linked_mark(path: Path) -> None:
    (path / "mark").rename("mark of it")
    (path / "mark").symlink_to(Path("mark of it").absolute())


def shared_mark(path: Path) -> None:
    Path("mark of it").hardlink_to(path / "mark")


def piped_mark(path: Path) -> None:
    unmarked(path)
    os.mkfifo(path / "mark")


def mark_folder(path: Path) -> None:
    unmarked(path)
    (path / "mark").mkdir()


def copied(path: Path) -> None:
    shutil.copytree(path, f"{path}0")
    shutil.rmtree(path)


def unpacked(path: Path) -> None:
    shutil.make_archive("archive", "tar", path.parent, path.name)
    shutil.rmtree(path)
    spare = path.parent / "spare"  # takes the inode that has become free
    spare.mkdir()
    if hasattr(tarfile, "fully_trusted_filter"):  # since Python 3.11.4
        shutil.unpack_archive("archive.tar", ".", filter="fully_trusted")
    else:
        shutil.unpack_archive("archive.tar", ".")


def link_to_it(path: Path) -> None:
    path.rename("elsewhere")
    path.symlink_to("elsewhere")


def opened_to_all(path: Path) -> None:
    path.chmod(0o777)


def plain_file(path: Path) -> None:
    shutil.rmtree(path)
    path.write_text("precious")


ALIKE = (unmarked, wrong_inode, other_program, empty_mark, linked_mark, shared_mark, piped_mark, mark_folder)


@pytest.mark.parametrize("made_alike", [*ALIKE, copied, unpacked, link_to_it, opened_to_all, plain_file])
def test_what_only_looks_like_a_work_folder_is_not_touched(folder: Path, made_alike: Callable[[Path], None]) -> None:
    made_alike(left(folder, OUT, "part.csv"))
    before = on_disk(folder)
    write()
    after = on_disk(folder)
    assert after.pop(OUT)
    assert after == before


def test_a_folder_of_another_user_is_not_recognised(folder: Path) -> None:
    path = left(folder, OUT, "part.csv")
    own = path.stat()
    mine, theirs = (_open_if_own(path, os.stat_result((*own[:4], own.st_uid + k, *own[5:10]))) for k in (0, 1))
    assert theirs is None
    assert mine is not None
    mine.close()


def test_nothing_but_own_files_is_removed_from_what_was_left(folder: Path) -> None:
    """No link is followed, and no folder entered."""
    path = left(folder, OUT, "part.csv", "part-0.mov")
    Path("precious").write_text("precious")
    (path / "part-link").symlink_to(Path("precious").absolute())
    (path / "notes.txt").write_text("mine")
    (path / "part-folder").mkdir()
    (path / "part-folder" / "part.csv").write_text("mine")
    os.mkfifo(path / "part-pipe")
    write()
    assert sorted(name.name for name in path.iterdir()) == ["mark", "notes.txt", "part-folder", "part-pipe"]
    assert (path / "part-folder" / "part.csv").read_text() == "mine"
    assert Path("precious").read_text() == "precious"
    for name in ("notes.txt", "part-pipe", "part-folder/part.csv"):
        (path / name).unlink()
    (path / "part-folder").rmdir()
    write()
    assert not path.exists()


NAMES = [
    b"-o",
    b"a\nb\n.csv",
    b"x" * 255,
    b"a." + b"y" * 253,
    b"\xff\xfe.csv",
    "ä".encode() * 127,
    b" ",
    b".vidkompy-x",
]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_the_name_of_an_output_it_is_written_and_recognised(folder: Path, name: bytes) -> None:
    output = Path(os.fsdecode(name))
    left(folder, output.name, "part.csv")
    check_output(output, (), overwrite=False)
    write_text(output, "whole", overwrite=False)
    assert [path.name for path in folder.iterdir()] == [output.name]
    assert output.read_text() == "whole"


@pytest.mark.parametrize("umask", [0o000, 0o027, 0o077])
def test_an_output_has_the_mode_of_any_new_file_and_its_work_folder_is_private(folder: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        with work_folder(folder, "output", "other.csv") as other:
            modes = [path.stat().st_mode & 0o777 for path in (other.path, other.path / "mark")]
        write()
    finally:
        os.umask(before)
    assert modes == [0o700, 0o600]
    assert Path(OUT).stat().st_mode & 0o777 == 0o666 & ~umask


@pytest.mark.parametrize(
    "function", ["secrets.token_hex", "_open", "take_lock", "_mark_content", "os.write", "find_siblings"]
)
@pytest.mark.parametrize("error", [KeyboardInterrupt, OSError(errno.ENOSPC, "No space left on device")])
def test_whatever_stops_it_while_its_folder_is_made_leaves_none(
    folder: Path, monkeypatch: pytest.MonkeyPatch, function: str, error: OSError | type[KeyboardInterrupt]
) -> None:
    def stop(*_: object) -> None:
        raise error

    monkeypatch.setattr(
        f"vidkompy.media.{'atomic_outputs' if function == 'find_siblings' else 'work_folders'}.{function}", stop
    )
    with pytest.raises((KeyboardInterrupt, OutputError)):
        write_text(Path(OUT), "whole", overwrite=False)
    assert not [*folder.iterdir()]


def test_an_interrupt_while_it_is_removed_does_not_keep_it(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    removed = work_folders.WorkFolder.discard
    calls: list[list[str]] = []

    def interrupted(self: work_folders.WorkFolder, names: list[str]) -> None:
        calls.append([*names])
        if len(calls) == 1:
            raise KeyboardInterrupt
        removed(self, calls[-1])

    monkeypatch.setattr(work_folders.WorkFolder, "discard", interrupted)
    with pytest.raises(KeyboardInterrupt), work_folder(folder, "output", OUT) as made:
        (made.path / "part").write_text("half of it")
    assert not [*folder.iterdir()]


def test_an_interrupt_while_it_is_closed_closes_nothing_twice(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    close = os.close

    def interrupted(handle: int) -> None:
        close(handle)
        monkeypatch.setattr(os, "close", close)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), work_folder(folder, "output", OUT):
        monkeypatch.setattr(os, "close", interrupted)
    assert not [*folder.iterdir()]


TWO = """
import sys
from pathlib import Path
from vidkompy.errors import OutputError
from vidkompy.media.atomic_outputs import staged_output
wins = 0
for _ in range(300):
    try:
        with staged_output(Path("out.csv"), True) as part:
            with open("busy", "x"):
                pass
            part.path.write_text("whole")
            Path("busy").unlink()
            part.publish()
            wins += 1
    except OutputError:
        pass
print(wins)
"""


def test_of_runs_at_the_same_time_no_two_write_one_output(folder: Path) -> None:
    """Each makes a file that must not be there while it writes."""
    argv = [sys.executable, "-c", TWO]
    runs = [subprocess.Popen(argv, env=environment(), stdout=subprocess.PIPE, text=True) for _ in range(3)]
    outputs = [run.communicate(timeout=60)[0] for run in runs]
    assert [run.returncode for run in runs] == [0, 0, 0]
    assert sum(map(int, outputs)) > 0
    assert [path.name for path in folder.iterdir()] == [OUT]


def test_a_folder_that_cannot_be_listed_can_be_written(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError

    with monkeypatch.context() as patched:
        patched.setattr(Path, "iterdir", refuse)
        write()
    assert [path.name for path in folder.iterdir()] == [OUT]


def test_an_output_folder_may_be_a_link(folder: Path) -> None:
    Path("link").symlink_to(folder)
    gone = left(Path("link"), OUT, "part.csv")
    write_text(Path("link", OUT), "whole", overwrite=False)
    assert not gone.exists()
    assert sorted(path.name for path in folder.iterdir()) == ["link", OUT]


# ---- in the folder for temporary files


KILLS = """#!/bin/sh
case "$*" in *"{sign}"*) kill -9 $PPID; exit 1 ;; esac
exec "{ffmpeg}" "$@"
"""


@pytest.mark.slow
@pytest.mark.parametrize("sign", ["-frames:v 1 ", "-c copy -t 0.1 "])
def test_trials_of_a_killed_run_go_with_the_next(sidecar: Path, monkeypatch: pytest.MonkeyPatch, sign: str) -> None:
    """Of the encoder with one frame, and of the sound with a tenth of a second."""
    home, place = sidecar.parent, sidecar.parent / "temporary"
    place.mkdir()
    tool = home / "deadly"
    tool.write_text(KILLS.format(sign=sign, ffmpeg=EMBEDDED))
    tool.chmod(0o755)
    copied(left(place, "", "part.mkv", purpose="trial"))
    alike = on_disk(place)
    words = ("render", sidecar.name, "-o", "out.mkv", "--dry-run", "--ffmpeg")
    monkeypatch.setenv("TMPDIR", str(place))
    assert as_process(*words, tool, folder=home).code == -9
    assert len(on_disk(place)) > len(alike)
    assert as_process(*words, EMBEDDED, folder=home).code == 0
    assert on_disk(place) == alike


def test_a_trial_in_use_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with trial_folder() as one:
        with trial_folder() as two:
            assert one.exists()
            assert two.exists()
        assert one.exists()
        assert not two.exists()
    assert not one.exists()


def test_a_full_folder_for_temporary_files_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    wanted = f"^cannot write into '{tmp_path / 'gone'}', the folder for temporary files: no such file or directory; "
    with pytest.raises(OutputError, match=wanted), trial_folder():
        raise AssertionError


def test_two_kinds_of_work_on_one_name_do_not_mix(folder: Path) -> None:
    """A trial becomes no file: another run's is none of an output's business, even in the same place."""
    with work_folder(folder, "trial") as trial, work_folder(folder, "output", OUT) as own:
        assert find_siblings(own) == ([], [])
        assert find_siblings(trial) == ([], [])


def test_a_machine_without_a_folder_for_temporary_files_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/nowhere"])
    wanted = "cannot write into 'TMPDIR', the folder for temporary files: no usable"
    with pytest.raises(OutputError, match=wanted), trial_folder():
        pass
