"""Which ffmpeg is used, and what it can do: version, filters, encoders, decoders, ways to decode in hardware.

Looked at in this order: --ffmpeg, $VIDKOMPY_FFMPEG, the one on PATH, the one that comes with the package.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache

from vidkompy.errors import RenderError
from vidkompy.ffmpeg.kept_answers import NO_ANSWERS, KeptAnswers
from vidkompy.ffmpeg.process import executable_on_path, query
from vidkompy.records import Record

PATH_VARIABLE = "VIDKOMPY_FFMPEG"
REQUIRED_FILTERS = frozenset(
    ("color", "concat", "crop", "format", "fps", "lut", "pad", "scale", "select", "setparams", "setpts", "setsar")
) | frozenset(("settb", "split", "tpad", "trim", "xstack"))
UNNUMBERED = (0, 0)  # version of a build that names no number; those are current
OLDEST_VERSION = (5, 1)  # -fps_mode came with 5.1
GRAPH_FILE_OPTIONS = ("-filter_complex_script", "-/filter_complex")  # name a file with a graph: up to 6, from 7 on
GRAPH_FILE_OPTION_SINCE = (7, 0)
CROPPING_SINCE = (7, 1)
HDR10_SINCE = (9, 0)  # 5.1 loses it with every encoder, 9.0 with none of those tested; between was not measured
_FILTER_LINE = re.compile(r"^ [T.][S.][C.]? ?(\w+) +\S+->\S+", re.M)
_CODEC_LINE = re.compile(r"^ [D.]([E.])[VASDT.][I.][L.][S.] ([^\s=]\S*)(.*)$", re.M)
_CODER_LIST = re.compile(r"\((decoders|encoders): ([^)]*)\)")


class Ffmpeg(Record):
    """An ffmpeg binary and what it can do.

    origin     why this one was looked at: --ffmpeg, the environment, PATH, embedded
    banner     the first line that it writes of itself
    version    major and minor, or UNNUMBERED
    decoders   those that are not named like their codec
    """

    path: str
    origin: str
    banner: str
    version: tuple[int, int]
    filters: frozenset[str]
    encoders: frozenset[str]
    decoders: frozenset[str]

    def is_at_least(self, version: tuple[int, int]) -> bool:
        return self.version == UNNUMBERED or self.version >= version

    @property
    def graph_option(self) -> str:
        """Option that reads a filtergraph from a file: -/filter_complex replaced the older one in 7."""
        until_6, from_7 = GRAPH_FILE_OPTIONS
        return from_7 if self.is_at_least(GRAPH_FILE_OPTION_SINCE) else until_6

    @property
    def carries_hdr10(self) -> bool:
        """Whether mastering display and light levels come through a graph."""
        return self.is_at_least(HDR10_SINCE)

    @property
    def crops_by_container(self) -> bool:
        """Whether it crops frames as a container says, which older ones do not, nor PyAV."""
        return self.is_at_least(CROPPING_SINCE)

    def missing_features(
        self,
        encoder: str | None,
        filters: frozenset[str] = frozenset(),
        decoders: frozenset[str] = frozenset(),
    ) -> str:
        """What a render with this encoder, these decoders and these filters besides REQUIRED_FILTERS lacks here.

        "" if nothing is missing.
        """
        missing = [f"filter {name}" for name in sorted((REQUIRED_FILTERS | filters) - self.filters)]
        if not self.is_at_least(OLDEST_VERSION):
            major, minor = self.version
            missing.append(f"version 5.1 (it is {major}.{minor})")
        if encoder is not None and encoder not in self.encoders:
            missing.append(f"encoder {encoder}")
        missing += [f"decoder {name}" for name in sorted(decoders - self.decoders)]
        return ", ".join(missing)


def find_ffmpeg(
    named: str | None,
    encoder: str | None = None,
    filters: frozenset[str] = frozenset(),
    decoders: frozenset[str] = frozenset(),
    has_hdr10: bool = False,
    answers: KeptAnswers = NO_ANSWERS,
) -> Ffmpeg:
    """The first of: `named`, $VIDKOMPY_FFMPEG, the one on PATH if capable, the embedded one. Raises RenderError.

    encoder, filters, decoders: what it must be able to do. One that was named but cannot is an error, not skipped.
    has_hdr10: one that carries that comes first of those that were not named.
    answers: kept of earlier runs. What they lack is asked again.
    """
    wanted = encoder, filters, decoders
    for origin, path in ((f"--ffmpeg '{named}'", named), (PATH_VARIABLE, os.environ.get(PATH_VARIABLE))):
        if path:
            ffmpeg, missing = _asked(identify(path, origin, answers), wanted, answers)
            if missing:
                raise RenderError(
                    f"ffmpeg from {origin} lacks {missing}; name a fuller build, or none to have one chosen"
                )
            return ffmpeg
    unsuitable: list[str] = []
    without_hdr10: list[Ffmpeg] = []
    for known in list_ffmpegs(answers):
        ffmpeg, missing = _asked(known, wanted, answers)
        if missing:
            unsuitable.append(f"'{ffmpeg.path}' ({ffmpeg.origin}) lacks {missing}")
        elif has_hdr10 and not ffmpeg.carries_hdr10:
            without_hdr10.append(ffmpeg)
        else:
            return ffmpeg
    for ffmpeg in without_hdr10:
        return ffmpeg
    raise RenderError(
        f"no ffmpeg can do this: {'; '.join(unsuitable) or 'there is none'}; "
        "name another one with --ffmpeg, or ask for another encoder"
    )


def _asked(
    ffmpeg: Ffmpeg, wanted: tuple[str | None, frozenset[str], frozenset[str]], answers: KeptAnswers
) -> tuple[Ffmpeg, str]:
    """The binary and what it lacks; asked anew, where by kept answers it lacks something."""
    missing = ffmpeg.missing_features(*wanted)
    if missing and answers != NO_ANSWERS:
        answers.forget(ffmpeg.path)
        ffmpeg = identify(ffmpeg.path, ffmpeg.origin)
        missing = ffmpeg.missing_features(*wanted)
    return ffmpeg, missing


def list_ffmpegs(answers: KeptAnswers = NO_ANSWERS) -> Iterator[Ffmpeg]:
    """The ffmpeg on PATH, if there is one that runs, then the embedded one, if the package brought one."""
    on_path = executable_on_path("ffmpeg")
    if on_path is not None:
        with suppress(RenderError):  # a broken one on PATH is no reason to stop: it was not named
            yield identify(on_path, "PATH", answers)
    import imageio_ffmpeg  # takes 0.02 s, which the one on PATH spares

    with suppress(RuntimeError):  # imageio_ffmpeg raises it where its wheel has no binary for this machine
        yield identify(imageio_ffmpeg.get_ffmpeg_exe(), "embedded", answers)


@cache
def identify(path: str, origin: str, answers: KeptAnswers = NO_ANSWERS) -> Ffmpeg:
    """What the binary at `path` says of itself, or said before. Raises RenderError if it does not run as ffmpeg."""
    filter_list, banner = _answer(path, origin, "-filters", answers)
    if not banner.startswith("ffmpeg version"):
        first_line = (banner or filter_list.partition("\n")[0])[:60]
        raise RenderError(f"'{path}' from {origin} is not ffmpeg: it answers {first_line!r}; name an ffmpeg binary")
    codec_list, _ = _answer(path, origin, "-codecs", answers)
    number = re.match(r"ffmpeg version n?(\d+)\.(\d+)", banner)
    coders: dict[str, set[str]] = {"encoders": set(), "decoders": set()}
    for encodes, codec, lists in _CODEC_LINE.findall(codec_list):
        if encodes == "E":
            coders["encoders"].add(codec)  # a codec's own name is taken for one of its encoders
        for kind, names in _CODER_LIST.findall(lists):
            coders[kind] |= set(names.split())
    return Ffmpeg(
        path,
        origin,
        banner,
        (int(number[1]), int(number[2])) if number else UNNUMBERED,
        frozenset(_FILTER_LINE.findall(filter_list)),
        frozenset(coders["encoders"]),
        frozenset(coders["decoders"]),
    )


@cache
def hwaccels(ffmpeg: Ffmpeg) -> tuple[str, ...]:
    """Names of the ways to decode that were built into it; whether they work is another matter."""
    listing, _ = query(ffmpeg.path, ffmpeg.origin, "-hwaccels")
    _, _, names = listing.partition(":")
    return tuple(names.split())


def _answer(path: str, origin: str, question: str, answers: KeptAnswers) -> tuple[str, str]:
    """As `query`, from what is kept if that is there."""
    kept = answers.find(path, [question])
    if kept is not None:
        banner, _, listing = kept.partition("\n")
        return listing, banner
    listing, banner = query(path, origin, question)
    answers.keep(path, [question], f"{banner}\n{listing}")
    return listing, banner
