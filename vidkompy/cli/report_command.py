"""`vidkompy report`: what is checked before work, what is written, and what is opened."""

from __future__ import annotations

from pathlib import Path

from vidkompy.cli.commands import Report
from vidkompy.cli.progress import progress_bar
from vidkompy.cli.std_streams import print_message, write_data
from vidkompy.errors import UsageError


def run_report(c: Report) -> int:
    """The exit code."""
    from vidkompy.media.atomic_outputs import check_output, write_files
    from vidkompy.report.report import check_libraries, make_report
    from vidkompy.sidecar.document import check_clips, read_sidecar

    check_libraries()
    sidecar = read_sidecar(c.sidecar)
    target = c.output or c.sidecar.with_name(
        f"{c.sidecar.name.removesuffix('.json').removesuffix('.vidkompy')}.report.html"
    )
    _check_names(target, c.png)
    for path in (target, *([c.png] if c.png else [])):
        check_output(path, (c.sidecar, sidecar.fg.path, sidecar.bg.path), c.overwrite)
    check_clips(sidecar, c.sidecar)
    with progress_bar() as progress:
        report = make_report(sidecar, c.png is not None, progress)
    contents: dict[Path, str | bytes] = {target: report.page}
    if c.png is not None and report.png is not None:
        contents[c.png] = report.png
    write_files(contents, c.overwrite)
    for path in contents:
        write_data(f"{path}\n")
    if c.open:
        _open(target)
    return 0


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
