"""Allow-lists for a finished graph and its options: a second line of defence behind the checks of what goes in.

A filter such as `movie` or an option such as metadata's `file` reads or writes what ffmpeg is never meant to touch
here. The text is parsed once more, and all that is not known to come from this package is refused. ffmpeg's quotes are
not used by it, so that escapes are all there is to undo. Source: ffmpeg-filters(1), "Notes on filtergraph escaping".
"""

import re
from collections.abc import Sequence
from itertools import pairwise

from filtergraphs.option_table import FFMPEG_OPTIONS, option_of

ALLOWED_FILTERS = {  # filter: names of its options, separated by one space; an empty one is a value without a name
    "adelay": " all",
    "afade": "t start_sample nb_samples",
    "aformat": "channel_layouts",
    "amix": "inputs normalize",
    "apad": "whole_len",
    "aresample": " async min_hard_comp first_pts",
    "asetnsamples": "n p",
    "asetpts": " ",
    "asetrate": " ",
    "asplit": " ",
    "atrim": "start_sample end_sample",
    "blend": "all_mode",
    "color": "size rate",
    "colorchannelmixer": "rr rg rb gr gg gb br bg bb enable",
    "concat": "n v a",
    "convolution": "0m 1m 2m 0mode 1mode 2mode enable",
    "crop": "out_w out_h x y exact",
    "drawbox": "x y w h color t",
    "drawtext": "text font fontsize fontcolor x y enable",
    "fillborders": "left right top bottom mode",
    "format": " pix_fmts",
    "fps": "fps",
    "geq": "lum cb cr r g b",
    "hwupload": "",
    "loop": "loop size",
    "lut": "c0 c1 c2 c3 enable",
    "maskedmerge": "",
    "mergeplanes": "format map0s map1s map2s map3s map0p map1p map2p map3p",
    "mix": "inputs scale",
    "negate": "",
    "null": "",
    "overlay": "x y format",
    "pad": "width height x y color",
    "pan": " ",
    "perspective": "x0 y0 x1 y1 x2 y2 x3 y3 interpolation eval enable",
    "rubberband": "tempo transients window channels",
    "scale": "flags width height in_color_matrix out_color_matrix in_range out_range"
    " in_h_chr_pos in_v_chr_pos out_h_chr_pos out_v_chr_pos",
    "select": "expr",
    "setparams": "range colorspace color_primaries color_trc field_mode",
    "setpts": "expr",
    "setsar": "sar",
    "settb": "expr",
    "sidedata": "mode type",
    "split": " ",
    "tpad": "stop stop_mode",
    "transpose": "dir",
    "trim": "start start_frame end_frame",
    "volume": " ",
    "xstack": "inputs layout",
}
_WRITTEN = [option for option in FFMPEG_OPTIONS.values() if option.inputs or option.outputs]
FLAGS = frozenset(word for option in _WRITTEN if option.is_flag for word in option.inputs.split())
INPUT_OPTIONS = frozenset(word for option in _WRITTEN for word in option.inputs.split()) - FLAGS
OUTPUT_OPTIONS = frozenset(word for option in _WRITTEN for word in option.outputs.split())

_FILTER = re.compile(
    r"(?:\[[\w:]+\])*(?P<name>[a-z]\w*)(?:=(?P<options>[^\\'\[\],;\s]*(?:\\\S[^\\'\[\],;\s]*)*))?(?:\[\w+\])*(?:[,;]|\Z)",
    re.ASCII,
)
_VALUE = re.compile(r"[\w.+\-*/()|,<]*", re.ASCII)  # of an option: numbers, names, expressions, lists
# what drawtext writes: a word, or numbers of the frame; nothing that it would expand to something else
_TEXT = re.compile(r"(?:[\w.|]|%\{eif:[\w()/,]+:d(?::\d)?\}|%\{pts:hms\})*", re.ASCII)
_ONLY_VALUES = {
    "sidedata": {"mode": "delete"},
    "drawtext": {"font": "Sans"},
}  # filter: option: the one value that it may have


def check_graph(graph: str) -> None:
    """Raises ValueError for a filter or an option that this package does not write, and for text that is no graph."""
    at = 0
    while at < len(graph):
        text = _FILTER.match(graph, at)
        if text is None:
            raise ValueError(f"the graph has {graph[at : at + 60]!r} where a filter is wanted")
        _check_filter(text["name"], text["options"])
        at = text.end()
    if graph.endswith((",", ";")):
        raise ValueError("the graph ends where one more filter is wanted")


def check_arguments(inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Raises ValueError for an option that this package does not write, and for an input that is no file."""
    for words, known in ((inputs, INPUT_OPTIONS), (outputs, OUTPUT_OPTIONS)):
        is_value = False
        for before, word in pairwise(("", *words)):
            if is_value:
                _check_value(before, word)
            elif word not in known | FLAGS:
                raise ValueError(f"{word!r} is none of the options {', '.join(sorted(known | FLAGS))}")
            is_value = not is_value and word not in FLAGS
        if is_value:
            raise ValueError(f"option {words[-1]} has no value")


def _check_value(word: str, value: str) -> None:
    option = option_of(word)
    if option.value and not re.fullmatch(option.value, value):
        raise ValueError(option.refusal.format(value))


def _check_filter(name: str, options: str | None) -> None:
    if name not in ALLOWED_FILTERS:
        raise ValueError(f"filter {name!r} is none of those that a drawing needs")
    known, only_values = ALLOWED_FILTERS[name].split(" "), _ONLY_VALUES.get(name, {})
    for option in re.split(r"(?<!\\):", _unescaped(options)) if options else ():
        key, _, value = option.rpartition("=")  # key: "" for a value alone
        is_text = (name, key) == ("drawtext", "text")
        is_written = _TEXT.fullmatch(_unescaped(value)) if is_text else _VALUE.fullmatch(value)
        if key not in known or not is_written or value != only_values.get(key, value):
            raise ValueError(f"filter {name} has the option {option[:60]!r}; known are {', '.join(known)}")


def _unescaped(text: str) -> str:
    """With one of the graph's two levels of escapes taken off; only text for drawtext has the second one."""
    return re.sub(r"\\(.)", r"\1", text)
