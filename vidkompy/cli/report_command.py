"""`vidkompy report`: what is checked before work, what is written, and what is opened."""

from __future__ import annotations

from pathlib import Path

from vidkompy.cli.commands import Report
from vidkompy.cli.messages import print_message
from vidkompy.cli.output_paths import check_free, path_named_after
from vidkompy.cli.progress import progress_reports
from vidkompy.cli.results import Result
from vidkompy.errors import UsageError


def run_report(c: Report) -> Result:
    from vidkompy.media.atomic_outputs import write_files
    from vidkompy.report.report import check_libraries, make_report
    from vidkompy.sidecar.document import check_clips, read_sidecar

    check_libraries()
    sidecar = read_sidecar(c.sidecar)
    target = c.output or path_named_after(c.sidecar, ".report.html")
    _check_names(target, c.png)
    for path in (target, *([c.png] if c.png else [])):
        check_free(path, (c.sidecar, sidecar.fg.path, sidecar.bg.path), c.overwrite)
    check_clips(sidecar, c.sidecar)
    with progress_reports() as progress:
        report = make_report(sidecar, c.png is not None, progress)
    contents: dict[Path, str | bytes] = {target: report.page}
    if c.png is not None and report.png is not None:
        contents[c.png] = report.png
    write_files(contents, c.overwrite)
    if c.open:
        _open(target)
    facts = {"page": str(target), "png": None if c.png is None else str(c.png)}
    return Result(facts, tuple(str(path) for path in contents))


def _check_names(target: Path, png: Path | None) -> None:
    """Raises UsageError."""
    if png is not None and png.suffix.lower() != ".png":
        raise UsageError(f"--png is '{png}'; wanted a name that ends in .png")
    if png is not None and png.absolute() == target.absolute():
        raise UsageError(f"the report and its plots are both '{png}'; name another one of them")


def _open(path: Path) -> None:
    import webbrowser

    if not webbrowser.open(path.absolute().as_uri()):
        print_message(f"note: no browser was found; open '{path}' in one")
