"""What is tried: a case is prepared in a sandbox from a seed and its number, so that the same case can be had again."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import get_args

from torturing import documents, mutations
from torturing.faults import FAULTS, Fault
from torturing.footage import Footage
from torturing.sandbox import Sandbox
from vidkompy.exchange.format_contract import ExportName

TINY = ("--", "-c:v", "mpeg4", "-q:v", "5")
FORMATS: tuple[str, ...] = get_args(ExportName)
SCRIPTS: tuple[str, ...] = ("ffmpeg", "vmaf", "vapoursynth", "avisynth")
SIDECAR = "pair.vidkompy.json"


@dataclass(frozen=True)
class Step:
    """One run of the program. named: files in the work folder that it may write."""

    words: tuple[str, ...]
    named: frozenset[str] = frozenset()
    must_fail: bool = False


@dataclass(frozen=True)
class Case:
    """steps: each is run if the one before it succeeded, or it goes on anyway. is_cold: as a process of its own."""

    kind: str
    number: int
    description: str
    steps: tuple[Step, ...]
    fault: Fault | None = None
    is_cold: bool = False
    is_cached: bool = False
    goes_on: bool = False


def case(kind: str, number: int, seed: int, footage: Footage, box: Sandbox, port: int) -> Case:
    """Prepared in the sandbox. port: where nobody should call."""
    rng = Random(f"{seed} {number} {kind}")
    shutil.copy2(footage.bg, box.work / "bg.mp4")
    found = KINDS[kind](rng, footage, box, port)
    return replace(found, kind=kind, number=number, is_cold=found.is_cold or rng.random() < 0.05)


def _step(*words: str, named: tuple[str, ...] = (), must_fail: bool = False) -> Step:
    return Step(words, frozenset(named), must_fail)


def _case(description: str, *steps: Step) -> Case:
    return Case("", 0, description, steps)


# ---- media


def _media(rng: Random, footage: Footage, box: Sandbox, _: int) -> Case:
    film = rng.choice(footage.films)
    bad = f"bad{film.suffix}"
    (box.work / bad).write_bytes(mutations.mutated(film.read_bytes(), film.suffix, rng))
    return _case(f"{film.name} mutated", *_uses(bad, rng))


def _uses(bad: str, rng: Random) -> list[Step]:
    pair = ("bg.mp4", bad) if rng.random() < 0.8 else (bad, "bg.mp4")
    engine = ("--engine", rng.choice(("precise", "fast")), "--no-cache")
    match rng.randrange(10):
        case 0:
            return [_step("locate", *pair, "--json")]
        case 1:
            kept = ("out.vidkompy.json", "out.timecodes.txt", "out.mkv")
            return [_step("compose", *pair, "-o", "out.mkv", *engine, *TINY, named=kept)]
    pages = ("s.vidkompy.json", "s.timecodes.txt")
    audio = rng.choice(("auto", "fg", "bg", "none"))
    analyse = _step("analyze", *pair, "-o", pages[0], *engine, *rng.choice(((), ("--force",))), named=pages)
    draw = _step("render", pages[0], "-o", "out.mkv", "--audio", audio, *TINY, named=("out.mkv",))
    return [analyse, draw, _step("export", pages[0], "--to", rng.choice(FORMATS))]


def _playlist(rng: Random, footage: Footage, box: Sandbox, port: int) -> Case:
    """Text that makes ffmpeg read other files, under the name of a film."""
    for folder in (box.work, box.elsewhere):
        shutil.copy2(footage.films[0], folder / "secret.mp4")
    there = rng.choice(("secret.mp4", "../elsewhere/secret.mp4", str(box.elsewhere / "secret.mp4")))
    there = rng.choice((there, there, f"http://127.0.0.1:{port}/x.mp4"))
    name, text = rng.choice(sorted(_texts(there).items()))
    bad = "bad" + rng.choice((".mp4", ".mkv", ".avi", Path(name).suffix))
    (box.work / bad).write_text(text)
    pair = ("bg.mp4", bad) if rng.random() < 0.7 else (bad, "bg.mp4")
    kept = ("s.vidkompy.json", "s.timecodes.txt")
    words = rng.choice((("analyze", *pair, "-o", kept[0], "--force"), ("locate", *pair)))
    return _case(f"{name} named {bad}, leading to {there}", _step(*words, named=kept, must_fail=True))


def _texts(there: str) -> dict[str, str]:
    hls = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:1.2,\n{there}\n#EXT-X-ENDLIST\n"
    return {
        "list.m3u8": hls,
        "list.ffconcat": f"ffconcat version 1.0\nfile '{there}'\n",
        "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n"
        "a=rtpmap:96 H264/90000\n",
        "list.mpd": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" '
        'mediaPresentationDuration="PT1S" profiles="urn:mpeg:dash:profile:isoff-main:2011"><Period><AdaptationSet '
        f'mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>{there}</BaseURL></Representation>'
        "</AdaptationSet></Period></MPD>",
        "list.imf": f"<AssetMap><Path>{there}</Path></AssetMap>",
        "list.pls": f"[playlist]\nFile1={there}\nNumberOfEntries=1\n",
    }


# ---- sidecars


def _sidecar(rng: Random, footage: Footage, box: Sandbox, port: int) -> Case:
    shutil.copy2(footage.films[0], box.work / footage.films[0].name)
    bad = "bad.vidkompy.json"
    (box.work / bad).write_bytes(documents.mutated(json.loads(footage.sidecar.read_text()), rng, port))
    draw = _step("render", bad, "-o", "out.mkv", *TINY, named=("out.mkv",))
    kept = ("again.vidkompy.json", "again.timecodes.txt")
    refine = _step("refine", bad, "-o", kept[0], "--pin", "2=5", "--no-cache", named=kept)
    audio = ("--audio", rng.choice(("auto", "fg", "bg", "mix")))
    tried = [
        _step("render", bad, "-o", "out.mkv", "--dry-run", *audio),
        _step("export", bad, "--to", rng.choice(SCRIPTS)),
    ]
    tried.append(_step("export", bad, "--to", rng.choice(FORMATS)))
    tried.append(rng.choice((draw, refine, _step("verify", bad, "bg.mp4"))) if rng.random() < 0.3 else tried[1])
    return replace(_case("sidecar mutated", *tried), goes_on=True)


def _edited(rng: Random, footage: Footage, box: Sandbox, port: int) -> Case:
    """Maps that come back from elsewhere: bytes and values changed."""
    shutil.copy2(footage.films[0], box.work / footage.films[0].name)
    shutil.copy2(footage.sidecar, box.work / SIDECAR)
    document = json.loads(footage.sidecar.read_text())
    rows = [{"fg": k, "bg": k + 3} for k in range(24)]
    table = "fg_index,bg_index\n" + "".join(f"{row['fg']},{row['bg']}\n" for row in rows)
    kind = rng.choice(("csv", "json"))
    whole = document | {"schema": "vidkompy.map/1", "frames": rows}
    data = table.encode() if kind == "csv" else documents.mutated(whole, rng, port)
    if kind == "csv" or rng.random() < 0.3:
        data = mutations.mutated(data, ".csv", rng)
    (box.work / f"bad.{kind}").write_bytes(data)
    words = ("import", f"bad.{kind}", "--sidecar", SIDECAR, "-o", "new.vidkompy.json")
    return _case(f"{kind} edited elsewhere", _step(*words, named=("new.vidkompy.json",)))


# ---- names

NAMES: tuple[str, ...] = (
    "a\nb",
    "a'b",
    'a"b',
    "$(touch PWNED)",
    "`touch PWNED`",
    "%d%03d%s",
    "-y",
    "a:b",
    "http:x",
    "file:x",
    "é\u202eü",
)
NAMES += (
    "a;touch PWNED;",
    "a,b[c]",
    "a\\b",
    "#a",
    "~",
    "a b ",
    " ",
    "x" * 230,
    "\udcff\udcfe",
    "|touch PWNED",
    "*?",
    "&a",
)
NAMES += (
    "EOF",
    "'$(touch PWNED)'",
    "a\r",
    "\x1b[31m",
    "concat:bg.mp4",
    "{}",
    "!x",
    "=x",
    "@x",
    "<a>&b",
    "\u0301",
    "CON",
)


def _names(rng: Random, footage: Footage, box: Sandbox, _: int) -> Case:
    fg = rng.choice(NAMES) + ".mp4"
    target = rng.choice(NAMES)
    shutil.copy2(footage.films[0], box.work / fg)
    start = rng.choice(("./", "", f"{box.work}/"))
    kept = (f"{target}.vidkompy.json", f"{target}.timecodes.txt")
    analyse = _step("analyze", "bg.mp4", start + fg, "-o", start + kept[0], "--no-cache", "--force", named=kept)
    drawn = f"{target}.mkv"
    draw = _step("render", start + kept[0], "-o", start + drawn, *TINY, named=(drawn,))
    export = _step("export", start + kept[0], "--to", rng.choice((*FORMATS, "ffmpeg", "vmaf")))
    check = _step("verify", start + kept[0], start + drawn)
    return _case(f"FG {fg!r}, output {target!r}", analyse, draw, *rng.sample([export, check], 2))


# ---- in the way


def _in_the_way(rng: Random, footage: Footage, box: Sandbox, _: int) -> Case:
    """Files of the user's where temporary files or outputs would be, links among them."""
    for path in (footage.films[0], footage.sidecar):
        shutil.copy2(path, box.work / path.name)
    fg, canary = footage.films[0].name, box.elsewhere / "canary.txt"
    place = rng.choice(
        (".out.vidkompy.part.mkv", ".out.mkv.vidkompy.part.mkv", ".out.mkv.parts", ".out.parts", "out.mkv")
    )
    at = box.work / place
    match rng.randrange(6):
        case 0:
            at.symlink_to(canary)
        case 1:
            os.link(box.work / fg, at)
        case 2:
            os.link(canary, at)
        case 3:
            at.mkdir()
            (at / "mine.txt").write_text("mine")
        case 4:
            (box.elsewhere / "mine").mkdir()
            (box.elsewhere / "mine" / "part-0.mkv").write_text("mine")
            at.symlink_to(box.elsewhere / "mine")
        case _:
            at.write_text("mine")
    more = rng.choice(((), ("--chunks", "2")))
    words = ("render", SIDECAR, "-o", "out.mkv", *more, *TINY)
    return _case(f"{place} in the way", _step(*words, named=() if place == "out.mkv" else ("out.mkv",)))


# ---- faults


def _fault(rng: Random, footage: Footage, box: Sandbox, _: int) -> Case:
    fg = footage.films[0].name
    for path in (footage.films[0], footage.sidecar):
        shutil.copy2(path, box.work / path.name)
    fault = rng.choice(FAULTS)(rng, box, fg)
    engine = ("--no-cache",) if not fault.is_cached else ()
    kept = (f"{fault.folder}s.vidkompy.json", f"{fault.folder}s.timecodes.txt")
    drawn = f"{fault.folder}out.mkv"
    analyse = _step("analyze", "bg.mp4", fg, "-o", kept[0], *engine, named=kept, must_fail=fault.must_fail)
    draw = _step("render", SIDECAR, "-o", drawn, *TINY, named=(drawn,), must_fail=fault.must_fail)
    chunks = _step("render", SIDECAR, "-o", drawn, "--chunks", "2", *TINY, named=(drawn,), must_fail=fault.must_fail)
    whole = (f"{fault.folder}out.vidkompy.json", f"{fault.folder}out.timecodes.txt", drawn)
    both = _step("compose", "bg.mp4", fg, "-o", drawn, *engine, *TINY, named=whole, must_fail=fault.must_fail)
    step = analyse if fault.is_cached else rng.choice((analyse, draw, draw, chunks, both))
    return replace(_case(f"{fault.name} during {step.words[0]}", step), fault=fault, is_cached=fault.is_cached)


Prepare = Callable[[Random, Footage, Sandbox, int], Case]
KINDS: dict[str, Prepare] = {
    "media": _media,
    "sidecar": _sidecar,
    "import": _edited,
    "names": _names,
    "playlist": _playlist,
    "way": _in_the_way,
    "fault": _fault,
}
SHARES = {"media": 8, "sidecar": 10, "import": 2, "names": 3, "playlist": 2, "way": 3, "fault": 6}


def kind_of(number: int, seed: int, only: tuple[str, ...]) -> str:
    kinds = [kind for kind in KINDS if not only or kind in only]
    return Random(f"{seed} {number}").choices(kinds, [SHARES[kind] for kind in kinds])[0]
