"""results.jsonl: what was added is there, whatever cut the file off."""

import json
import multiprocessing
import re
from dataclasses import replace
from pathlib import Path

import pytest

from vidkompy.batch.journal import check_alone, journal_line, open_journal, read_journal
from vidkompy.batch.pair_task import ClipState, PairResult
from vidkompy.errors import OutputError

RESULTS = [
    PairResult(
        name, "done", "key", confidence=0.5, clips=(ClipState("ü\u2028.mp4", "1:2", "ab"),), files=(f"{name}/x",)
    )
    for name in "abc"
]


def test_what_was_added_is_read_and_the_last_line_of_a_name_holds(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    assert read_journal(path) == {}
    failed = replace(RESULTS[0], status="failed", message="line\nbreak")
    for results in ([failed, RESULTS[1]], [RESULTS[0]]):
        with open_journal(path) as journal:
            for result in results:
                journal.add(result)
                assert path.read_text().endswith(journal_line(result))  # it is there at once
    assert list(read_journal(path).values()) == [RESULTS[1], RESULTS[0]]
    assert path.read_bytes().count(b"\n") == 3


def test_wherever_it_was_cut_off_whole_lines_hold_and_new_ones_too(tmp_path: Path) -> None:
    whole = "".join(map(journal_line, RESULTS[:2])).encode()
    path = tmp_path / "results.jsonl"
    for cut in range(len(whole) + 1):
        path.write_bytes(whole[:cut])
        with open_journal(path) as journal:
            journal.add(RESULTS[2])
        complete = [name for k, name in enumerate("ab") if cut >= len(journal_line(RESULTS[0])) * (k + 1) - 1]
        assert [*read_journal(path)] == [*complete, "c"]
        assert [json.loads(line)["name"] for line in path.read_bytes().splitlines()] == [*complete, "c"]


def test_zeros_that_a_crash_left_behind_the_last_line_are_no_line(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.write_bytes(journal_line(RESULTS[0]).encode() + b"\0" * 5000)
    assert [*read_journal(path)] == ["a"]
    with open_journal(path) as journal:
        journal.add(*RESULTS[1:])
    assert [json.loads(line)["name"] for line in path.read_bytes().splitlines()] == ["a", "b", "c"]


@pytest.mark.parametrize("line", ["", "[]", "{}", "null", '{"name": "x"}', "\xff", '{"a": ' * 9])
def test_a_line_that_is_no_result_is_passed_over(tmp_path: Path, line: str) -> None:
    path = tmp_path / "results.jsonl"
    path.write_bytes(line.encode("latin-1") + b"\n" + journal_line(RESULTS[0]).encode())
    assert read_journal(path) == {"a": RESULTS[0]}


def hold(path: Path, held: "multiprocessing.connection.Connection") -> None:
    with open_journal(path):
        held.send(True)
        held.poll(None)


def test_two_batches_do_not_write_one_file(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    other = context.Process(target=hold, args=(path, theirs))
    other.start()
    assert ours.recv()
    with pytest.raises(OutputError) as refusal, open_journal(path):
        pass
    assert str(refusal.value) == f"another batch writes '{path}'; wait for it, end it, or name another folder"
    with open_journal(tmp_path / "results-1-of-2.jsonl"):  # another part may
        pass
    other.kill()  # which frees it
    other.join()
    with open_journal(path) as journal:
        journal.add(RESULTS[0])


def test_what_cannot_be_opened_or_read_says_so(tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    path.mkdir()
    with pytest.raises(OutputError, match=r"^cannot write '.*/results.jsonl': is a directory$"), open_journal(path):
        pass
    with pytest.raises(OutputError, match=r"^cannot read '.*/results.jsonl': is a directory$"):
        read_journal(path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_without_room_it_says_so_and_how_to_go_on() -> None:
    with pytest.raises(OutputError) as full, open_journal(Path("/dev/full")) as journal:
        journal.add(RESULTS[0])
    remedy = "make room, and run the same command again: it goes on"
    assert str(full.value) == f"cannot write into '/dev/full': no space left on device; {remedy}"


@pytest.mark.parametrize(
    ("name", "other", "is_refused"),
    [
        ("results-1-of-2.jsonl", "results-2-of-2.jsonl", False),
        ("results-1-of-2.jsonl", "results-1-of-3.jsonl", True),
        ("results-1-of-2.jsonl", "results.jsonl", True),
        ("results.jsonl", "results-2-of-2.jsonl", True),
    ],
)
def test_batches_that_may_share_pairs_do_not_work_at_once(
    tmp_path: Path, name: str, other: str, is_refused: bool
) -> None:
    path, beside = tmp_path / name, tmp_path / other
    with open_journal(beside), open_journal(path):
        if is_refused:
            with pytest.raises(OutputError, match=re.escape(f"another batch writes '{beside}'")):
                check_alone(path)
        else:
            check_alone(path)
    with open_journal(path):
        check_alone(path)  # the other one has ended
