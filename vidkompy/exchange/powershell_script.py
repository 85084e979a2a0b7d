"""Scripts for PowerShell that start one ffmpeg with one graph: their quoting and their syntax.

Source: about_Quoting_Rules,
https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from filtergraphs.inputs import UNCROPPED
from vidkompy.exchange.render_script import RenderScript, Word, written_words
from vidkompy.ffmpeg.binary import GRAPH_FILE_OPTIONS

BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # without it PowerShell 5.1 reads a script in the system's code page

_QUOTES = re.compile("(['\N{LEFT SINGLE QUOTATION MARK}-\N{SINGLE HIGH-REVERSED-9 QUOTATION MARK}])")


def render_text(script: RenderScript) -> str:
    """The script: its first argument names the output, others replace the encoder's options."""
    until_6, from_7 = GRAPH_FILE_OPTIONS
    return BOM + _RENDER.format(
        output=quoted(script.output),
        encoder_options=_listed(script.encoder_options),
        ffmpeg=quoted(script.ffmpeg),
        until_6=quoted(until_6),
        from_7=quoted(from_7),
        cropping=_listed(UNCROPPED),
        options="".join(f"{option} " for option in script.options),
        graph=quoted(script.graph),
        inputs=_lines(script.inputs),
        output_options=_lines(script.output_options),
    )


def quoted(word: str) -> str:
    """A literal string: nothing in it has a meaning but what PowerShell takes for its quote, which is doubled.

    Source: about_Quoting_Rules; CharExtensions.IsSingleQuote in PowerShell's tokenizer takes U+2018 to U+201B too.
    """
    return "'" + _QUOTES.sub(r"\1\1", word) + "'"


def quoted_words(words: Iterable[Word]) -> Iterator[str]:
    return written_words(words, quoted, lambda path: f"('file:' + $PSScriptRoot + {quoted(f'/{path}')})", "$cropping")


def _lines(words: Iterable[Word]) -> str:
    return "\n".join(f"        {word}" for word in quoted_words(words))


def _listed(words: Iterable[str]) -> str:
    """Elements of an array."""
    return ", ".join(quoted(word) for word in words)


_RENDER = """\
# One video over another, frame by frame. Usage: SCRIPT [OUTPUT ['FFMPEG', 'OUTPUT', 'OPTIONS']]
# $env:FFMPEG names another ffmpeg, 5.1 or newer.
param([string] $Output = {output}, [string[]] $Encoding = @({encoder_options}))
$ErrorActionPreference = 'Stop'
if (Test-Path -LiteralPath $Output) {{
    [Console]::Error.WriteLine("'$Output' exists; name another output, or remove it")
    exit 1
}}
$ffmpeg = if ($env:FFMPEG) {{ $env:FFMPEG }} else {{ {ffmpeg} }}
$version = @(& $ffmpeg -version)[0]
$option = if ($version -match '^ffmpeg version n?[1-6]\\.') {{ {until_6} }} else {{ {from_7} }}
$cropping = if ($version -match '^ffmpeg version n?([1-6]\\.|7\\.0)') {{ @() }} else {{ @({cropping}) }}
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
{output_options}
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
