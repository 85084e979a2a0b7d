"""Interlaced output: which encoders say in the file that a frame is two fields, and what they must be told to."""

from __future__ import annotations

from collections.abc import Sequence

from vidkompy.ffmpeg_cli import encoder_in

FLAGS = ("-flags", "+ildct+ilme")
TOLD = {"libx264": FLAGS, "prores_ks": FLAGS, "ffv1": ()}  # tests/test_tags.py reads them back


def field_options(order: str, encoding: Sequence[str]) -> tuple[str, ...]:
    """Output options, to stand before `encoding`, for frames of this field order, "" for progressive ones."""
    return TOLD.get(encoder_in(encoding) or "", ()) if order else ()


def says_fields(encoding: Sequence[str]) -> bool:
    return encoder_in(encoding) in TOLD
