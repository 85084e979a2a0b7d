"""Scripts for a POSIX shell that start one ffmpeg with one graph: their quoting and their syntax.

Source: POSIX.1-2017, Shell Command Language, https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator

from filtergraphs.inputs import UNCROPPED
from vidkompy.exchange.render_script import RenderScript, Word, written_words
from vidkompy.ffmpeg.binary import GRAPH_FILE_OPTIONS

LINE_LENGTH = 118  # characters up to which a line of a command is filled

_MARK = "GRAPH"
_CROPPING = f"${{cropping:+{UNCROPPED[0]}}} ${{cropping}}"


def render_text(script: RenderScript) -> str:
    """The script: its first argument names the output, others replace the encoder's options."""
    command = (
        " ".join(('"$ffmpeg" -hide_banner -nostdin', *script.options)),
        *quoted_words(script.inputs),
        '"$graph_option" "$graph"',
        *quoted_words(script.output_options),
        '"$@" -n "file:$part"',
    )
    return _RENDER.format(
        output=shlex.quote(script.output),
        encoder_options=shlex.join(script.encoder_options),
        opening=opening(script.ffmpeg, script.graph),
        command=wrapped(command),
    )


def opening(ffmpeg: str, graph: str) -> str:
    """Lines that set $ffmpeg, $here (the script's folder), $graph (a file with the graph), $graph_option, $cropping.

    $cropping is the value of an option, or empty where ffmpeg does not know it. No variable holds two words: zsh does
    not split them.
    """
    until_6, from_7 = GRAPH_FILE_OPTIONS
    return _OPENING.format(
        ffmpeg=shlex.quote(ffmpeg),
        graph=heredoc(graph),
        until_6=until_6,
        from_7=from_7,
        cropping=UNCROPPED[1],
    )


def heredoc(text: str) -> str:
    """The text as a quoted here-document, in which nothing has a meaning, up to a mark that is no line of it.

    Source: POSIX.1-2017, Shell Command Language, 2.7.4.
    """
    mark = _MARK
    while mark in text.split("\n"):
        mark += "_"
    return f"<< '{mark}'\n{text}\n{mark}"


def quoted_words(words: Iterable[Word]) -> Iterator[str]:
    return written_words(words, shlex.quote, lambda path: f'"file:$here"/{shlex.quote(path)}', _CROPPING)


def wrapped(words: Iterable[str]) -> str:
    """One command over as many lines as it needs. words: quoted."""
    lines = [""]
    for word in words:
        if lines[-1] and len(lines[-1]) + len(word) > LINE_LENGTH:
            lines.append("   ")
        lines[-1] += f" {word}" if lines[-1] else word
    return " \\\n".join(lines)


_OPENING = """\
ffmpeg=${{FFMPEG:-}}
[ "$ffmpeg" ] || ffmpeg={ffmpeg}
case $0 in */*) here=${{0%/*}} ;; *) here=. ;; esac
version=$("$ffmpeg" -version)
case $version in
    "ffmpeg version "[1-6].* | "ffmpeg version n"[1-6].*) graph_option={until_6} ;;
    *) graph_option={from_7} ;;
esac
case $version in
    "ffmpeg version "[1-6].* | "ffmpeg version n"[1-6].* | "ffmpeg version 7.0"* | "ffmpeg version n7.0"*) cropping= ;;
    *) cropping={cropping} ;;
esac
graph=$(mktemp)
trap 'rm -f "$graph"' EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
cat > "$graph" {graph}"""
_RENDER = """\
#!/bin/sh
# One video over another, frame by frame. Usage: sh SCRIPT [OUTPUT [FFMPEG OUTPUT OPTIONS]]
# FFMPEG names another ffmpeg, 5.1 or newer.
set -eu
output={output}
[ $# -eq 0 ] || {{ output=$1; shift; }}
[ $# -gt 0 ] || set -- {encoder_options}
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
{command}
ln "$part" "$target" 2> /dev/null && exit # fails if something is there, and where there are no hard links
mv -n "$part" "$target" || true           # replaces nothing either
if [ -e "$part" ]; then
    printf '%s\\n' "'$output' has come to be while it was drawn; name another output" >&2
    exit 1
fi
"""
