"""One video over another as one ffmpeg graph: plain values in, ffmpeg text out."""

from filtergraphs.composition import Composition, Script, Source
from filtergraphs.formats import working_format
from filtergraphs.graph import compose

__all__ = ["Composition", "Script", "Source", "compose", "working_format"]
