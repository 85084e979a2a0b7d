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
    scope     what it is about even where it names no stream: the video encoder, or the muxer's entry of a stream;
              "": what its stream specifier says
    is_whole  it counts or times the output as a whole: it means something else for a part of it
    """

    effect: Effect = "none"
    is_flag: bool = False
    inputs: str = ""
    outputs: str = ""
    value: str = ""
    refusal: str = ""
    alias: str = ""
    scope: Literal["", "video", "muxer"] = ""
    is_whole: bool = False


FFMPEG_OPTIONS = {  # name without stream specifier: what is known of it
    # files
    "-i": Option(
        "rewires", inputs="-i", value="(?s:file:.*)", refusal="input {!r} is no file: wanted one behind 'file:'"
    ),
    "-y": Option("rewires", is_flag=True),
    "-n": Option("rewires", is_flag=True),
    "-f": Option(inputs="-f", value="concat", refusal="input format {!r}, wanted concat or none", is_whole=True),
    "-protocol_whitelist": Option(inputs="-protocol_whitelist", value="file", refusal="protocols {!r}, wanted file"),
    "-format_whitelist": Option(inputs="-format_whitelist"),
    "-pattern_type": Option(inputs="-pattern_type"),
    "-safe": Option(inputs="-safe"),
    # graphs and streams
    "-filter_complex": Option("rewires"),
    "-filter_complex_script": Option("rewires"),
    "-/filter_complex": Option("rewires"),
    "-lavfi": Option("rewires", alias="-filter_complex"),
    "-map": Option(outputs="-map", is_whole=True),
    "-vn": Option(is_flag=True, inputs="-vn"),
    "-sn": Option(is_flag=True, inputs="-sn"),
    "-dn": Option(is_flag=True, inputs="-dn"),
    "-an": Option(is_flag=True),
    "-bsf": Option(outputs="-bsf:a -bsf:s", is_whole=True),
    "-vbsf": Option(is_whole=True),
    "-reinit_filter": Option(inputs="-reinit_filter"),
    "-autoscale": Option(is_flag=True),  # as -autorotate; in 5.1 both take a value
    "-ignore_unknown": Option(is_flag=True),
    # decoding
    "-hwaccel": Option(inputs="-hwaccel"),
    "-threads": Option(inputs="-threads", scope="video"),
    "-err_detect": Option(inputs="-err_detect:v"),
    "-apply_cropping": Option(inputs="-apply_cropping"),
    "-autorotate": Option(is_flag=True),
    "-noautorotate": Option(is_flag=True, inputs="-noautorotate"),
    # encoders and their quality
    "-c": Option(inputs="-c:v", outputs="-c:a", scope="video"),
    "-codec": Option(alias="-c", scope="video"),
    "-vcodec": Option(alias="-c:v", scope="video"),
    "-acodec": Option(alias="-c:a"),
    "-profile": Option(scope="video"),
    "-level": Option(scope="video"),
    "-pix_fmt": Option(scope="video"),
    "-flags": Option(scope="video"),
    "-vtag": Option(scope="video"),
    "-tag": Option(scope="muxer"),
    "-disposition": Option(scope="muxer"),
    "-crf": Option("quality"),
    "-qp": Option("quality"),
    "-b": Option("quality"),
    "-cq": Option("quality"),
    "-q": Option("quality"),
    "-qscale": Option("quality", alias="-q"),
    "-global_quality": Option("quality"),
    "-rc": Option("quality"),
    "-lossless": Option("quality"),
    "-pass": Option(is_whole=True),
    "-passlogfile": Option(is_whole=True),
    # length
    "-ss": Option("cuts", inputs="-ss", outputs="-ss", is_whole=True),
    "-seek_timestamp": Option(inputs="-seek_timestamp"),
    "-t": Option("cuts", outputs="-t", is_whole=True),
    "-to": Option("cuts", is_whole=True),
    "-fs": Option("cuts", is_whole=True),
    "-frames": Option("cuts", is_whole=True),  # in ffmpeg 9 -frames:a ends pictures too
    "-vframes": Option("cuts", alias="-frames:v", is_whole=True),
    "-aframes": Option("cuts", alias="-frames:a"),
    "-dframes": Option("cuts", alias="-frames:d"),
    "-shortest": Option(is_flag=True, is_whole=True),
    # times of frames
    "-r": Option("retimes", inputs="-r", is_whole=True),
    "-fpsmax": Option("retimes"),
    "-fps_mode": Option("retimes", outputs="-fps_mode"),
    "-vsync": Option("retimes", alias="-fps_mode"),
    "-itsoffset": Option(inputs="-itsoffset"),
    "-force_key_frames": Option(is_whole=True),
    "-output_ts_offset": Option(is_whole=True),
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
_UNKNOWN_OPTION = Option()


def option_of(word: str) -> Option:
    """What is known of an option as it stands on a command line, with or without a stream specifier.

    >>> option_of("-frames:v").effect, option_of("-x265-params").is_flag
    ('cuts', False)
    """
    name, _, _ = word.partition(":")
    return FFMPEG_OPTIONS.get(name, _UNKNOWN_OPTION)


def canonical(word: str) -> str:
    """The option by the name that others are aliases of.

    >>> canonical("-codec:a:1"), canonical("-vcodec"), canonical("-crf")
    ('-c:a:1', '-c:v', '-crf')
    """
    name, colon, specifier = word.partition(":")
    alias = FFMPEG_OPTIONS.get(name, _UNKNOWN_OPTION).alias
    if not alias or (colon and ":" in alias):
        return word
    return f"{alias}{colon}{specifier}"


def names_with(effect: Effect) -> frozenset[str]:
    return frozenset(name for name, option in FFMPEG_OPTIONS.items() if option.effect == effect)
