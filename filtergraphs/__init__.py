"""One video over another as one ffmpeg graph: plain values in, ffmpeg text out."""

from filtergraphs.composition import Composition, Script, Source
from filtergraphs.formats import working_format
from filtergraphs.graph import compose
from filtergraphs.sound import Piece, Sound

__all__ = ["Composition", "Piece", "Script", "Sound", "Source", "compose", "working_format"]
