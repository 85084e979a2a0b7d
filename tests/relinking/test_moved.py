"""A clip under another name: known by its bytes, and nothing else of the sidecar changes."""

import json
import shutil
from pathlib import Path

import pytest
from support.folder_state import on_disk
from support.program_runs import Vidkompy, refused

from vidkompy.sidecar.document import check_clips, read_sidecar


def document(path: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads(path.read_text())
    return found


@pytest.mark.parametrize("role", ["bg", "fg"])
def test_a_renamed_clip_is_found_and_the_old_sidecar_stays(vidkompy: Vidkompy, sidecar: Path, role: str) -> None:
    before = document(sidecar)
    Path("elsewhere").mkdir()
    moved = Path(shutil.move(f"{role}.mp4", f"elsewhere/{role} 2.mov"))
    assert f"vidkompy relink pair.vidkompy.json --{role} FILE" in refused(vidkompy, "render", sidecar.name)
    outcome = vidkompy("relink", sidecar.name, f"--{role}", moved)
    assert (outcome.code, outcome.out) == (0, "pair.vidkompy.json\n")
    assert f"'{moved}' is '{role}.mp4', moved: all bytes are the same (SHA-256)" in outcome.err
    after = document(sidecar)
    assert after["clips"][role].pop("path") == f"elsewhere/{role} 2.mov"  # type: ignore[index]
    before["clips"][role].pop("path")  # type: ignore[index]
    assert after == before
    check_clips(read_sidecar(sidecar), sidecar)
    assert document(Path("pair.vidkompy.json.old"))["clips"][role]["path"] == f"{role}.mp4"  # type: ignore[index]
    assert Path("pair.timecodes.txt").read_text().startswith("# timestamp format")


def test_both_clips_of_a_folder_that_moved_go_into_a_sidecar_of_another_name(vidkompy: Vidkompy, sidecar: Path) -> None:
    Path("new").mkdir()
    for name in ("bg.mp4", "fg.mp4"):
        shutil.move(name, "new")
    before = sidecar.read_text()
    words = ("--bg", "new/bg.mp4", "--fg", "new/fg.mp4", "-o", "new/pair.vidkompy.json", "--json")
    result = json.loads(vidkompy("relink", sidecar.name, *words).out)
    assert [(one["clip"], one["change"]) for one in result["clips"]] == [("fg", "moved"), ("bg", "moved")]
    assert (result["kept"], sidecar.read_text()) == (None, before)
    check_clips(read_sidecar("new/pair.vidkompy.json"), "x")
    assert "exists; add --overwrite" in refused(vidkompy, "relink", sidecar.name, *words[:-1], code=2)


def test_what_cannot_be_relinked_leaves_everything_as_it_was(vidkompy: Vidkompy, sidecar: Path) -> None:
    assert "nothing to relink is named" in refused(vidkompy, "relink", sidecar.name, code=2)
    assert "no such file" in refused(vidkompy, "relink", sidecar.name, "--bg", "gone.mp4")
    assert "is an input" in refused(
        vidkompy, "relink", sidecar.name, "--bg", "bg.mp4", "-o", "bg.mp4", "--overwrite", code=2
    )


def test_old_sidecars_that_were_kept_are_not_written_over(vidkompy: Vidkompy, sidecar: Path) -> None:
    Path("pair.vidkompy.json.old").write_text("mine")
    assert vidkompy("relink", sidecar.name, "--bg", "bg.mp4").code == 0
    assert Path("pair.vidkompy.json.old").read_text() == "mine"
    assert "pair.vidkompy.json.old2" in on_disk(Path.cwd())
