"""Scripts and graphs for one's own ffmpeg, run: what they draw is what render draws."""

import os
import re
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from support.export_readers import reader
from support.folder_state import on_disk
from support.program_runs import (
    EMBEDDED,
    FFMPEGS,
    Vidkompy,
    frame_hashes,
    packets,
    seconds,
    sidecar_of,
)
from support.truth_cases import Case

from vidkompy.exchange import posix_script, powershell_script
from vidkompy.exchange.powershell_script import BOM, quoted
from vidkompy.exchange.render_script import CroppingOption, script_words
from vidkompy.sidecar.document import write_sidecar

FFV1 = ("-c:v", "ffv1")
ODD = '-it\'s 100% $HOME `a` "b" & c: 映画'
POSIX_CROPPING = "${cropping:+-apply_cropping} ${cropping}"
MAP = [*range(5, 12), 12, 12, 15, 17, *[-1] * 4, 20, *range(3, 8), *range(30, 42), 46, 47]  # of 36


@pytest.fixture
def travelled(pair: Case, tmp_path: Path) -> Path:
    """A sidecar in a folder of an odd name, its clips in another: repeats, drops, a jump back, unmatched frames."""
    for name in (ODD, f"{ODD}/clips"):
        (tmp_path / name).mkdir()
    bg, fg = (path.rename(tmp_path / ODD / "clips" / f"{ODD} {path.name}") for path in (pair.bg, pair.fg))
    sidecar = sidecar_of(replace(pair, bg=bg, fg=fg))
    sidecar.frame_map.bg[:] = [*MAP, *[40] * (36 - len(MAP))]
    path = tmp_path / ODD / f"{ODD}.vidkompy.json"
    write_sidecar(sidecar, path)
    return path


def sh(
    path: Path, *words: str, folder: Path, ffmpeg: str = EMBEDDED, shell: str = "sh", **variables: str
) -> subprocess.CompletedProcess[str]:
    """Runs a script in a folder; temporary files are counted in another."""
    temporary = folder / "temporary"
    temporary.mkdir()
    ours = os.environ | {"FFMPEG": ffmpeg, "TMPDIR": str(temporary)} | variables
    done = subprocess.run([shell, path, *words], cwd=folder, env=ours, capture_output=True, text=True, timeout=60)
    temporary.rmdir()  # only if nothing was left in it
    return done


@pytest.mark.slow
@pytest.mark.parametrize("shell", ["sh", "zsh"])
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_a_script_draws_what_render_draws_from_anywhere(
    vidkompy: Vidkompy, travelled: Path, tmp_path: Path, ffmpeg: str, shell: str
) -> None:
    script, elsewhere = travelled.parent / "x y.sh", tmp_path / "elsewhere"
    assert vidkompy("export", travelled, "--to", "ffmpeg", "-o", script).code == 0
    assert str(tmp_path) not in script.read_text()
    moved = travelled.parent.rename(tmp_path / "moved $1")  # clips and script together
    elsewhere.mkdir()
    done = sh(moved / script.name, "-it's.mkv", *FFV1, folder=elsewhere, ffmpeg=ffmpeg, shell=reader(shell, shell))
    assert done.returncode == 0, done.stderr
    assert vidkompy("render", moved / travelled.name, "-o", "drawn.mkv", "--ffmpeg", ffmpeg, "--", *FFV1).code == 0
    ours, theirs = tmp_path / "drawn.mkv", elsewhere / "-it's.mkv"
    assert frame_hashes(theirs) == frame_hashes(ours)
    assert seconds(theirs) == seconds(ours)
    assert packets(theirs, "audio") == packets(ours, "audio")


def test_a_script_has_a_name_for_its_output_and_replaces_nothing(
    vidkompy: Vidkompy, travelled: Path, tmp_path: Path
) -> None:
    script, drawn = travelled.parent / "draw.sh", tmp_path / "draw.composite.mp4"
    assert vidkompy("export", travelled, "--to", "ffmpeg", "-o", script).code == 0
    assert sh(script, folder=tmp_path).returncode == 0
    assert vidkompy("verify", travelled, drawn).code == 0
    before = on_disk(tmp_path)
    again = sh(script, folder=tmp_path)
    assert (again.returncode, again.stderr) == (1, "'draw.composite.mp4' exists; name another output, or remove it\n")
    assert on_disk(tmp_path) == before


def test_a_script_fails_as_ffmpeg_does_and_leaves_nothing(vidkompy: Vidkompy, sidecar: Path, tmp_path: Path) -> None:
    assert vidkompy("export", sidecar, "--to", "ffmpeg", "-o", "draw.sh").code == 0
    before = on_disk(tmp_path)
    outcome = sh(Path("draw.sh"), "out.mkv", "-c:v", "nonesuch", folder=tmp_path)
    assert (outcome.returncode, "nonesuch" in outcome.stderr) == (8, True)  # AVERROR_ENCODER_NOT_FOUND, as a byte
    assert sh(Path("draw.sh"), folder=tmp_path, ffmpeg="nonesuch").returncode == 127
    assert on_disk(tmp_path) == before
    Path("bg.mp4").unlink()
    assert sh(Path("draw.sh"), folder=tmp_path).returncode != 0
    assert not Path("draw.composite.mp4").exists()


INTRUDERS = {"file": "echo precious > out.mkv", "link": "ln -s nothing out.mkv", "hard link": "ln bg.mp4 out.mkv"}


@pytest.mark.slow
@pytest.mark.parametrize("intruder", INTRUDERS)
@pytest.mark.parametrize("fails", [True, False])
@pytest.mark.parametrize("has_links", [True, False])
def test_a_script_neither_replaces_nor_removes_what_came_to_be_while_it_drew(
    vidkompy: Vidkompy, sidecar: Path, tmp_path: Path, intruder: str, fails: bool, has_links: bool
) -> None:
    """Whether it fails or not, and where files have one name only."""
    assert vidkompy("export", sidecar, "--to", "ffmpeg", "-o", "draw.sh").code == 0
    Path("wanted").mkdir()
    subprocess.run(["sh", "-c", INTRUDERS[intruder].replace("bg.mp4", "../bg.mp4")], cwd="wanted", check=True)
    ffmpeg, ln = Path("intruding"), Path("ln")
    end = "exit 7" if fails else f"exec '{EMBEDDED}' \"$@\""
    ffmpeg.write_text(
        f'#!/bin/sh\ncase "$*" in *part.mkv) /bin/cp -P wanted/out.mkv out.mkv; {end} ;; esac\n'
        f"exec '{EMBEDDED}' \"$@\"\n"
    )
    ln.write_text("#!/bin/sh\nexit 1\n")
    for tool in (ffmpeg, ln):
        tool.chmod(0o755)
    found = str(tmp_path) + os.pathsep if not has_links else ""
    before = on_disk(tmp_path)
    done = sh(Path("draw.sh"), "out.mkv", *FFV1, folder=tmp_path, ffmpeg="./intruding", PATH=found + os.environ["PATH"])
    assert done.returncode == (7 if fails else 1)
    assert fails or done.stderr.endswith("'out.mkv' has come to be while it was drawn; name another output\n")
    after = on_disk(tmp_path)
    assert after.pop("out.mkv")[0] == before["wanted/out.mkv"][0]
    assert after == before


@pytest.mark.slow
@pytest.mark.parametrize("name", ["out.mkv", "-out.mkv", "./a b/-out.mkv", "a b/.out.mkv", "/out.mkv"])
@pytest.mark.parametrize("has_links", [True, False])
def test_a_script_writes_any_name_in_any_folder(
    vidkompy: Vidkompy, sidecar: Path, tmp_path: Path, name: str, has_links: bool
) -> None:
    assert vidkompy("export", sidecar, "--to", "ffmpeg", "-o", "draw.sh").code == 0
    Path("a b").mkdir()
    Path("ln").write_text("#!/bin/sh\nexit 1\n")
    Path("ln").chmod(0o755)
    found = str(tmp_path) + os.pathsep if not has_links else ""
    path = f"{tmp_path}{name}" if name.startswith("/") else name
    before = on_disk(tmp_path)
    done = sh(Path("draw.sh"), path, *FFV1, folder=tmp_path, PATH=found + os.environ["PATH"])
    assert done.returncode == 0, done.stderr
    assert len(frame_hashes(Path(f"./{path}" if path.startswith("-") else path))) == 36
    after = on_disk(tmp_path)
    assert after.keys() - before.keys() == {str(Path(name)).lstrip("/")}


@pytest.mark.slow
@pytest.mark.parametrize("ffmpeg", FFMPEGS)
def test_the_bare_graph_draws_what_render_draws_by_the_command_that_is_printed(
    vidkompy: Vidkompy, sidecar: Path, ffmpeg: str
) -> None:
    options = ("--smooth", "--audio", "bg", "--ffmpeg", ffmpeg)
    exported = vidkompy("export", sidecar, "--to", "graph", "-o", "pair.graph", *options)
    advice = re.search(r"its inputs as ffmpeg (.*) opens them, .* is right with (.*) before the encoder", exported.err)
    assert advice, exported.err
    version = subprocess.run([ffmpeg, "-version"], capture_output=True, text=True, check=True).stdout
    option = "-filter_complex_script" if version.startswith("ffmpeg version 5") else "-/filter_complex"
    words = (*shlex.split(advice[1]), option, "pair.graph", *shlex.split(advice[2]), *FFV1, "own.mkv")
    subprocess.run([ffmpeg, "-v", "error", *words], check=True)
    assert vidkompy("render", sidecar, "-o", "drawn.mkv", *options, "--", *FFV1).code == 0
    assert frame_hashes(Path("own.mkv")) == frame_hashes(Path("drawn.mkv"))
    assert packets(Path("own.mkv"), "audio") == packets(Path("drawn.mkv"), "audio")
    assert f"loss   BG's sound lies as '{ffmpeg}' decodes it" in exported.err


def test_words_of_a_posix_script_are_read_as_they_are_meant() -> None:
    names = [ODD, "a\nb", "\\", "", "~", "$(id)", "*"]
    words = list(posix_script.quoted_words([f"file:{name}" for name in names]))
    script = "printf '%s\\0' " + posix_script.wrapped(word for word in words for _ in range(9))
    printed = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    assert printed.split("\0")[:-1] == [f"file:{name}" for name in names for _ in range(9)]


@pytest.mark.parametrize(
    ("path", "posix", "powershell"),
    [
        ("/x y", "'file:/x y'", "'file:/x y'"),
        ("C:/x", "file:C:/x", "'file:C:/x'"),
        ("it's/x", "\"file:$here\"/'it'\"'\"'s/x'", "('file:' + $PSScriptRoot + '/it''s/x')"),
    ],
)
def test_a_clip_is_named_from_the_scripts_folder_unless_its_path_is_absolute(
    path: str, posix: str, powershell: str
) -> None:
    (word,) = script_words(["the clip"], {"the clip": path})
    assert list(posix_script.quoted_words([word])) == [posix]
    assert list(powershell_script.quoted_words([word])) == [powershell]


def test_cropping_is_left_to_the_ffmpeg_that_is_started() -> None:
    words = list(script_words(["-i", "a", "-apply_cropping", "codec", "-i", "b"]))
    assert words == ["-i", "a", CroppingOption(), "-i", "b"]
    assert list(posix_script.quoted_words(words)) == ["-i", "a", POSIX_CROPPING, "-i", "b"]
    assert list(powershell_script.quoted_words(words)) == ["'-i'", "'a'", "$cropping", "'-i'", "'b'"]


def test_a_powershell_script_says_what_the_posix_one_says(vidkompy: Vidkompy, travelled: Path) -> None:
    """No PowerShell runs here: its words are read by the rules of its literal strings, ' doubled and nothing else."""
    scripts = {}
    for suffix in ("sh", "ps1"):
        assert vidkompy("export", travelled, "--to", "ffmpeg", "-o", travelled.parent / f"x.{suffix}").code == 0
        scripts[suffix] = (travelled.parent / f"x.{suffix}").read_text(encoding="utf-8")
    assert scripts["ps1"].startswith(f"{BOM}# ")
    graph = re.search(r"<< 'GRAPH'\n(.*)\nGRAPH\n", scripts["sh"])
    assert graph
    assert f"[IO.File]::WriteAllText($graph, {quoted(graph[1])})\n" in scripts["ps1"]
    words = (
        scripts["ps1"]
        .partition("$words = @(\n")[2]
        .partition("\n    )\n    & $ffmpeg -hide_banner -nostdin -xerror @words ")[0]
    )
    here = [
        re.sub(r"\('file:' \+ \$PSScriptRoot \+ '(.*)'\)", r"'file:$here\1'", line.strip())
        for line in words.split("\n")
    ]
    read = [line[1:-1].replace("''", "'") if line.startswith("'") else line for line in here]
    command = scripts["sh"].rpartition("' EXIT\n")[2].partition(' "$@" -n')[0].replace("\\\n", "")
    posix = shlex.split(command.replace(POSIX_CROPPING, "$cropping"))[4:]
    assert read == [{"$graph_option": "$option"}.get(word, word) for word in posix]
    assert f"file:$here/clips/{ODD} fg.mp4" in read
    assert re.findall(r"Delete\((.*?)\)", scripts["ps1"]) == ["$graph", "$part", "$work"]
    assert "param([string] $Output = 'x.composite.mp4', [string[]] $Encoding = @('-c:v', 'libx264', " in scripts["ps1"]


def test_a_powershell_literal_doubles_all_that_powershell_takes_for_a_quote() -> None:
    assert quoted('it\'s $HOME `a` "b" 100%') == "'it''s $HOME `a` \"b\" 100%'"
    curly = "\N{LEFT SINGLE QUOTATION MARK}\N{RIGHT SINGLE QUOTATION MARK}"
    assert quoted(curly) == f"'{curly[0] * 2}{curly[1] * 2}'"


@pytest.mark.parametrize("to", ["ffmpeg", "graph", "vmaf"])
def test_what_a_script_loses_names_no_option_that_it_lacks(vidkompy: Vidkompy, sidecar: Path, to: str) -> None:
    """FG lies between chroma samples, of which render says which of its options helps."""
    assert "--encoder libx264 --" in vidkompy("render", sidecar, "--dry-run").err
    lost = vidkompy("export", sidecar, "--to", to).err
    assert "--encoder" not in lost
    assert ("end ffmpeg's words with -c:v libx264 -pix_fmt yuv420p" in lost) == (to != "vmaf")
