"""Each language that is written has one function that quotes, and what it quotes comes back, however hostile."""

import ast
import re
import subprocess
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vidkompy.errors import UsageError
from vidkompy.exchange import posix_script, powershell_script
from vidkompy.exchange.exports import avisynth, vapoursynth
from vidkompy.exchange.exports.edl import one_line
from vidkompy.exchange.xml_text import document

HOSTILE = [
    "\n",
    "'",
    '"',
    "'@",
    "\\",
    "GRAPH",
    "\nGRAPH\ntouch owned\n",
    "$(touch owned)",
    "`touch owned`",
    "${IFS}",
    "%PATH%",
    "'; touch owned; '",
    "\u2018; touch owned; \u2019",
    "]]>",
    "<!--",
    "&amp;",
    "{ffmpeg}",
    "-o",
    "\t",
    "é",
    "\U0001f600",
]
TEXTS = st.lists(
    st.sampled_from(HOSTILE) | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=5)
).map("".join)


@given(st.lists(TEXTS, min_size=1, max_size=20))
@example(HOSTILE)
def test_posix_words_come_back(words: list[str]) -> None:
    script = f"printf '%s\\0' {' '.join(posix_script.quoted_words(words))}"
    printed = subprocess.run(["sh", "-c", script], capture_output=True, check=True).stdout
    assert printed.decode().split("\0")[:-1] == words


@given(TEXTS.filter(str.isascii))
@example("GRAPH")
@example("GRAPH\nGRAPH_\nGRAPH__")
@example("a\nGRAPH\ntouch owned")
def test_a_here_document_comes_back(text: str) -> None:
    """ASCII, as graphs are: dash 0.5 drops a byte above 127 that follows the first letters of the mark in a line."""
    printed = subprocess.run(
        ["sh"], input=f"cat {posix_script.heredoc(text)}\n".encode(), capture_output=True, check=True
    )
    assert printed.stdout.decode() == f"{text}\n"


@given(TEXTS)
def test_powershell_literals_come_back(text: str) -> None:
    """No PowerShell runs here: read by the rule of its tokenizer, five quotes of which two in a row are one."""
    quotes = "'\u2018\u2019\u201a\u201b"
    literal = powershell_script.quoted(text)
    assert literal[0] == literal[-1] == "'"
    pairs = re.findall(f"[{quotes}]{{2}}|[^{quotes}]", literal[1:-1], re.DOTALL)
    assert "".join(pairs) == literal[1:-1]  # no quote stands alone and ends the literal
    assert "".join(pair[0] for pair in pairs) == text


@given(TEXTS)
def test_python_literals_come_back(text: str) -> None:
    assert ast.literal_eval(vapoursynth.quoted(text)) == text


@given(TEXTS)
def test_avisynth_literals_come_back_or_are_refused(text: str) -> None:
    """Read by AviSynth's rules: "x" is x; e"x" has escapes for backslashes and quotes."""
    if re.search("[\x00-\x1f\x7f-\x9f\u2028\u2029]", text):
        with pytest.raises(UsageError, match="which AviSynth cannot read"):
            avisynth.quoted(text)
        return
    literal = avisynth.quoted(text)
    if literal.startswith("e"):
        inner = literal[2:-1]
        assert re.fullmatch(r'(?:[^"\\]|\\["\\])*', inner)
        assert re.sub(r"\\(.)", r"\1", inner) == text
    else:
        assert literal == f'"{text}"'
        assert '"' not in text


@given(TEXTS)
def test_xml_text_and_attributes_come_back_or_are_refused(text: str) -> None:
    root = ElementTree.Element("root", {"name": text})
    ElementTree.SubElement(root, "inner").text = text
    try:
        written = document(root, "<!DOCTYPE root>")
    except UsageError:
        assert re.search("[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]", text)
        return
    read = ElementTree.fromstring(written)
    assert read.get("name") == text
    assert (read[0].text or "") == text


@given(TEXTS)
def test_a_name_in_an_edl_stays_on_its_line(text: str) -> None:
    line = one_line(text)
    assert len(f"* FROM CLIP NAME: {line}".splitlines()) == 1
    assert len(line) == len(text)
