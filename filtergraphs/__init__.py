"""One video over another as one ffmpeg graph: plain values in, ffmpeg text out."""

from filtergraphs.comparison import compare
from filtergraphs.composition import Composition, Script, Source
from filtergraphs.formats import working_format
from filtergraphs.graph import compose, join
from filtergraphs.sound import Piece, Sound

__all__ = ["Composition", "Piece", "Script", "Sound", "Source", "compare", "compose", "join", "working_format"]
