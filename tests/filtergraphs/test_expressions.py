"""Sequences as ffmpeg expressions: exact in doubles, of any length, and read by ffmpeg itself."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.drawn_films import major_version, run

from filtergraphs.expressions import selection, table

TOKEN = re.compile(r"\d+|[A-Za-z_]+|[-+*/(),]")


@given(st.lists(st.integers(-(2**40), 2**40), min_size=1, max_size=50))
def test_a_table_holds_its_values(values: list[int]) -> None:
    assert evaluate(table(values, "N"), len(values)).tolist() == values


@pytest.mark.slow
@pytest.mark.parametrize("rise", [1, 4])
def test_200_000_irregular_values_are_exact(rise: int) -> None:
    values = np.cumsum(np.random.default_rng(rise).integers(0, rise + 1, 200_000)).tolist()
    text = table(values, "N")
    assert evaluate(text, len(values)).tolist() == values
    assert max(text.count("(", 0, k) - text.count(")", 0, k) for k in range(0, len(text), 997)) < 60


def test_long_constant_rates_are_one_leaf() -> None:
    assert table([k * 6089 // 6000 for k in range(200_000)], "N") == "floor((6089*N)/6000)"
    assert table([7] * 1000, "N") == "7"
    assert table(range(3, 1000), "N") == "N+3"


def test_numbers_that_doubles_cannot_hold_are_refused() -> None:
    assert table([2**53 - 1] * 2, "N") == str(2**53 - 1)
    with pytest.raises(ValueError, match=r"frames 0 to 1 need numbers of 2\*\*53 and more"):
        table([2**53] * 2, "N")
    with pytest.raises(ValueError, match=r"2\*\*53"):
        table([k * 2**53 // 3 for k in range(5)], "N")


@pytest.mark.slow
def test_ffmpeg_reads_20_000_pieces(ffmpeg: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    used = np.cumsum(rng.integers(1, 5, 30_000))
    stamps = np.cumsum(rng.integers(1, 9000, used.size))
    texts = selection(used.tolist()), table(stamps.tolist(), "N")
    assert texts[1].count("if(") > 10_000
    select, setpts = (text.replace(",", r"\,") for text in texts)
    graph = tmp_path / "graph"
    source = f"nullsrc=s=16x16:r=25,trim=end_frame={used[-1] + 1},settb=1,setpts=N"
    graph.write_text(f"{source},select={select},split[a][b];[b]settb=1/90000,setpts={setpts}[c]")
    option = "-/filter_complex" if major_version(ffmpeg) >= 7 else "-filter_complex_script"
    crc = ["-fps_mode", "passthrough", "-c:v", "wrapped_avframe", "-f", "framecrc"]
    outputs = [
        ["-map", "[a]", "-enc_time_base", "1:1", *crc, "a"],
        ["-map", "[c]", "-enc_time_base", "1:90000", *crc, "c"],
    ]
    run(ffmpeg, option, str(graph), *outputs[0][:-1], str(tmp_path / "a"), *outputs[1][:-1], str(tmp_path / "c"))
    assert written_pts(tmp_path / "a") == used.tolist()
    assert written_pts(tmp_path / "c") == stamps.tolist()


def written_pts(framecrc: Path) -> list[int]:
    return [int(line.split(",")[2]) for line in framecrc.read_text().splitlines() if not line.startswith("#")]


def evaluate(text: str, count: int) -> np.ndarray:
    """The expression at 0..count-1, in doubles like ffmpeg; an arm of `if` gets only the numbers that reach it."""
    tokens = TOKEN.findall(text)
    assert "".join(tokens) == text
    result, end = _sum(tokens, 0, np.arange(count, dtype=np.float64))
    assert end == len(tokens)
    return result


def _sum(tokens: list[str], at: int, n: np.ndarray) -> tuple[np.ndarray, int]:
    left, at = _product(tokens, at, n)
    while at < len(tokens) and tokens[at] in "+-":
        right, end = _product(tokens, at + 1, n)
        left, at = (left + right if tokens[at] == "+" else left - right), end
    return left, at


def _product(tokens: list[str], at: int, n: np.ndarray) -> tuple[np.ndarray, int]:
    left, at = _atom(tokens, at, n)
    while at < len(tokens) and tokens[at] in "*/":
        right, end = _atom(tokens, at + 1, n)
        left, at = (left * right if tokens[at] == "*" else left / right), end
    return left, at


def _atom(tokens: list[str], at: int, n: np.ndarray) -> tuple[np.ndarray, int]:
    token = tokens[at]
    if token == "-":
        value, at = _atom(tokens, at + 1, n)
        return -value, at
    if token.isdigit():
        return np.full(n.shape, float(token)), at + 1
    if token == "N":
        return n, at + 1
    if token == "(":
        value, at = _sum(tokens, at + 1, n)
        return value, at + 1
    if token == "floor":
        value, at = _sum(tokens, at + 2, n)
        return np.floor(value), at + 1
    assert tokens[at : at + 5] == ["if", "(", "lt", "(", "N"]
    is_low = n < float(tokens[at + 6])
    value = np.empty(n.shape)
    value[is_low], at = _sum(tokens, at + 9, n[is_low])
    value[~is_low], at = _sum(tokens, at + 1, n[~is_low])
    return value, at + 1
