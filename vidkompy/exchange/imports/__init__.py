"""Formats that come back: modules with `read(given) -> Found`, one file each. A new one adds its name here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Literal, cast

from vidkompy.model import I64, Sidecar

ImportName = Literal["csv", "json", "otio"]
BASED: tuple[str, ...] = ("csv", "otio")  # formats that can, or must, be told which sidecar they belong to


@dataclass(frozen=True)
class Given:
    """base: the sidecar that the file belongs to; None: it has to know by itself."""

    path: Path
    text: str
    base: Sidecar | None


@dataclass(frozen=True, eq=False)
class Found:
    """before: what was exported. bg: i64 [n_fg], the BG frames of today. notes: what was there and is not read."""

    before: Sidecar
    bg: I64
    notes: tuple[str, ...] = ()


def kind_of(text: str) -> ImportName:
    """By content: names change on the way."""
    if not text.lstrip().startswith(("{", "[")):
        return "csv"
    return "otio" if '"OTIO_SCHEMA"' in text else "json"


def load(name: ImportName) -> Callable[[Given], Found]:
    """Raises MapError from what it returns, with the line."""
    return cast("Callable[[Given], Found]", import_module(f"vidkompy.exchange.imports.{name}").read)
