"""One video over another as one ffmpeg graph: plain values in, ffmpeg text out."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from filtergraphs.comparison import compare
    from filtergraphs.composition import Composition, Script, Source
    from filtergraphs.composition_format import working_format
    from filtergraphs.graph import compose, join
    from filtergraphs.sound import Piece, Sound

_HOMES = {
    "compare": "comparison",
    "compose": "graph",
    "join": "graph",
    "working_format": "composition_format",
    "Composition": "composition",
    "Piece": "sound",
    "Script": "composition",
    "Sound": "sound",
    "Source": "composition",
}

__all__ = ["Composition", "Piece", "Script", "Sound", "Source", "compare", "compose", "join", "working_format"]


def __getattr__(name: str) -> object:
    """Loads on first use: who asks for one module, such as the command line's help, must not pay for all of them."""
    if name not in _HOMES:
        raise AttributeError(f"module 'filtergraphs' has no attribute '{name}'")
    return getattr(import_module(f"filtergraphs.{_HOMES[name]}"), name)
