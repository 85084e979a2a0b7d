"""Each claim of scripts/torture is one that can fail: a program that breaks it is caught, one that keeps all is not."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from support.program_runs import EMBEDDED  # noqa: E402
from torturing import cases, documents, faults, mutations  # noqa: E402
from torturing.cases import Step  # noqa: E402
from torturing.footage import FAST, Footage, encode  # noqa: E402
from torturing.invariants import CPU_A_RUN, MEMORY  # noqa: E402
from torturing.running import Cold, Job, Warm  # noqa: E402
from torturing.sandbox import CANARY, Door, Sandbox  # noqa: E402
from torturing.session import Session, says_kept  # noqa: E402

from vidkompy.media.work_folders import work_folder  # noqa: E402
from vidkompy.rendering.chunks import Chunk, _kept_note  # noqa: E402

GOOD = """
import sys, pathlib
print("vidkompy: all is well", file=sys.stderr)
pathlib.Path("named.json").write_text("{}")
"""
BAD = {  # what breaks each claim: kind of failure, program
    "exit code": "import sys; print('x', file=sys.stderr); sys.exit(7)",
    "exit code by signal": "import os; os.abort()",
    "traceback": "raise ValueError('planted')",
    "talk": "import sys; [print('word', file=sys.stderr) for _ in range(40)]",
    "talk on one line": "import sys; print('word' * 5000, file=sys.stderr)",
    "silence": "import sys; sys.exit(1)",
    "read": f"print({CANARY!r})",
    "touched": "import pathlib; pathlib.Path('../elsewhere/canary.txt').write_text('other')",
    "touched by deletion": "import pathlib; pathlib.Path('canary.txt').unlink()",
    "touched as an input": "import pathlib; pathlib.Path('bg.mp4').open('ab').write(b'x')",
    "left over": "import pathlib; pathlib.Path('.named.part').touch()",
    "left over among temporary files": "import tempfile; tempfile.mkstemp()",
    "injected": "import os; os.system('touch PWNED')",
    "partial": "import sys; open('named.json', 'w').write('{}'); print('x', file=sys.stderr); sys.exit(1)",
    "partial though done": "open('named.json', 'w').write('{')",
    "partial film": "open('named.mkv', 'w').write('{')",
    "orphan": "import subprocess; subprocess.Popen(['sleep', '60'])",
    "accepted": "",
    "memory": f"x = bytearray({MEMORY + (64 << 20)}); x[::4096] = bytes([1]) * len(x[::4096])",
    "connected": "import socket, pathlib; socket.create_connection(('127.0.0.1', int(open('port').read())))",
}
EXPORTS = {  # what an export hands over: kind of failure, format, text
    "ill-formed": ("ffmpeg", "if then"),
    "ill-formed Python": ("vapoursynth", "clip = ("),
    "ill-formed JSON": ("json", "{"),
    "ill-formed XML": ("mlt", "<mlt>"),
    "injected": ("ffmpeg", "touch PWNED"),
    "injected into vmaf": ("vmaf", "echo x > canary.txt"),
}


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return session_in(tmp_path)


def session_in(folder: Path, cpu_limit: float = CPU_A_RUN) -> Session:
    (folder / "cases").mkdir()
    return Session(None, folder / "cases", 1, (), folder / "kept", cpu_limit)  # type: ignore[arg-type]


def kinds(session: Session, program: str, tmp_path: Path, step: Step, fault: faults.Fault | None = None) -> set[str]:
    """Of the failures of a planted program."""
    box, door = Sandbox(tmp_path / "box"), Door()
    (box.work / "bg.mp4").write_bytes(bytes(1000))
    (box.work / "port").write_text(str(door.port))
    made = cases.Case("planted", 0, "planted", (step,), fault)
    cold = Cold([sys.executable, "-c", program])
    return {failure.kind for failure in session.failures_of(made, box, door, cold)}


def test_a_program_that_keeps_every_claim_fails_none(session: Session, tmp_path: Path) -> None:
    assert not kinds(session, GOOD, tmp_path, Step(("x",), frozenset(("named.json",))))


@pytest.mark.slow
@pytest.mark.parametrize("name", BAD)
def test_a_program_that_breaks_a_claim_is_caught(session: Session, tmp_path: Path, name: str) -> None:
    kind = next(kind for kind in ("exit code", "left over", *BAD) if name.startswith(kind))
    named = frozenset(("named.json", "named.mkv"))
    assert kinds(session, BAD[name], tmp_path, Step(("x",), named, must_fail=name == "accepted")) == {kind}


def test_cpu_beyond_the_bound_is_caught(tmp_path: Path) -> None:
    busy = "import time\nwhile time.process_time() < 0.5: pass"
    assert kinds(session_in(tmp_path, cpu_limit=0.2), busy, tmp_path, Step(("x",))) == {"slow"}


def test_a_program_that_never_ends_is_ended(tmp_path: Path) -> None:
    session = session_in(tmp_path, cpu_limit=-4.0)  # s, and 5 more until it is killed
    assert kinds(session, "while True: pass", tmp_path, Step(("x",))) == {"slow"}


@pytest.mark.parametrize("is_warm", [False, True])
def test_interrupts_arrive_though_a_shell_has_them_ignored(tmp_path: Path, is_warm: bool) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        program = Warm() if is_warm else Cold()
        out, err = str(tmp_path / "out"), str(tmp_path / "err")
        process = program.begin(Job(("doctor",), str(tmp_path), dict(os.environ), out, err, 60))
        while not faults.heeds_signals(process):
            time.sleep(0.001)
        os.kill(process, signal.SIGINT)
        assert program.wait().code == 130
        program.close()
    finally:
        signal.signal(signal.SIGINT, before)
    assert Path(err).read_text() == "vidkompy: interrupted; no partial file was left\n"


@pytest.mark.parametrize("name", EXPORTS)
def test_an_export_that_does_other_things_is_caught(session: Session, tmp_path: Path, name: str) -> None:
    form, text = EXPORTS[name]
    step = Step(("export", "x", "--to", form))
    assert kinds(session, f"print({text!r})", tmp_path, step) == {name.split()[0]}


@pytest.mark.parametrize("text", ['"$FFMPEG" -i x', "ffmpeg -i x"])
def test_an_export_that_only_calls_ffmpeg_is_not(session: Session, tmp_path: Path, text: str) -> None:
    assert not kinds(session, f"print({text!r})", tmp_path, Step(("export", "x", "--to", "ffmpeg")))


def killed(_: int) -> None:
    pass


def test_what_a_killed_run_leaves_and_the_next_one_does_not_take_away_is_caught(
    session: Session, tmp_path: Path
) -> None:
    fault = faults.Fault("SIGKILL", killed, is_killed=True)
    leaves = "import os, pathlib; p = pathlib.Path('.vidkompy-1'); p.exists() or (p.touch(), os.kill(os.getpid(), 9))"
    assert kinds(session, leaves, tmp_path, Step(("x",)), fault) == {"left over"}
    sweeps = leaves.replace("p.exists() or", "p.exists() and (p.unlink(), os._exit(0));")
    shutil.rmtree(tmp_path / "box")
    assert not kinds(session, sweeps, tmp_path, Step(("x",)), fault)


def test_another_answer_from_a_spoilt_cache_is_caught(session: Session, tmp_path: Path) -> None:
    fault = faults.Fault("cache", spoil=lambda: None)
    counts = "import os, pathlib; p = pathlib.Path(os.environ['VIDKOMPY_CACHE']); p.joinpath('x').touch()\n"
    counts += "pathlib.Path('named.json').write_text('[]' if os.path.exists('named.json') else '{}')"
    box_step = Step(("x",), frozenset(("named.json",)))
    made = cases.Case("planted", 0, "planted", (box_step,), fault, is_cached=True)
    box = Sandbox(tmp_path / "box")
    found = session.failures_of(made, box, Door(), Cold([sys.executable, "-c", counts]))
    assert {failure.kind for failure in found} == {"cache"}


# ---- inputs


@pytest.fixture(scope="module")
def footage(tmp_path_factory: pytest.TempPathFactory) -> Footage:
    folder = tmp_path_factory.mktemp("footage")
    assert encode([EMBEDDED], folder / "bg.mp4", ("-c:v", "libx264", *FAST))
    films = tuple(folder / name for name in ("a.mp4", "a.mkv", "a.ts", "a.avi", "a.flv", "a.264"))
    for film in films:
        sound = ("-an",) if film.suffix == ".264" else ("-c:a", "mp3", "-ar", "44100")
        assert encode([EMBEDDED], film, ("-c:v", "libx264", *FAST, *sound))
    (folder / "pair.vidkompy.json").write_text(json.dumps({"clips": {"fg": {"path": "a"}}, "runs": [1, 2.5, None]}))
    return Footage(folder / "bg.mp4", films, folder / "pair.vidkompy.json")


@pytest.mark.parametrize("kind", cases.KINDS)
def test_a_case_is_the_same_whenever_it_is_made(footage: Footage, tmp_path: Path, kind: str) -> None:
    """Of a fault only the name is compared: its functions are never equal."""
    for number in range(12):
        descriptions = []
        for _ in range(2):
            box = Sandbox(tmp_path / f"{number}")
            made = cases.case(kind, number, 7, footage, box, 1)
            if made.fault is not None and made.fault.undo is not None:
                made.fault.undo()
            descriptions.append(
                (made.description, made.steps, made.is_cold, {name: state for name, (state, _) in box.state().items()})
            )
            box.remove()
        assert descriptions[0] == descriptions[1]


@pytest.mark.parametrize("suffix", sorted({*mutations.BY_SUFFIX} & {".mp4", ".mkv", ".ts", ".avi", ".flv", ".264"}))
def test_every_mutation_changes_a_film_and_keeps_its_head_sometimes(footage: Footage, suffix: str) -> None:
    data = next(film for film in footage.films if film.suffix == suffix).read_bytes()
    for mutation in {*mutations.BY_SUFFIX[suffix], *mutations.ANYWHERE}:
        made = [mutation(data, random.Random(n)) for n in range(40)]
        assert any(found != data for found in made), mutation
        assert any(found[:4] == data[:4] for found in made), mutation


@pytest.mark.parametrize("suffix", sorted(mutations.BY_SUFFIX))
def test_what_is_left_of_a_film_can_be_mutated_again(suffix: str) -> None:
    """Nothing in it may be what the mutation looks for."""
    for seed in range(300):
        rng = random.Random(seed)
        mutations.mutated(rng.randbytes(rng.choice((0, 1, 7, 200))), suffix, rng)


def test_sidecars_are_mutated_in_every_place() -> None:
    whole = {"a": "text", "b": [1, 2.5], "c": {"d": None}}
    made = {documents.mutated(whole, random.Random(n), 1) for n in range(500)}
    parsed = []
    for data in made:
        try:
            parsed.append(json.loads(data))
        except (ValueError, RecursionError):
            continue
    assert 300 < len(parsed) < len(made)
    for place in ("a", "b", "c"):
        assert any(isinstance(found, dict) and place not in found for found in parsed)
    assert any(isinstance(found, dict) and "touch PWNED" in str(found.get("a")) for found in parsed)


@pytest.mark.slow
def test_the_command_line_says_what_it_tried(tmp_path: Path) -> None:
    argv = [ROOT / "scripts/torture", "--case", "3", "--only", "import", "--keep", tmp_path / "kept"]
    done = subprocess.run([sys.executable, *map(str, argv)], capture_output=True, text=True, timeout=300)
    assert done.stdout.startswith("seed 1: 1 inputs tried in ")
    assert "failures  none" in done.stdout
    assert (done.returncode, (tmp_path / "kept").exists()) == (0, False)


def test_no_kind_of_failure_goes_untested() -> None:
    source = "".join((ROOT / f"scripts/torturing/{name}.py").read_text() for name in ("invariants", "session"))
    named = set(re.findall(r'Failure\(\s*"([a-z -]+)"', source)) | {"injected", "slow"}
    caught = {kind for kind in named for name in (*BAD, *EXPORTS) if name.startswith(kind)}
    assert named == caught | {"slow", "cache"}


@pytest.mark.parametrize("finished", [0, 1, 2])
def test_parts_that_a_render_says_it_keeps_are_expected_to_be_there(tmp_path: Path, finished: int) -> None:
    job: Any = None  # parts are known by their names here
    parts = [Chunk(job, k, k, f"part-{k}", Fraction(1)) for k in range(3)]
    with work_folder(tmp_path, "parts") as folder:
        for part in parts[:finished]:
            (folder.path / part.name).touch()
        printed = tmp_path / "err"
        printed.write_text(f"vidkompy: another run wrote 'out.mkv'{_kept_note(parts, folder)}\n")
        assert says_kept(printed) == (finished > 0)
