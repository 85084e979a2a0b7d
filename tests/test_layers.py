"""Who may import whom, checked in the source and in running processes. A new module adds its line to the table."""

import ast
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from program import environment

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("vidkompy/**/*.py"), *ROOT.glob("filtergraphs/*.py")])

MAY_IMPORT = {  # modules of vidkompy -> other modules of vidkompy
    "__init__": "errors model sidecar",
    "__main__": "cli streams",
    "analyze": "bars cache confidence content decode doubts engines entries errors faults features guessing integrity "
    "model placement probe quality sound stages",
    "annotations": "model",
    "arguments": "commands containers engines errors ffmpeg_cli model probe",
    "bands": "engines features model paths",
    "bars": "content decode features model",
    "cache": "decode entries model",
    "carried": "errors imports inputs model outputs quality sidecar",
    "chunks": "entering errors ffmpeg_cli model outputs probe render work_folders",
    "cli": "analyze arguments cache carried chunks commands demo drawing encoders engines errors export "
    "exports.timecodes ffmpeg_cli locate model outputs placement plan_sound probe progress render shell sidecar "
    "streams summary trials verify",
    "completeness": "faults gaps model structure",
    "commands": "drawing encoders engines exports",
    "confidence": "engines model",
    "coarse": "decode features model spacetime",
    "containers": "ffmpeg_cli",
    "content": "decode features model",
    "decode": "errors model probe",
    "demuxers": "errors",
    "demo": "errors model outputs",
    "doubts": "decode engines features model",
    "drawing": "errors",
    "encoders": "containers errors ffmpeg_cli",
    "endings": "errors ffmpeg_cli integrity",
    "engines": "features model",
    "engines.border": "bands engines errors features lagging model motion trajectory",
    "engines.fast": "bands engines features lagging model trajectory",
    "engines.hash": "bands engines features fingerprints model paths trajectory",
    "engines.mask": "bands engines errors features lagging model motion paths trajectory",
    "engines.precise": "bands engines features lagging model trajectory",
    "engines.tunnel_full": "engines features model tunnels",
    "engines.tunnel_mask": "engines errors features model motion tunnels",
    "entering": "containers errors model probe",
    "entries": "decode features limits model sound",
    "errors": "",
    "export": "drawing errors exports outputs sidecar",
    "exports": "drawing losses model",
    "editing": "losses model timeline",
    "exports.avisynth": "errors exports links losses model rates served",
    "exports.csv": "exports losses model",
    "exports.edl": "editing errors exports links losses model stepping timecode timeline",
    "exports.fcpxml": "editing exports links losses markup model stepping timeline",
    "exports.ffmpeg": "errors exports powershell scripted shell",
    "exports.graph": "exports losses scripted",
    "exports.json": "exports model sidecar",
    "exports.mlt": "editing exports links losses markup model stepping timeline",
    "exports.otio": "editing exports links losses model sidecar stepping timeline",
    "exports.timecodes": "exports losses model",
    "exports.xmeml": "editing errors exports links losses markup model stepping timecode timeline",
    "exports.vapoursynth": "errors exports links model served",
    "exports.vmaf": "drawing entering errors exports losses model nearest plan remarks scripted shell sidecar",
    "extents": "errors limits model",
    "faults": "gaps model",
    "features": "decode model",
    "ffmpeg_cli": "errors work_folders",
    "fine": "decode features model spacetime",
    "first_label": "model rates timecode",
    "fingerprints": "features kernels model",
    "gaps": "model",
    "guessing": "decode features keypoints slides spacetime stretches",
    "imports": "model",
    "imports.csv": "errors imports model rows",
    "imports.json": "errors exports.json imports json_lines model rows sidecar",
    "imports.otio": "errors exports.otio imports json_lines limits links model rates sidecar stepping timeline",
    "inputs": "",
    "integrity": "decode errors model probe",
    "json_lines": "",
    "kernels": "",
    "keypoints": "features model spacetime",
    "labelling": "ffmpeg_cli",
    "lagging": "bands engines features kernels model paths trajectory",
    "layouts": "ffmpeg_cli",
    "likeness": "decode model",
    "limits": "",
    "links": "",
    "losses": "",
    "locate": "analyze content decode errors features fine guessing model placement probe spacetime stages stretches",
    "markup": "errors",
    "model": "",
    "motion": "model",
    "nearest": "",
    "outputs": "errors work_folders",
    "paths": "kernels model",
    "placement": "coarse decode errors features fine guessing model spacetime trust",
    "plan": "containers drawing entering errors limits model probe",
    "plan_sound": "containers drawing errors ffmpeg_cli first_label layouts limits model probe steady",
    "frame_tags": "model",
    "powershell": "render",
    "probe": "completeness demuxers errors extents faults frame_tags inputs limits model structure",
    "progress": "",
    "quality": "errors faults model sound",
    "rates": "errors limits model",
    "remarks": "containers faults ffmpeg_cli labelling model",
    "render": "drawing encoders endings errors ffmpeg_cli labelling model outputs plan plan_sound remarks sidecar "
    "trials",
    "rows": "errors model",
    "scripted": "exports ffmpeg_cli links losses render",
    "served": "drawing exports losses model plan rates remarks sidecar timeline",
    "shell": "render",
    "sidecar": "annotations errors inputs limits links model outputs",
    "slides": "decode features model spacetime",
    "sound": "limits model probe",
    "spacetime": "features kernels model paths",
    "steady": "model",
    "stages": "decode errors guessing model",
    "stepping": "model",
    "streams": "",
    "stretches": "decode features keypoints model spacetime",
    "structure": "model",
    "summary": "locate model verify",
    "timecode": "",
    "timeline": "errors losses model rates timecode",
    "trajectory": "engines features kernels model paths",
    "trials": "encoders errors ffmpeg_cli probe work_folders",
    "trust": "content decode features fine model slides spacetime",
    "tunnels": "bands engines errors features kernels model paths trajectory",
    "verify": "decode drawing errors faults likeness model plan probe",
    "work_folders": "errors",
}
DRAWS = {  # what may import filtergraphs
    *(
        "chunks",
        "decode",
        "encoders",
        "entering",
        "ffmpeg_cli",
        "labelling",
        "likeness",
        "model",
        "plan",
        "plan_sound",
        "remarks",
        "render",
        "trials",
    ),
    *("exports.avisynth", "exports.vapoursynth", "exports.vmaf", "served", "verify"),
}
ONLY_IN = {  # names that belong in one place
    "ffmpeg": {"filtergraphs.comparison", "filtergraphs.graph", "filtergraphs.layers", "filtergraphs.mixing"},
    "numba": {"vidkompy.kernels"},
    "subprocess": {"vidkompy.ffmpeg_cli"},
    "imageio_ffmpeg": {"vidkompy.ffmpeg_cli"},
    "platformdirs": {"vidkompy.cache"},
    "tyro": {"vidkompy.cli", "vidkompy.commands"},
    "rich": {"vidkompy.progress"},
    "orjson": {"vidkompy.sidecar"},
    "jsonschema_rs": {"vidkompy.sidecar"},
    "av": {
        "vidkompy.entering",
        "vidkompy.completeness",
        "vidkompy.demuxers",
        "vidkompy.integrity",
        "vidkompy.probe",
        "vidkompy.decode",
        "vidkompy.demo",
        "vidkompy.frame_tags",
        "vidkompy.likeness",
        "vidkompy.sound",
        "vidkompy.verify",
    },
}
COMMAND_LINE = {"vidkompy.cli", "vidkompy.__main__", "vidkompy.progress", "vidkompy.streams"}  # what may print
HEAVY = {"numba", "llvmlite", "cv2", "scipy"}


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def imports(path: Path) -> tuple[str, ...]:
    """Full names of all modules and members that a file imports, anywhere in it."""
    return tuple(_imports(path))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def project_modules(path: Path) -> set[str]:
    modules = {name_of(source) for source in SOURCES}
    found = {next((m for m in (name, name.rpartition(".")[0]) if m in modules), "") for name in imports(path)}
    return found - {"", "vidkompy", "filtergraphs", name_of(path)}


def test_the_table_names_every_module() -> None:
    modules = {name_of(path).removeprefix("vidkompy").removeprefix(".") for path in ROOT.glob("vidkompy/**/*.py")}
    assert {name or "__init__" for name in modules} == MAY_IMPORT.keys()


@pytest.mark.parametrize("module", MAY_IMPORT)
def test_a_module_imports_only_what_the_table_allows(module: str) -> None:
    path = next(p for p in SOURCES if name_of(p) == ("vidkompy" if module == "__init__" else f"vidkompy.{module}"))
    used = {name.removeprefix("vidkompy.") for name in project_modules(path) if name.startswith("vidkompy")}
    assert used <= set(MAY_IMPORT[module].split())
    if any(name.partition(".")[0] == "filtergraphs" for name in imports(path)):
        assert module in DRAWS


def test_no_module_imports_itself_through_others() -> None:
    left = {name: set(allowed.split()) for name, allowed in MAY_IMPORT.items()}
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    assert not left


def test_filtergraphs_knows_nothing_of_vidkompy() -> None:
    for path in ROOT.glob("filtergraphs/*.py"):
        others = {name.partition(".")[0] for name in imports(path)} - sys.stdlib_module_names
        assert others <= {"filtergraphs", "ffmpeg"}, path


@pytest.mark.parametrize("name", ONLY_IN)
def test_a_library_is_used_in_its_place_only(name: str) -> None:
    users = {name_of(path) for path in SOURCES if any(used.partition(".")[0] == name for used in imports(path))}
    assert users
    assert users <= ONLY_IN[name]


def test_only_the_command_line_prints() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("print", "input"):
                assert name_of(path) in COMMAND_LINE
            if isinstance(node, ast.Attribute) and node.attr in ("stdout", "stderr", "exit", "argv"):
                is_of_sys = isinstance(node.value, ast.Name) and node.value.id == "sys"
                assert not is_of_sys or name_of(path) in COMMAND_LINE


def test_broad_excepts_do_not_exist() -> None:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, path
                caught = {part.id for part in ast.walk(node.type) if isinstance(part, ast.Name)}
                assert not caught & {"Exception", "BaseException"}, path


def test_engines_exports_and_imports_do_not_import_each_other() -> None:
    for package in ("engines", "exports", "imports"):
        for path in ROOT.glob(f"vidkompy/{package}/[!_]*.py"):
            siblings = {name for name in project_modules(path) if name.startswith(f"vidkompy.{package}.")}
            assert not siblings, path


def test_everything_imported_is_declared() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {line.partition(">")[0].partition("=")[0].strip() for line in declared}
    modules = {"ffmpeg-python": "ffmpeg", "opencv-contrib-python-headless": "cv2", "imageio-ffmpeg": "imageio_ffmpeg"}
    modules["jsonschema-rs"] = "jsonschema_rs"
    known = {modules.get(name, name) for name in names} | sys.stdlib_module_names | {"vidkompy", "filtergraphs"}
    used = {name.partition(".")[0] for path in SOURCES for name in imports(path)}
    assert used <= known


def test_files_and_functions_are_short() -> None:
    """Kernels are bare loops: cutting one in two costs calls that numba may not inline."""
    for path in [*SOURCES, *ROOT.glob("tests/*.py")]:
        text = path.read_text()
        assert text.count("\n") <= 400, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None and path.name != "kernels.py":
                assert node.end_lineno - node.lineno < 40, f"{path}: {node.name}"


# ---- in running processes


def modules_after(*words: str, folder: Path) -> set[str]:
    """Top-level names of all modules loaded when the program has run `words`."""
    argv = [sys.executable, "-c", TELLS_MODULES, *words]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, env=environment(), check=True)
    return set(done.stdout.splitlines()[-1].split())


TELLS_MODULES = """
import sys
from vidkompy.cli import main
try:
    main()
except SystemExit as end:
    assert end.code in (None, 0), end.code
print("\\n" + " ".join({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.parametrize("words", ["--help", "render --help", "analyze --help", "doctor"])
def test_help_loads_nothing_heavy(words: str, tmp_path: Path) -> None:
    loaded = modules_after(*words.split(), folder=tmp_path)
    assert "tyro" in loaded
    assert not loaded & (HEAVY | {"av", "jsonschema_rs"} | ({"numpy"} if "help" in words else set()))


def test_a_render_loads_neither_numba_nor_opencv(sidecar: Path) -> None:
    loaded = modules_after("render", sidecar.name, "-o", "out.mp4", folder=sidecar.parent)
    assert (sidecar.parent / "out.mp4").stat().st_size > 0
    assert "ffmpeg" in loaded
    assert not loaded & HEAVY


def test_an_export_loads_neither_numba_nor_opencv(sidecar: Path) -> None:
    assert not modules_after("export", sidecar.name, "--to", "csv", folder=sidecar.parent) & (HEAVY | {"av", "ffmpeg"})
