"""Messages on a terminal end their lines between words; commands and quoted names stay whole, to be copied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidkompy.cli.line_wrapping import wrapped

WORDS = st.lists(st.text("abc-,;=0", min_size=1, max_size=30), min_size=1, max_size=30)


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        (
            "       right with probability 0.999, score 0.999, no other place came close",
            ["       right with probability 0.999,", "       score 0.999, no other place came", "       close"],
        ),
        (
            "note: FG's place moves, and is drawn at x=61 y=37, not where BG's is",
            ["note: FG's place moves, and is drawn at", "x=61 y=37, not where BG's is"],
        ),
        (
            "vidkompy: 'no such film.mp4' is missing; type: vidkompy compose 'a film.mp4' fg.mp4 -o out.mp4",
            [
                "vidkompy: 'no such film.mp4' is missing;",
                "type:",
                "vidkompy compose 'a film.mp4' fg.mp4 -o out.mp4",
            ],
        ),
        (
            "BG is joined; run ffmpeg -i bg.ts -c copy one.mkv; and analyse that",
            ["BG is joined; run", "ffmpeg -i bg.ts -c copy one.mkv; and", "analyse that"],
        ),
        ("next   vidkompy review fg.vidkompy.json", ["next   vidkompy review fg.vidkompy.json"]),
    ],
)
def test_lines_end_between_words_and_commands_stay_whole(text: str, rows: list[str]) -> None:
    assert wrapped(text, 40).split("\n") == rows


@given(WORDS, st.integers(1, 90))
def test_no_word_is_lost_or_broken_and_lines_fit_unless_a_word_does_not(words: list[str], columns: int) -> None:
    rows = wrapped(" ".join(words), columns).split("\n")
    assert " ".join(rows).split() == words
    assert all(len(row) <= columns or " " not in row for row in rows)
