"""`vidkompy batch` with stand-ins for workers: progress, parts, and what is worked on again."""

import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest
from support.stand_in_batches import run_batch, starts, write_manifest

from vidkompy.batch.journal import open_journal

NAMES = ["a", "b", "refused-c", "d", "fails-e"]
SCHEMA = json.loads(files("vidkompy.cli").joinpath("results.schema.json").read_bytes())
VARYING = ("seconds", "host", "ended")  # from run to run


def results(path: Path) -> dict[str, dict[str, object]]:
    records = [json.loads(line) for line in path.read_text().splitlines()]
    return {record["name"]: {k: v for k, v in record.items() if k not in VARYING} for record in records}


def test_what_is_printed_says_how_it_went(tmp_path: Path) -> None:
    write_manifest(tmp_path, NAMES)
    done = run_batch(tmp_path, "m.csv", "--out", "out", "--jobs", "1")
    table = ["done        3", "refused     1", "failed      1"]
    assert (done.code, done.out.splitlines()[:3]) == (1, table)
    assert done.out.splitlines()[4:] == ["out/results.jsonl", "out/index.html"]
    refusal, failure = "refused-c: refused: they show different things", "fails-e: failed: 'fg.mp4' is no video"
    assert done.err.splitlines() == [refusal, failure]
    for words, start in (((), []), (("--failures",), [refusal, failure])):
        status = run_batch(tmp_path, "status", "out", *words)
        assert (status.code, status.out.splitlines()[:-3]) == (0, [*start, *table])


def test_json_says_the_same_to_programs(tmp_path: Path) -> None:
    write_manifest(tmp_path, NAMES)
    done = run_batch(tmp_path, "m.csv", "--out", "out", "--jobs", "1", "--json", "--progress", "json")
    status = run_batch(tmp_path, "status", "out", "--json")
    for facts, command in ((json.loads(done.out), "batch"), (json.loads(status.out), "batch-status")):
        jsonschema.Draft202012Validator(SCHEMA).validate(facts)
        counts = {"done": 3, "refused": 1, "failed": 1, "timeout": 0, "memory": 0, "crashed": 0}
        assert (facts["command"], facts["pairs"], facts["counts"]) == (command, 5, counts)
    events = [json.loads(line) for line in done.err.splitlines()]
    assert {event["event"] for event in events} == {"progress", "message"}
    progress = [event for event in events if event["event"] == "progress"]
    assert all((event["stage"], event["total"]) == ("pairs", 5) for event in progress)
    assert [progress[0]["done"], progress[-1]["done"]] == [0, 5]
    note = progress[-1]["note"].split(", ")
    assert (note[0], note[1].split()[1:], note[2]) == ("2 failed", ["a", "minute"], "0:00 left")


def test_what_failed_is_worked_on_again_when_that_is_asked_for(tmp_path: Path) -> None:
    write_manifest(tmp_path, NAMES)
    for words in ((), (), ("--retry", "failed")):
        assert run_batch(tmp_path, "m.csv", "--out", "out", *words).code == 1
    assert starts(tmp_path) == {"a": 1, "b": 1, "d": 1, "refused-c": 2, "fails-e": 2}


@pytest.mark.parametrize("is_shared", [True, False], ids=["one folder", "a folder each"])
def test_parts_make_what_the_whole_makes(tmp_path: Path, is_shared: bool) -> None:
    write_manifest(tmp_path, NAMES)
    assert run_batch(tmp_path, "m.csv", "--out", "whole").code == 1
    folders = ["parts"] if is_shared else ["p1", "p2"]
    for k in (1, 2):
        done = run_batch(tmp_path, "m.csv", "--out", folders[(k - 1) % len(folders)], "--shard", f"{k}/2")
        assert done.out.splitlines()[-2].endswith(f"results-{k}-of-2.jsonl")
    assert set(starts(tmp_path).values()) == {2}
    merged = run_batch(tmp_path, "merge", *folders)
    assert (merged.code, merged.out.splitlines()[:3]) == (1, ["done        3", "refused     1", "failed      1"])
    whole, parts = results(tmp_path / "whole" / "results.jsonl"), results(tmp_path / folders[0] / "results.jsonl")
    if is_shared:
        assert parts == whole
        again = run_batch(tmp_path, "m.csv", "--out", "parts")
        said = "5 of 5 pairs already finished, 2 without success: --retry failed, or batch status 'parts' --failures"
        assert again.err == f"{said}\n"
    assert {name: result["status"] for name, result in parts.items()} == {
        name: result["status"] for name, result in whole.items()
    }
    for result in parts.values():
        assert isinstance(result["files"], list)
        assert all((tmp_path / folders[0] / name).is_file() for name in result["files"])
    before = (tmp_path / folders[0] / "results.jsonl").read_bytes()
    again = run_batch(tmp_path, "merge", *folders)
    assert (again.code, again.err, again.out) == (1, "", merged.out)
    assert (tmp_path / folders[0] / "results.jsonl").read_bytes() == before


def test_batches_are_merged_into_a_new_folder_and_into_one_that_has_results(tmp_path: Path) -> None:
    for folder, names in (("p1", ["a", "b"]), ("p2", ["c", "refused-d"])):
        write_manifest(tmp_path, names)
        run_batch(tmp_path, "m.csv", "--out", folder)
    lines = {name: (tmp_path / name / "results.jsonl").read_text() for name in ("p1", "p2")}
    merged = run_batch(tmp_path, "merge", "p1", "p2", "-o", "deep/new")
    assert (merged.code, merged.err, merged.out.splitlines()[:2]) == (1, "", ["done        3", "refused     1"])
    assert {name: (tmp_path / name / "results.jsonl").read_text() for name in ("p1", "p2")} == lines
    found = results(tmp_path / "deep" / "new" / "results.jsonl")
    assert found["a"]["files"] == [
        "../../p1/a/a.result.json",
        "../../p1/a/a.thumbnail.webp",
        "../../p1/a/a.vidkompy.json",
    ]
    refusal = run_batch(tmp_path, "merge", "p1", "-o", "deep/new")
    assert (refusal.code, refusal.out) == (2, "")
    assert "results.jsonl' exists; add --overwrite to replace it" in refusal.err
    assert run_batch(tmp_path, "merge", "p1", "-o", "deep/new", "--overwrite").code == 0
    assert [*results(tmp_path / "deep" / "new" / "results.jsonl")] == ["a", "b"]

    with (tmp_path / "p1" / "results.jsonl").open("a") as file:
        file.write(lines["p2"][:50])  # by one that was killed
    merged = run_batch(tmp_path, "merge", "p1", "p2")
    assert (merged.code, merged.err, merged.out.splitlines()[:2]) == (1, "", ["done        3", "refused     1"])
    joined = (tmp_path / "p1" / "results.jsonl").read_text()
    assert joined.startswith(lines["p1"])
    assert [*results(tmp_path / "p1" / "results.jsonl")] == ["a", "b", "c", "refused-d"]
    assert (tmp_path / "p2" / "results.jsonl").read_text() == lines["p2"]
    write_manifest(tmp_path, ["a", "b", "c", "refused-d"])
    done = run_batch(tmp_path, "m.csv", "--out", "p1")
    assert done.err.startswith("4 of 4 pairs already finished")
    assert starts(tmp_path)["c"] == 1


@pytest.mark.parametrize("words", [("p1", "p2"), ("p2", "-o", "p1", "--overwrite")])
def test_results_that_a_batch_writes_are_not_merged_into(tmp_path: Path, words: tuple[str, ...]) -> None:
    for folder, name in (("p1", "a"), ("p2", "b")):
        write_manifest(tmp_path, [name])
        run_batch(tmp_path, "m.csv", "--out", folder)
    with open_journal(tmp_path / "p1" / "results.jsonl"):
        refusal = run_batch(tmp_path, "merge", *words)
    assert (refusal.code, refusal.out) == (1, "")
    assert refusal.err.startswith("vidkompy: another batch writes 'p1/results.jsonl'; wait for it")
    assert [*results(tmp_path / "p1" / "results.jsonl")] == ["a"]


def test_one_name_of_two_pairs_is_told_as_they_are_merged(tmp_path: Path) -> None:
    write_manifest(tmp_path, ["a", "b"])
    run_batch(tmp_path, "m.csv", "--out", "p1")
    write_manifest(tmp_path, ["a", "b"], bg="other.mp4")
    run_batch(tmp_path, "m.csv", "--out", "p2")
    merged = run_batch(tmp_path, "merge", "p1", "p2", "-o", "new")
    assert merged.err == "note: 'a' and 1 more names pairs of other clips there: the one that ended last counts\n"
    assert merged.out.splitlines()[0] == "done        2"
