"""Two folders of clips -> pairs: those whose names, or parts of them, are the same."""

from __future__ import annotations

import csv
import io
import os
import re
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from vidkompy.errors import UsageError, excerpt
from vidkompy.media.video_names import is_video_name

MAX_NAMES = 5  # in a message


def folder_pairs(bg_folder: Path, fg_folder: Path, match: str) -> tuple[list[tuple[Path, Path]], list[Path]]:
    """Pairs (BG, FG), and FGs without a BG.

    match   "stem": names without endings are the same; else a regular expression, whose first group, or all that it
            finds, is the same in both names
    Raises UsageError, also where two BGs have what an FG has.
    """
    key = _key_function(match)
    backgrounds: dict[str, Path] = {}
    for bg in _videos(bg_folder):
        if (name := key(bg)) is not None and (other := backgrounds.setdefault(name, bg)) != bg:
            raise UsageError(f"'{other}' and '{bg}' both have {excerpt(name)} in their names; wanted one BG for an FG")
    keyed = [(fg, key(fg)) for fg in _videos(fg_folder)]
    pairs = [(backgrounds[name], fg) for fg, name in keyed if name is not None and name in backgrounds]
    if not pairs:
        raise UsageError(
            f"no video in '{fg_folder}' has its BG in '{bg_folder}' by --match {match}; wanted 'stem', or a regular "
            r"expression whose first group both names have, such as '^(\d+)_'"
        )
    return pairs, [fg for fg, name in keyed if name is None or name not in backgrounds]


def manifest_text(pairs: Sequence[tuple[Path, Path]], folder: Path) -> str:
    """A manifest in CSV, with paths relative to its folder."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("bg", "fg", "name"))
    for (bg, fg), name in zip(pairs, _names([fg for _, fg in pairs]), strict=True):
        writer.writerow((_relative(bg, folder), _relative(fg, folder), name))
    return text.getvalue()


def _names(fgs: Sequence[Path]) -> list[str]:
    """Stems, with the ending where two clips have the same."""
    counts = Counter(fg.stem.casefold() for fg in fgs)
    return [fg.stem if counts[fg.stem.casefold()] == 1 else fg.name.replace(".", "_") for fg in fgs]


def _relative(path: Path, folder: Path) -> str:
    try:
        return os.path.relpath(path.resolve(), folder.resolve())
    except ValueError:  # another drive
        return str(path.resolve())


def _key_function(match: str) -> Callable[[Path], str | None]:
    if match == "stem":
        return lambda path: path.stem
    try:
        pattern = re.compile(match)
    except re.error as e:
        raise UsageError(f"--match {excerpt(match)} is no regular expression: {e}; wanted stem, or one") from e

    def found(path: Path) -> str | None:
        hit = pattern.search(path.name)
        return None if hit is None else hit[1] if pattern.groups else hit[0]

    return found


def _videos(folder: Path) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if is_video_name(p) and p.is_file())
    except OSError as e:
        raise UsageError(f"cannot list '{folder}': {(e.strerror or str(e)).lower()}") from e
