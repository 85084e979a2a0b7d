"""Who may import whom, checked in the source and in running processes. A new package adds its line to the table."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from support.program_runs import environment

from vidkompy.cli.commands import Command, command_name

ROOT = Path(__file__).parents[1]
SOURCES = sorted([*ROOT.glob("vidkompy/**/*.py"), *ROOT.glob("filtergraphs/*.py")])

MAY_IMPORT = {  # packages and lone modules of vidkompy, from the ground up -> others, beside records
    "records": "",
    "counts": "",
    "errors": "",
    "limits": "",
    "signature": "",
    "colours": "",
    "model": "colours signature",
    "parameters": "",
    "numerics": "model parameters",
    "media": "counts errors limits model numerics parameters signature",
    "colour_matching": "colours model numerics parameters",
    "placement": "errors media model numerics parameters",
    "alignment": "counts errors limits media model numerics parameters",
    "tracking": "alignment counts media model numerics parameters",
    "sidecar": "alignment colours counts errors limits media model parameters signature",
    "measuring": "alignment colour_matching colours counts errors media model parameters placement tracking",
    "analysis": "alignment colour_matching errors measuring media model numerics placement sidecar parameters tracking",
    "retrieval": "alignment errors media model numerics placement parameters",
    "location": "measuring media model numerics parameters placement retrieval",
    "ffmpeg": "errors media",
    "drawing": "colour_matching colours counts errors ffmpeg limits media model parameters",
    "rendering": "counts drawing errors ffmpeg media model sidecar",
    "verification": "alignment analysis drawing errors media model parameters sidecar",
    "report": "counts drawing errors media model",
    "exchange": "colour_matching colours counts drawing errors ffmpeg limits media model parameters rendering sidecar",
    "batch": "counts errors media model report sidecar",
    "review": "alignment errors measuring media model numerics report sidecar tracking",
    "relinking": "alignment analysis errors measuring media model numerics parameters sidecar signature verification",
    "cli": "alignment analysis batch counts drawing errors exchange ffmpeg location media model "
    "placement relinking rendering report review sidecar verification",
    "__init__": "alignment analysis drawing errors exchange ffmpeg location media "
    "model placement relinking rendering sidecar verification",
    "__main__": "cli",
}
DRAWS = {"drawing", "exchange", "ffmpeg", "media", "model", "rendering", "verification"}  # what may import filtergraphs
ONLY_IN = {  # names that belong in one place
    "ffmpeg": {
        "filtergraphs.comparison",
        "filtergraphs.graph",
        "filtergraphs.stream_ops",
        "filtergraphs.blending",
        "filtergraphs.resizing",
        "filtergraphs.preview",
        "filtergraphs.preview_styles",
    },
    "numba": {"vidkompy.numerics.machine_code"},
    "llvmlite": {"vidkompy.numerics.machine_code"},
    "subprocess": {"vidkompy.ffmpeg.process", "vidkompy.batch.worker_process"},
    "aaf2": {"vidkompy.exchange.aaf_document"},
    "fsspec": {"vidkompy.batch.remote_clips"},
    "distributed": {"vidkompy.batch.dask_executor"},
    "psutil": {"vidkompy.batch.worker_process"},
    "pyarrow": {"vidkompy.batch.manifest"},
    "imageio_ffmpeg": {"vidkompy.ffmpeg.binary"},
    "platformdirs": {"vidkompy.media.cache_folder", "vidkompy.numerics.machine_code"},
    "tyro": {f"vidkompy.cli.{name}" for name in ("commands", "grammar", "main", "option_groups")},
    "rich": {"vidkompy.cli.progress"},
    "jinja2": {"vidkompy.report.html_page", "vidkompy.report.report", "vidkompy.review.page"},
    "starlette": {"vidkompy.review.server"},
    "uvicorn": {"vidkompy.review.serve"},
    "matplotlib": {
        f"vidkompy.report.{name}" for name in ("axes_style", "place_figures", "png", "report", "svg", "time_figures")
    },
    "orjson": {"vidkompy.sidecar.document", "vidkompy.sidecar.schemas"},
    "jsonschema_rs": {"vidkompy.sidecar.document"},
    "av": {
        "vidkompy.drawing.seek_points",
        "vidkompy.media.cache_files",
        "vidkompy.media.clock_faults",
        "vidkompy.media.chroma_copies",
        "vidkompy.media.completeness",
        "vidkompy.media.demuxers",
        "vidkompy.media.integrity",
        "vidkompy.media.probe",
        "vidkompy.media.stream_choice",
        "vidkompy.media.streams",
        "vidkompy.media.decoding",
        "vidkompy.media.proxy_decoding",
        "vidkompy.cli.demo",
        "vidkompy.media.frame_metadata",
        "vidkompy.verification.picture_distance",
        "vidkompy.alignment.audio_track",
        "vidkompy.report.pictures",
        "vidkompy.verification.frame_comparison",
        "vidkompy.verification.expectation",
        "vidkompy.verification.frame_window",
        "vidkompy.verification.graded_frames",
        "vidkompy.review.frame_reader",
    },
}
COMMAND_LINE = {
    "vidkompy.cli.main",
    "vidkompy.__main__",
    "vidkompy.cli.messages",
    "vidkompy.cli.progress",
    "vidkompy.cli.std_streams",
}  # what may print
KERNELS = {"path_kernels.py", "comparison_kernels.py", "fitting_kernels.py", "warp_kernels.py", "reference_kernels.py"}
HEAVY = {"numba", "llvmlite", "cv2", "scipy"}


def is_python(path: Path) -> bool:
    return path.suffix == ".py" or (not path.suffix and "python" in path.read_text().partition("\n")[0])


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


def part_of(module: str) -> str:
    """The package, or the lone module, of vidkompy that it belongs to."""
    return module.removeprefix("vidkompy").removeprefix(".").partition(".")[0] or "__init__"


def test_the_table_names_every_part() -> None:
    assert {part_of(name_of(path)) for path in ROOT.glob("vidkompy/**/*.py")} == MAY_IMPORT.keys()


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_a_part_imports_only_what_the_table_allows(part: str) -> None:
    for path in ROOT.glob("vidkompy/**/*.py"):
        if part_of(name_of(path)) != part:
            continue
        assert part != "records" or not project_modules(path)
        used = {part_of(name) for name in project_modules(path) if name.startswith("vidkompy.")}
        assert used <= {part, "records", *MAY_IMPORT[part].split()}, path
        if any(name.partition(".")[0] == "filtergraphs" for name in imports(path)):
            assert part in DRAWS, path


def test_a_part_imports_only_parts_below_it() -> None:
    below: set[str] = set()
    for part, allowed in MAY_IMPORT.items():
        assert set(allowed.split()) <= below, part
        below.add(part)


def test_no_module_imports_itself_through_others() -> None:
    left = {name_of(path): project_modules(path) for path in SOURCES}
    while free := [name for name, needs in left.items() if not needs & left.keys()]:
        for name in free:
            del left[name]
    assert not left


def test_packages_are_empty_but_for_what_they_name() -> None:
    """Importing a module must not load its neighbours."""
    for path in ROOT.glob("vidkompy/*/**/__init__.py"):
        assert not path.read_text(), path


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
    for package in ("alignment.engines", "exchange.exports", "exchange.imports"):
        paths = list(ROOT.glob(f"vidkompy/{package.replace('.', '/')}/[!_]*.py"))
        assert len(paths) > 1
        for path in paths:
            siblings = {name for name in project_modules(path) if name.startswith(f"vidkompy.{package}.")}
            assert not siblings, path


def test_everything_imported_is_declared() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    declared = [*project["dependencies"], *extras["report"], *extras["review"], *extras["batch"], *extras["aaf"]]
    names = {re.split(r"[>=\[]", line)[0].strip() for line in declared}
    modules = {"ffmpeg-python": "ffmpeg", "opencv-contrib-python-headless": "cv2", "imageio-ffmpeg": "imageio_ffmpeg"}
    modules |= {"jsonschema-rs": "jsonschema_rs", "dask": "distributed", "pyaaf2": "aaf2"}
    known = {modules.get(name, name) for name in names} | sys.stdlib_module_names | {"vidkompy", "filtergraphs"}
    used = {name.partition(".")[0] for path in SOURCES for name in imports(path)}
    assert used <= known


def test_files_and_functions_are_short() -> None:
    """Kernels are bare loops: cutting one in two costs calls that numba may not inline."""
    helpers = [path for path in ROOT.glob("scripts/**/*") if path.is_file() and is_python(path)]
    for path in [*SOURCES, *ROOT.glob("tests/**/*.py"), *helpers]:
        text = path.read_text()
        assert text.count("\n") <= 400, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno is not None and path.name not in KERNELS:
                assert node.end_lineno - node.lineno < 40, f"{path}: {node.name}"


# ---- in running processes


def modules_after(*words: str, folder: Path) -> set[str]:
    """Top-level names of all modules loaded when the program has run `words`."""
    argv = [sys.executable, "-c", TELLS_MODULES, *words]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, env=environment(), check=True)
    return set(done.stdout.splitlines()[-1].split())


TELLS_MODULES = """
import sys
from vidkompy.cli.main import main
for words in " ".join(sys.argv[1:]).split(" then "):
    try:
        main(words.split())
    except SystemExit as end:
        assert end.code in (None, 0), end.code
print("\\n" + " ".join({name.partition(".")[0] for name in sys.modules}))
"""


@pytest.mark.slow
@pytest.mark.parametrize("words", ["--help", "--version", "render --help", "analyze --help", "doctor"])
def test_help_loads_nothing_heavy(words: str, tmp_path: Path) -> None:
    loaded = modules_after(*words.split(), folder=tmp_path)
    assert "tyro" in loaded
    assert not loaded & (HEAVY | {"av", "jsonschema_rs"} | ({"numpy"} if words != "doctor" else set()))


def test_no_command_line_is_checked_by_typeguard(tmp_path: Path) -> None:
    """Which is what tyro falls back to; with what it imports itself, it takes 0.05 s."""
    helps = " then ".join(f"{command_name(command)} --help" for command in get_args(Command))
    loaded = modules_after(helps, folder=tmp_path)
    assert "tyro" in loaded
    assert not loaded & {"typeguard", "asyncio"}


def test_a_render_loads_neither_numba_nor_opencv(sidecar: Path) -> None:
    loaded = modules_after("render", sidecar.name, "-o", "out.mp4", folder=sidecar.parent)
    assert (sidecar.parent / "out.mp4").stat().st_size > 0
    assert "ffmpeg" in loaded
    assert not loaded & HEAVY


def test_an_export_loads_neither_numba_nor_opencv(sidecar: Path) -> None:
    assert not modules_after("export", sidecar.name, "--to", "csv", folder=sidecar.parent) & (HEAVY | {"av", "ffmpeg"})
