"""How far a batch is: counts, results of several journals, and the table."""

from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from vidkompy.batch.journal import journal_line
from vidkompy.batch.pair_task import PairResult, Status
from vidkompy.batch.summary import clock, collected_results, counts_of, table_lines
from vidkompy.errors import OutputError


def result(name: str, status: Status = "done", ended: str = "2026-01-01T00:00:00+00:00") -> PairResult:
    return PairResult(name, status, "key", files=(f"{name}/{name}.vidkompy.json",), ended=ended)


def written(path: Path, *results: PairResult) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(map(journal_line, results)))


def test_counts_name_every_status() -> None:
    results = [result("a"), result("b"), result("c", "crashed")]
    assert counts_of(results) == {s: {"done": 2, "crashed": 1}.get(s, 0) for s in get_args(Status)}


def test_journals_of_one_folder_or_several_are_joined(tmp_path: Path) -> None:
    written(tmp_path / "one" / "results-1-of-2.jsonl", result("a"), result("b", "failed"))
    written(tmp_path / "one" / "results-2-of-2.jsonl", result("c"))
    written(tmp_path / "two" / "results.jsonl", result("d"))
    found = collected_results([tmp_path / "one", tmp_path / "two"], tmp_path / "one")
    assert {name: r.files for name, r in found.items()} == {
        "a": ("a/a.vidkompy.json",),
        "b": ("b/b.vidkompy.json",),
        "c": ("c/c.vidkompy.json",),
        "d": ("../two/d/d.vidkompy.json",),
    }


def test_of_two_results_for_a_name_the_one_that_ended_last_counts(tmp_path: Path) -> None:
    late = result("a", "done", "2026-01-01T00:00:02+00:00")
    written(tmp_path / "results.jsonl", late)
    written(tmp_path / "results-1-of-2.jsonl", replace(late, status="failed", ended="2026-01-01T00:00:01+00:00"))
    assert collected_results([tmp_path], tmp_path) == {"a": late}


def test_a_folder_without_results_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError) as fault:
        collected_results([tmp_path], tmp_path)
    assert str(fault.value) == f"'{tmp_path}' has no results.jsonl; wanted a folder that batch wrote, as --out named it"


def test_the_table_says_what_is_there_and_what_is_left() -> None:
    assert table_lines({"done": 0, "failed": 0}, 1, 0, 0) == [
        "done        0",
        "waiting     1",
        "1 pair: 0:00 of work, 0:00 of CPU",
    ]
    assert table_lines({"done": 9999, "crashed": 1}, 10_000, 3600, 59.5)[-2:] == [
        "crashed     1",
        "10,000 pairs: 1:00:00 of work, 1:00 of CPU",
    ]
    assert [clock(s) for s in (0, 59.4, 60, 3599.6)] == ["0:00", "0:59", "1:00", "1:00:00"]
