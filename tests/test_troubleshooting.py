"""Every message that an error can carry has its entry in docs/troubleshooting.md."""

from pathlib import Path

import pytest
from support.raised_messages import Message, plain, raised_messages

from vidkompy.sidecar.schemas import schema

ROOT = Path(__file__).parents[1]
PAGE = plain((ROOT / "docs" / "troubleshooting.md").read_text())
MESSAGES = raised_messages()
# Files and errors whose texts are values only: what a library says, what another error said, faults by kind and time.
WITHOUT_WORDS = {
    ("batch/pair_tasks.py", "UsageError"),
    ("measuring/clip_pair.py", "DamageError"),
    ("media/decoding.py", "DamageError"),
    ("media/probe.py", "DamageError"),
    ("sidecar/document.py", "MalformedError"),
    ("verification/frame_comparison.py", "DamageError"),
}


@pytest.mark.parametrize("message", [m for m in MESSAGES if m.phrase], ids=lambda m: m.place)
def test_a_message_has_an_entry(message: Message) -> None:
    assert plain(message.phrase) in PAGE, message


@pytest.mark.parametrize("known", ["exists; add --overwrite", "no place was found where", "wanted a Timeline"])
def test_texts_are_found_through_calls_variables_and_functions(known: str) -> None:
    assert any(known in m.text for m in MESSAGES)


def test_no_error_is_raised_without_words() -> None:
    """Where each text of a call is values only, the call is one of those known."""
    calls: dict[tuple[str, str], list[Message]] = {}
    for m in MESSAGES:
        calls.setdefault((m.place, m.error), []).append(m)
    silent = {(place.split(":")[0], error) for (place, error), all_ in calls.items() if not any(m.phrase for m in all_)}
    assert silent <= WITHOUT_WORDS


def test_each_kind_of_damage_has_an_entry() -> None:
    clip = schema()["$defs"]["clip"]["properties"]
    kinds = clip["damage"]["items"]["properties"]["what"]["enum"]
    assert [kind for kind in kinds if kind not in PAGE] == []


def test_a_message_without_entry_would_be_noticed() -> None:
    assert plain(Message("x.py:1", "MediaError", "the moon is in the way; wait").phrase) not in PAGE
