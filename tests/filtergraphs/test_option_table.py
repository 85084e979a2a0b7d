"""The table of ffmpeg's options says what ffmpeg itself says, and who reads it gets what each row means."""

import re
import subprocess

import pytest
from support.program_runs import EMBEDDED

from filtergraphs.option_table import FFMPEG_OPTIONS, canonical, option_of
from filtergraphs.safety import FLAGS, INPUT_OPTIONS, OUTPUT_OPTIONS


@pytest.mark.parametrize("name", FFMPEG_OPTIONS)
def test_ffmpeg_wants_a_value_where_the_table_says_so(name: str) -> None:
    """An option as the last word: those of codecs and formats it knows only where a file follows."""
    done = subprocess.run([EMBEDDED, "-v", "error", name], stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if "Unrecognized option" not in done.stderr:
        assert ("Missing argument" in done.stderr) == (not FFMPEG_OPTIONS[name].is_flag)


def test_only_what_the_table_gives_a_side_is_written_there() -> None:
    assert not FLAGS & (INPUT_OPTIONS | OUTPUT_OPTIONS)
    assert {word for word in INPUT_OPTIONS if option_of(word).effect == "rewires"} == {"-i"}
    assert not {word for word in OUTPUT_OPTIONS if option_of(word).effect == "rewires"}
    on_both_sides = INPUT_OPTIONS & OUTPUT_OPTIONS
    assert on_both_sides == {"-ss"}


def test_values_that_are_written_have_a_message_for_others() -> None:
    for option in FFMPEG_OPTIONS.values():
        assert bool(option.value) == ("{!r}" in option.refusal)
        assert not option.value or not re.fullmatch(option.value, "lavfi")


def test_another_name_has_the_effect_of_the_option_itself() -> None:
    for name, option in FFMPEG_OPTIONS.items():
        if option.alias:
            assert option_of(canonical(name)).effect == option.effect, name
            assert not option_of(option.alias).alias
