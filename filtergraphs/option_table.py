"""ffmpeg's command-line options as one table: what this project writes, and what it looks for in a user's arguments.

`safety` lets through what the table says is written; whoever reads a user's output options asks it for their effect.
Source: ffmpeg(1), "Options", and `ffmpeg -h full`, of 5.1 and 9.0.
"""

from dataclasses import dataclass
from typing import Literal

Effect = Literal[
    "none",  # none that matters here
    "rewires",  # other inputs, outputs or graphs than those that are written: no output option
    "cuts",  # frames are left out
    "retimes",  # frames get other times, or come more or less often
    "quality",  # the encoder's quality is set
]


@dataclass(frozen=True)
class Option:
    """One of ffmpeg's options.

    effect    what it does among output options that a user adds
    is_flag   it takes no value
    inputs    words by which it is written before an input, with its stream specifier, separated by one space
    outputs   the same before an output
    value     pattern of the values that are written; "": any value
    refusal   message for another value
    alias     the option that this is another name of
    """

    effect: Effect = "none"
    is_flag: bool = False
    inputs: str = ""
    outputs: str = ""
    value: str = ""
    refusal: str = ""
    alias: str = ""


OPTIONS = {  # name without stream specifier: what is known of it
    # files
    "-i": Option(
        "rewires", inputs="-i", value="(?s:file:.*)", refusal="input {!r} is no file: wanted one behind 'file:'"
    ),
    "-y": Option("rewires", is_flag=True),
    "-n": Option("rewires", is_flag=True),
    "-f": Option(inputs="-f", value="concat", refusal="input format {!r}, wanted concat or none"),
    "-protocol_whitelist": Option(inputs="-protocol_whitelist", value="file", refusal="protocols {!r}, wanted file"),
    "-format_whitelist": Option(inputs="-format_whitelist"),
    "-pattern_type": Option(inputs="-pattern_type"),
    "-safe": Option(inputs="-safe"),
    # graphs and streams
    "-filter_complex": Option("rewires"),
    "-filter_complex_script": Option("rewires"),
    "-/filter_complex": Option("rewires"),
    "-lavfi": Option("rewires", alias="-filter_complex"),
    "-map": Option(outputs="-map"),
    "-vn": Option(is_flag=True, inputs="-vn"),
    "-sn": Option(is_flag=True, inputs="-sn"),
    "-dn": Option(is_flag=True, inputs="-dn"),
    "-an": Option(is_flag=True),
    "-bsf": Option(outputs="-bsf:a -bsf:s"),
    "-reinit_filter": Option(inputs="-reinit_filter"),
    "-autoscale": Option(is_flag=True),  # as -autorotate; in 5.1 both take a value
    "-ignore_unknown": Option(is_flag=True),
    # decoding
    "-hwaccel": Option(inputs="-hwaccel"),
    "-threads": Option(inputs="-threads"),
    "-err_detect": Option(inputs="-err_detect:v"),
    "-apply_cropping": Option(inputs="-apply_cropping"),
    "-autorotate": Option(is_flag=True),
    "-noautorotate": Option(is_flag=True, inputs="-noautorotate"),
    # encoders and their quality
    "-c": Option(inputs="-c:v", outputs="-c:a"),
    "-codec": Option(alias="-c"),
    "-vcodec": Option(alias="-c:v"),
    "-acodec": Option(alias="-c:a"),
    "-crf": Option("quality"),
    "-qp": Option("quality"),
    "-b": Option("quality"),
    "-cq": Option("quality"),
    "-q": Option("quality"),
    "-qscale": Option("quality", alias="-q"),
    "-global_quality": Option("quality"),
    "-rc": Option("quality"),
    "-lossless": Option("quality"),
    # length
    "-ss": Option("cuts", inputs="-ss", outputs="-ss"),
    "-seek_timestamp": Option(inputs="-seek_timestamp"),
    "-t": Option("cuts", outputs="-t"),
    "-to": Option("cuts"),
    "-fs": Option("cuts"),
    "-frames": Option("cuts"),  # in ffmpeg 9 -frames:a ends pictures too
    "-vframes": Option("cuts", alias="-frames:v"),
    "-aframes": Option("cuts", alias="-frames:a"),
    "-dframes": Option("cuts", alias="-frames:d"),
    "-shortest": Option(is_flag=True),
    # times of frames
    "-r": Option("retimes", inputs="-r"),
    "-fpsmax": Option("retimes"),
    "-fps_mode": Option("retimes", outputs="-fps_mode"),
    "-vsync": Option("retimes", alias="-fps_mode"),
    "-itsoffset": Option(inputs="-itsoffset"),
    "-enc_time_base": Option(outputs="-enc_time_base:v"),
    "-movie_timescale": Option(outputs="-movie_timescale"),
    "-copyts": Option(is_flag=True),
    "-start_at_zero": Option(is_flag=True),
    "-copyinkf": Option(is_flag=True),
    # ffmpeg as a whole
    "-bitexact": Option(is_flag=True),
    "-xerror": Option(is_flag=True),
    "-stats": Option(is_flag=True),
    "-nostats": Option(is_flag=True),
    "-hide_banner": Option(is_flag=True),
    "-benchmark": Option(is_flag=True),
}
_UNKNOWN = Option()


def option_of(word: str) -> Option:
    """What is known of an option as it stands on a command line, with or without a stream specifier.

    >>> option_of("-frames:v").effect, option_of("-x265-params").is_flag
    ('cuts', False)
    """
    name, _, _ = word.partition(":")
    return OPTIONS.get(name, _UNKNOWN)


def canonical(word: str) -> str:
    """The option by the name that others are aliases of.

    >>> canonical("-codec:a:1"), canonical("-vcodec"), canonical("-crf")
    ('-c:a:1', '-c:v', '-crf')
    """
    name, colon, specifier = word.partition(":")
    alias = OPTIONS.get(name, _UNKNOWN).alias
    if not alias or (colon and ":" in alias):
        return word
    return f"{alias}{colon}{specifier}"


def names_with(effect: Effect) -> frozenset[str]:
    return frozenset(name for name, option in OPTIONS.items() if option.effect == effect)
