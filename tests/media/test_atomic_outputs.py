"""Files that happen to be in the way: no command writes or removes one that was not named for writing."""

import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support import constructed_maps, pictureless_pairs
from support.folder_state import on_disk
from support.killed_runs import left
from support.private_mounts import own_mounts
from support.program_runs import EMBEDDED, Vidkompy, environment, refused
from support.truth_cases import Case

from vidkompy.cli.commands import Demo
from vidkompy.cli.trial_commands import run_demo
from vidkompy.errors import OutputError, UsageError
from vidkompy.media.atomic_outputs import StagedFile, check_output, write_texts
from vidkompy.sidecar.document import write_sidecar

FFV1 = ("--", "-c:v", "ffv1")
INPUT_TAKEN = "is an input; inputs are never written: name another output with -o"
LINKS = pytest.mark.parametrize("link", [os.symlink, os.link], ids=["symbolic", "hard"])
Link = Callable[[str, str], None]

# ---- beside the output of a render


@pytest.mark.slow
@LINKS
@pytest.mark.parametrize("chunks", ["1", "2"])
def test_links_that_are_named_like_temporary_files_are_not_followed(
    vidkompy: Vidkompy, sidecar: Path, chunks: str, link: Link
) -> None:
    Path("precious").write_text("precious")
    Path("mine").mkdir()
    Path("mine", "0-film.mov").write_text("precious")
    names = [".out.vidkompy.part.mkv", ".out.part.mkv", ".vidkompy-out.mkv", ".vidkompy-part.mkv", "part.mkv", "mark"]
    for name, target in zip(names, ["precious", "fg.mp4", "bg.mp4", sidecar.name, "fg.mp4", "bg.mp4"], strict=True):
        link(target, name)
    Path(".out.mkv.parts").symlink_to("mine")
    before = on_disk(Path.cwd())
    assert vidkompy("render", sidecar.name, "-o", "out.mkv", "--chunks", chunks, *FFV1).code == 0
    after = on_disk(Path.cwd())
    assert after.pop("out.mkv")
    assert after == before


@pytest.mark.slow
@pytest.mark.parametrize("name", [".out.vidkompy.part.mkv", "part.mkv", ".vidkompy-0123456789abcdef"])
def test_an_fg_that_is_named_like_a_temporary_file_is_an_fg(vidkompy: Vidkompy, sidecar: Path, name: str) -> None:
    Path("fg.mp4").rename(name)
    sidecar.write_text(sidecar.read_text().replace('"fg.mp4"', f'"{name}"'))
    before = on_disk(Path.cwd())
    assert vidkompy("render", sidecar.name, "-o", "out.mkv", *FFV1).code == 0
    assert vidkompy("verify", sidecar.name, "out.mkv").code == 0
    after = on_disk(Path.cwd())
    assert after.pop("out.mkv")
    assert after == before


@pytest.mark.parametrize("chunks", ["1", "2"])
def test_a_folder_that_is_named_like_one_for_parts_is_not_emptied(
    vidkompy: Vidkompy, sidecar: Path, chunks: str
) -> None:
    for name in (".out.mkv.parts", ".vidkompy-parts", "out.mkv.parts"):
        Path(name).mkdir()
        Path(name, "0-film.mov").write_text("precious")
        Path(name, "part-0-film.mov").write_text("precious")
    before = on_disk(Path.cwd())
    assert vidkompy("render", sidecar.name, "-o", "out.mkv", "--chunks", chunks, *FFV1).code == 0
    after = on_disk(Path.cwd())
    assert after.pop("out.mkv")
    assert after == before


def test_parts_that_were_kept_go_when_the_output_is_whole_by_other_means(vidkompy: Vidkompy, sidecar: Path) -> None:
    folder = left(Path.cwd(), "out.mkv", "part-0-0123456789abcdef0123.mov", purpose="parts")
    assert vidkompy("render", sidecar.name, "-o", "out.mkv", "--", "-c:v", "nosuch").code == 1
    assert [path.name for path in folder.glob("part*")] == ["part-0-0123456789abcdef0123.mov"]
    assert vidkompy("render", sidecar.name, "-o", "out.mkv", *FFV1).code == 0
    assert not folder.exists()


def test_a_link_named_like_a_kept_part_is_not_taken_for_one(vidkompy: Vidkompy, sidecar: Path) -> None:
    """The names of parts are known: here one leads out of the folder."""
    words = ("render", sidecar.name, "-o", "out.mkv", "--chunks", "2")
    assert vidkompy(*words, "--ffmpeg", intruding("*/part.mkv", "exit 1"), *FFV1).code == 1
    [folder] = Path().glob(".vidkompy-*")
    first, second = sorted(folder.glob("part-*"))
    first.rename("precious.mov")
    first.symlink_to(Path("precious.mov").absolute())
    before = on_disk(Path.cwd())["precious.mov"]
    assert second.exists()
    assert vidkompy(*words, "--ffmpeg", intruding("nothing", ":"), *FFV1).code == 0
    assert vidkompy("verify", sidecar.name, "out.mkv").out.count("36 of 36 bit-exact") == 2
    assert on_disk(Path.cwd())["precious.mov"] == before
    assert not folder.exists()


# ---- in the place of the output


def intruding(pattern: str, action: str) -> str:
    """An ffmpeg that does `action` first where its command matches."""
    path = Path.cwd() / "intruding"
    path.write_text(f'#!/bin/sh\ncase "$*" in {pattern}) {action} ;; esac\nexec "{EMBEDDED}" "$@"\n')
    path.chmod(0o755)
    return str(path)


@pytest.mark.slow
@pytest.mark.parametrize("chunks", ["1", "2"])
@pytest.mark.parametrize("has_links", [True, False])
@pytest.mark.parametrize("intruder", ["echo precious > out.mkv", "ln -s nothing out.mkv"])
def test_what_came_to_be_while_it_was_drawn_is_not_replaced(
    vidkompy: Vidkompy, sidecar: Path, monkeypatch: pytest.MonkeyPatch, intruder: str, has_links: bool, chunks: str
) -> None:
    """Also on file systems without hard links."""
    if not has_links:
        monkeypatch.setattr(Path, "hardlink_to", unsupported)
    tool = intruding("*/.vidkompy-*/part.mkv | *file:.vidkompy-*/part.mkv", intruder)
    words = ("render", sidecar.name, "-o", "out.mkv", "--chunks", chunks, "--ffmpeg", tool)
    outcome = vidkompy(*words, *FFV1)
    assert outcome.code == 1
    wanted = "'out.mkv' has come to be while it was made; add --overwrite to replace it, or name another output with -o"
    assert wanted in outcome.err
    if intruder.startswith("echo"):
        assert Path("out.mkv").read_text() == "precious\n"
    else:
        assert Path("out.mkv").readlink() == Path("nothing")
    intruding("nothing", ":")
    assert vidkompy(*words, "--overwrite", *FFV1).code == 0
    assert vidkompy("verify", sidecar.name, "out.mkv").code == 0
    assert not list(Path.cwd().glob(".vidkompy-*"))


def unsupported(*_: object) -> None:
    raise OSError(errno.EPERM, "Operation not permitted")


def test_without_hard_links_an_output_is_written_all_the_same(
    vidkompy: Vidkompy, sidecar: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "hardlink_to", unsupported)
    assert vidkompy("render", sidecar.name, "-o", "out.mkv", *FFV1).code == 0
    assert vidkompy("verify", sidecar.name, "out.mkv").code == 0


def test_overwrite_replaces_a_link_and_not_what_it_leads_to(vidkompy: Vidkompy, sidecar: Path) -> None:
    Path("precious").write_text("precious")
    for name in ("out.mkv", "out.csv"):
        Path(name).symlink_to("precious")
    assert vidkompy("render", sidecar.name, "-o", "out.mkv", "--overwrite", *FFV1).code == 0
    assert vidkompy("export", sidecar.name, "--to", "csv", "-o", "out.csv", "--overwrite").code == 0
    assert Path("precious").read_text() == "precious"
    assert not Path("out.mkv").is_symlink()
    assert not Path("out.csv").is_symlink()


def test_a_composite_that_came_to_be_during_the_analysis_is_kept_and_so_is_the_analysis(
    vidkompy: Vidkompy, pair: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vidkompy import analysis

    found = analysis.analyze

    def slow(*words: object) -> object:
        Path("out.mkv").write_text("precious")
        return found(*words)  # type: ignore[arg-type]

    monkeypatch.setattr(analysis, "analyze", slow)
    outcome = vidkompy("compose", pair.bg.name, pair.fg.name, "-o", "out.mkv")
    assert outcome.code == 1
    assert "output 'out.mkv' exists; add --overwrite to replace it" in outcome.err
    assert outcome.err.endswith("; the analysis is kept: go on with vidkompy render 'out.vidkompy.json'\n")
    assert Path("out.mkv").read_text() == "precious"


@pytest.mark.slow
@LINKS
def test_the_demo_writes_through_no_link(vidkompy: Vidkompy, link: Link) -> None:
    Path("d").mkdir()
    for name in ("background.mp4", "foreground.mp4", "composite.mp4", "composite.vidkompy.json"):
        Path(f"precious {name}").write_text("precious")
        link(str(Path(f"precious {name}").absolute()), f"d/{name}")
    before = {name: state for name, state in on_disk(Path.cwd()).items() if name.startswith("precious")}
    assert vidkompy("demo", "-o", "d").code == 2
    assert run_demo(Demo(Path("d"), overwrite=True), frames=110).exit_code == 0
    assert {name: state for name, state in on_disk(Path.cwd()).items() if name.startswith("precious")} == before


# ---- inputs of every command


@pytest.fixture
def texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """x.vidkompy.json, its clips fg.mp4 and bg.mp4, and map.csv and map.json made of it."""
    monkeypatch.chdir(tmp_path)
    write_sidecar(pictureless_pairs.pair(Path.cwd(), constructed_maps.offset(40)), Path("x.vidkompy.json"))
    return tmp_path


@pytest.mark.parametrize("kind", ["csv", "json"])
@pytest.mark.parametrize("name", ["fg.mp4", "bg.mp4", "base.vidkompy.json", "map"])
@pytest.mark.parametrize("link", [None, os.symlink, os.link], ids=["itself", "symbolic link", "hard link"])
@pytest.mark.usefixtures("texts")
def test_an_import_writes_over_nothing_that_it_reads(
    vidkompy: Vidkompy, kind: str, name: str, link: Link | None
) -> None:
    assert vidkompy("export", "x.vidkompy.json", "--to", kind, "-o", "map").code == 0
    Path("x.vidkompy.json").rename("base.vidkompy.json")
    target = name
    if link is not None:
        link(name, target := "link.vidkompy.json")
    base = ("--sidecar", "base.vidkompy.json") if kind == "csv" else ()
    if (kind, name) == ("csv", "base.vidkompy.json") and link is None:
        assert vidkompy("import", "map", "-o", target, *base, "--overwrite").code == 0
        assert vidkompy("import", "map", "-o", f"./{target}", *base, "--overwrite").code == 0
        return
    if (kind, name) == ("json", "base.vidkompy.json"):
        assert vidkompy("import", "map", "-o", target, "--overwrite").code == 0  # it reads no sidecar
        return
    message = refused(vidkompy, "import", "map", "-o", target, *base, "--overwrite", code=2)
    assert message == f"output '{target}' {INPUT_TAKEN}"


@LINKS
@pytest.mark.usefixtures("texts")
def test_an_import_without_a_base_replaces_a_link_and_no_sidecar(vidkompy: Vidkompy, link: Link) -> None:
    """What is at -o is the base then, and may be replaced: the link, not the file of another name."""
    assert vidkompy("export", "x.vidkompy.json", "--to", "csv", "-o", "map").code == 0
    link("x.vidkompy.json", "link.vidkompy.json")
    before = on_disk(Path.cwd())["x.vidkompy.json"]
    assert vidkompy("import", "map", "-o", "link.vidkompy.json", "--overwrite").code == 0
    assert not Path("link.vidkompy.json").is_symlink()
    assert on_disk(Path.cwd())["x.vidkompy.json"] == before


@LINKS
@pytest.mark.parametrize("name", ["fg.mp4", "bg.mp4", "x.vidkompy.json"])
@pytest.mark.usefixtures("texts")
def test_no_file_of_a_numbered_export_is_an_input(vidkompy: Vidkompy, name: str, link: Link) -> None:
    bg_numbers = np.arange(1003, dtype=np.int64)[::-1].copy()
    write_sidecar(pictureless_pairs.pair(Path.cwd(), bg_numbers), Path("x.vidkompy.json"))
    link(name, "film-2.edl")
    message = refused(vidkompy, "export", "x.vidkompy.json", "--to", "edl", "-o", "film.edl", "--overwrite", code=2)
    assert message == f"output 'film-2.edl' {INPUT_TAKEN}"


@LINKS
@pytest.mark.parametrize("name", ["fg.mp4", "bg.mp4", "pair.vidkompy.json"])
@pytest.mark.parametrize("command", ["refine", "render"])
def test_links_to_inputs_are_inputs_of_what_reads_a_sidecar(
    vidkompy: Vidkompy, sidecar: Path, command: str, name: str, link: Link
) -> None:
    link(name, "new.vidkompy.json")
    words = (command, sidecar.name, "-o", "new.vidkompy.json", "--overwrite")
    assert refused(vidkompy, *words, code=2) == f"output 'new.vidkompy.json' {INPUT_TAKEN}"


@LINKS
@pytest.mark.parametrize("command", ["analyze", "refine", "compose"])
@pytest.mark.parametrize("name", ["fg.mp4", "bg.mp4"])
def test_timecodes_are_written_over_no_input(
    vidkompy: Vidkompy, sidecar: Path, command: str, name: str, link: Link
) -> None:
    link(name, "new.timecodes.txt")
    clips = (sidecar.name,) if command == "refine" else ("bg.mp4", "fg.mp4")
    output = "new.mkv" if command == "compose" else "new.vidkompy.json"
    message = refused(vidkompy, command, *clips, "-o", output, "--overwrite", code=2)
    assert message == f"output 'new.timecodes.txt' {INPUT_TAKEN}"


def test_a_sidecar_named_like_its_timecodes_is_kept(vidkompy: Vidkompy, sidecar: Path) -> None:
    sidecar.rename("new.timecodes.txt")
    words = ("refine", "new.timecodes.txt", "-o", "new.vidkompy.json", "--overwrite")
    assert refused(vidkompy, *words, code=2) == f"output 'new.timecodes.txt' {INPUT_TAKEN}"


# ---- files that belong together

TIMECODES, SIDECAR = Path("new.timecodes.txt"), Path("new.vidkompy.json")
FULL = """
from pathlib import Path
from vidkompy.media.atomic_outputs import write_texts
write_texts({Path("new.timecodes.txt"): "t" * FIRST, Path("new.vidkompy.json"): "s" * SECOND}, overwrite=True)
"""


@pytest.mark.parametrize("sizes", [(4_000, 90_000), (90_000, 4_000), (40_000, 40_000)])
@pytest.mark.parametrize("old", [True, False])
def test_where_one_of_two_files_does_not_fit_neither_is_written(
    tmp_path: Path, sizes: tuple[int, int], old: bool
) -> None:
    """On a file system of 64 KiB, which older ones of 1 KiB stand on."""
    mount = tmp_path / "small"
    mount.mkdir()
    older = "for f in new.timecodes.txt new.vidkompy.json; do printf old > $f; done; " * old
    inside = f'mount -t tmpfs -o size=64k tmpfs . && cd "$PWD" && {older}"$@"; code=$?; tail -n +1 $(ls -A); exit $code'
    script = FULL.replace("FIRST", str(sizes[0])).replace("SECOND", str(sizes[1]))
    argv = [*own_mounts(), "sh", "-c", inside, "sh", sys.executable, "-c", script]
    done = subprocess.run(argv, cwd=mount, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 1
    assert "OutputError: cannot write 'new." in done.stderr
    assert "no space left on device" in done.stderr
    kept = "==> new.timecodes.txt <==\nold\n==> new.vidkompy.json <==\nold"
    assert done.stdout == (kept if old else "")


@pytest.mark.parametrize("old", [True, False])
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("failing", [0, 1])
def test_where_one_of_two_files_cannot_be_finished_neither_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: OSError | KeyboardInterrupt, old: bool, failing: int
) -> None:
    monkeypatch.chdir(tmp_path)
    finish = StagedFile.publish

    def fail(self: StagedFile) -> None:
        if self.output == (TIMECODES, SIDECAR)[failing]:
            raise error
        finish(self)

    if old:
        TIMECODES.write_text("old")
        SIDECAR.symlink_to("elsewhere")
    before = on_disk(tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(StagedFile, "publish", fail)
        with pytest.raises((OutputError, KeyboardInterrupt)):
            write_texts({TIMECODES: "new", SIDECAR: "new"}, overwrite=old)
    assert on_disk(tmp_path) == before
    write_texts({TIMECODES: "new", SIDECAR: "new"}, overwrite=old)
    assert (TIMECODES.read_text(), SIDECAR.read_text()) == ("new", "new")
    assert len([*tmp_path.iterdir()]) == 2


def test_of_two_files_the_one_that_came_to_be_meanwhile_stays_alone(tmp_path: Path) -> None:
    (tmp_path / SIDECAR).write_text("precious")
    before = on_disk(tmp_path)
    with pytest.raises(OutputError, match="has come to be while it was made"):
        write_texts({tmp_path / TIMECODES: "new", tmp_path / SIDECAR: "new"}, overwrite=False)
    assert on_disk(tmp_path) == before


def test_an_analysis_whose_timecodes_do_not_fit_leaves_no_sidecar(
    vidkompy: Vidkompy, pair: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vidkompy.media import atomic_outputs

    store = atomic_outputs._store

    def full(path: Path, text: str | bytes) -> None:
        if path.suffix == ".txt":
            raise OSError(errno.ENOSPC, "No space left on device")
        store(path, text)

    monkeypatch.setattr(atomic_outputs, "_store", full)
    wanted = "cannot write 'fg.timecodes.txt': no space left on device"
    assert refused(vidkompy, "analyze", pair.bg.name, pair.fg.name).endswith(wanted)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="needs Linux's names of open files")
def test_a_name_of_an_open_file_is_no_output(tmp_path: Path) -> None:
    """As /dev/stdout is one, which would be replaced by the output."""
    with (tmp_path / "x").open("w") as file, pytest.raises(UsageError, match="is a device or a pipe"):
        check_output(Path(f"/proc/self/fd/{file.fileno()}"), (), overwrite=True)
