"""export and import."""

from __future__ import annotations

from vidkompy.cli.commands import Export, Import
from vidkompy.cli.drawing_commands import drawing_of
from vidkompy.cli.messages import print_message
from vidkompy.cli.results import Result
from vidkompy.counts import count_text
from vidkompy.drawing.options import check_drawing_options
from vidkompy.errors import UsageError


def run_export(c: Export) -> Result:
    from vidkompy.exchange.export import export

    check_drawing_options(c.drawing)
    target = None if c.output is None or str(c.output) == "-" else c.output
    exported = export(c.to, c.sidecar, target, drawing_of(c.drawing), c.exact, c.overwrite, c.ffmpeg, c.fcpxml_version)
    text = _printed(exported.contents, c.to) if target is None else None
    for loss in exported.losses:
        print_message(f"loss   {loss.message}")
    for note in exported.notes:
        print_message(f"note: {note}")
    losses = [loss.as_json() for loss in exported.losses]
    output, notes = None if target is None else str(target), list(exported.notes)
    facts = {"format": c.to, "output": output, "text": text, "losses": losses, "notes": notes}
    return Result(facts, data=text)


def _printed(contents: tuple[str | bytes, ...], name: str) -> str:
    """What goes to standard output. Raises UsageError where that cannot be."""
    if len(contents) > 1:
        raise UsageError(f"this takes {len(contents)} files of {name}; name the first with -o")
    (content,) = contents
    if isinstance(content, bytes):
        raise UsageError(f"{name} is no text to be printed; name its file with -o")
    return content


def run_import(c: Import) -> Result:
    from vidkompy.exchange.map_import import import_map

    imported = import_map(c.file, c.output, c.sidecar, c.overwrite)
    print_message(f"{imported.changed or 'none'} of {count_text(imported.sidecar.fg.frames, 'FG frame')} changed")
    for note in imported.notes:
        print_message(f"note: {note}")
    facts = {"sidecar": str(c.output), "changed": imported.changed, "notes": list(imported.notes)}
    return Result(facts, (str(c.output),))
