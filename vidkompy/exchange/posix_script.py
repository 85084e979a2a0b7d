"""Scripts for a POSIX shell that start one ffmpeg with one graph, and ask that ffmpeg how it reads one."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Mapping

from vidkompy.rendering.ffmpeg_job import Job

_WIDTH = 118
_ROOTED = re.compile(r"/|[A-Za-z]:/")


def drawing(job: Job, output: str, ffmpeg: str, places: Mapping[str, str]) -> str:
    """The render as a script: its first argument names the output, others replace the encoder's options.

    output   what it writes unless told
    ffmpeg   what it starts unless $FFMPEG is set
    places   words of the job that name clips -> their paths from the script's folder; others mean what they say
    """
    run = (
        " ".join(('"$ffmpeg" -hide_banner -nostdin', *job.global_options)),
        *words(job.portable_inputs, places),
        '"$graph_option" "$graph"',
        *words(job.output_options),
        '"$@" -n "file:$part"',
    )
    return _DRAWING.format(
        output=shlex.quote(output),
        encoding=shlex.join(job.encoder_options),
        opening=opening(ffmpeg, job.script.graph),
        run=wrapped(run),
    )


def opening(ffmpeg: str, graph: str) -> str:
    """Sets $ffmpeg, $here (the script's folder), $graph (a file that ends with it), $graph_option and $cropping."""
    return _OPENING.format(ffmpeg=shlex.quote(ffmpeg), graph=heredoc(graph))


def heredoc(text: str) -> str:
    """The text as a quoted here-document, in which nothing has a meaning, up to a mark that is no line of it.

    Source: POSIX.1-2017, Shell Command Language, 2.7.4.
    """
    mark = "GRAPH"
    while mark in text.split("\n"):
        mark += "_"
    return f"<< '{mark}'\n{text}\n{mark}"


def words(said: Iterable[str], places: Mapping[str, str] | None = None) -> Iterable[str]:
    """places: as for `drawing`."""
    said = iter(said)
    for word in said:
        if word == "-apply_cropping":  # an option with one word more
            next(said)
            yield "$cropping"
            continue
        place = (places or {}).get(word)
        if place is None:
            yield shlex.quote(word)
        elif _ROOTED.match(place):
            yield shlex.quote(f"file:{place}")
        else:
            yield f'"file:$here"/{shlex.quote(place)}'


def wrapped(said: Iterable[str]) -> str:
    """One command over as many lines as it needs."""
    rows = [""]
    for word in said:
        if rows[-1] and len(rows[-1]) + len(word) > _WIDTH:
            rows.append("   ")
        rows[-1] += f" {word}" if rows[-1] else word
    return " \\\n".join(rows)


_OPENING = """\
ffmpeg=${{FFMPEG:-}}
[ "$ffmpeg" ] || ffmpeg={ffmpeg}
case $0 in */*) here=${{0%/*}} ;; *) here=. ;; esac
version=$("$ffmpeg" -version)
case $version in
    "ffmpeg version "[1-6].* | "ffmpeg version n"[1-6].*) graph_option=-filter_complex_script ;;
    *) graph_option=-/filter_complex ;;
esac
case $version in
    "ffmpeg version "[1-6].* | "ffmpeg version n"[1-6].* | "ffmpeg version 7.0"* | "ffmpeg version n7.0"*) cropping= ;;
    *) cropping="-apply_cropping codec" ;;
esac
graph=$(mktemp)
trap 'rm -f "$graph"' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
cat > "$graph" {graph}"""
_DRAWING = """\
#!/bin/sh
# One video over another, frame by frame. Usage: sh SCRIPT [OUTPUT [FFMPEG OUTPUT OPTIONS]]
# FFMPEG names another ffmpeg, 5.1 or newer.
set -eu
output={output}
[ $# -eq 0 ] || {{ output=$1; shift; }}
[ $# -gt 0 ] || set -- {encoding}
if [ -e "$output" ] || [ -L "$output" ]; then
    printf '%s\\n' "'$output' exists; name another output, or remove it" >&2
    exit 1
fi
{opening}
case $output in /*) target=$output ;; *) target=./$output ;; esac
case ${{target##*/}} in *.*) ending=.${{target##*.}} ;; *) ending= ;; esac
work=$(mktemp -d "${{target%/*}}/.part-XXXXXXXX") # beside the output, so that what is whole only has to be renamed
part=$work/part$ending
trap 'rm -f "$graph" "$part"; rmdir "$work"' EXIT
{run}
ln "$part" "$target" 2> /dev/null && exit # fails if something is there, and where there are no hard links
mv -n "$part" "$target" || true           # replaces nothing either
if [ -e "$part" ]; then
    printf '%s\\n' "'$output' has come to be while it was drawn; name another output" >&2
    exit 1
fi
"""
