"""Scripts for PowerShell that start one ffmpeg with one graph, and ask that ffmpeg how it reads one."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from vidkompy.rendering.ffmpeg_job import Job

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it PowerShell 5.1 reads a script in the system's code page
_QUOTES = re.compile("(['\N{LEFT SINGLE QUOTATION MARK}-\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}])")
_ROOTED = re.compile(r"/|[A-Za-z]:/")


def drawing(job: Job, output: str, ffmpeg: str, places: Mapping[str, str]) -> str:
    """The render as a script, as `posix_script.drawing` writes it for a POSIX shell."""
    return BOM + _DRAWING.format(
        output=quoted(output),
        encoding=", ".join(quoted(word) for word in job.encoder_options),
        ffmpeg=quoted(ffmpeg),
        options="".join(f"{word} " for word in job.global_options),
        graph=quoted(job.script.graph),
        inputs="\n".join(f"        {word}" for word in words(job.portable_inputs, places)),
        outputs="\n".join(f"        {word}" for word in words(job.output_options, {})),
    )


def quoted(word: str) -> str:
    """A literal string: nothing in it has a meaning but what PowerShell takes for its quote, which is doubled.

    Source: about_Quoting_Rules; CharExtensions.IsSingleQuote in PowerShell's tokenizer takes U+2018 to U+201B too.
    """
    return "'" + _QUOTES.sub(r"\1\1", word) + "'"


def words(said: Iterable[str], places: Mapping[str, str]) -> Iterable[str]:
    said = iter(said)
    for word in said:
        if word == "-apply_cropping":  # an option with one word more
            next(said)
            yield "$cropping"
            continue
        place = places.get(word)
        if place is None:
            yield quoted(word)
        elif _ROOTED.match(place):
            yield quoted(f"file:{place}")
        else:
            yield f"('file:' + $PSScriptRoot + {quoted(f'/{place}')})"


_DRAWING = """\
# One video over another, frame by frame. Usage: SCRIPT [OUTPUT ['FFMPEG', 'OUTPUT', 'OPTIONS']]
# $env:FFMPEG names another ffmpeg, 5.1 or newer.
param([string] $Output = {output}, [string[]] $Encoding = @({encoding}))
$ErrorActionPreference = 'Stop'
if (Test-Path -LiteralPath $Output) {{
    [Console]::Error.WriteLine("'$Output' exists; name another output, or remove it")
    exit 1
}}
$ffmpeg = if ($env:FFMPEG) {{ $env:FFMPEG }} else {{ {ffmpeg} }}
$version = @(& $ffmpeg -version)[0]
$option = if ($version -match '^ffmpeg version n?[1-6]\\.') {{ '-filter_complex_script' }} else {{ '-/filter_complex' }}
$cropping = if ($version -match '^ffmpeg version n?([1-6]\\.|7\\.0)') {{ @() }} else {{ @('-apply_cropping', 'codec') }}
$target = $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($Output)
$folder = [IO.Path]::GetDirectoryName($target)
$work = [IO.Path]::Combine($folder, '.part-' + [Guid]::NewGuid().ToString('N'))
$part = [IO.Path]::Combine($work, 'part' + [IO.Path]::GetExtension($target))
$graph = [IO.Path]::GetTempFileName()
$code = 1
try {{
    [IO.File]::WriteAllText($graph, {graph})
    [void] [IO.Directory]::CreateDirectory($work)
    $words = @(
{inputs}
        $option
        $graph
{outputs}
    )
    & $ffmpeg -hide_banner -nostdin {options}@words @Encoding -n "file:$part"
    $code = $LASTEXITCODE
    if ($code -eq 0) {{ [IO.File]::Move($part, $target) }} # which replaces nothing
}} finally {{
    [IO.File]::Delete($graph)
    if ([IO.Directory]::Exists($work)) {{
        [IO.File]::Delete($part)
        [IO.Directory]::Delete($work)
    }}
}}
exit $code
"""
