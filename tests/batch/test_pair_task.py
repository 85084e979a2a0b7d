"""What came of a pair, as a line of results.jsonl."""

import json
from dataclasses import fields
from importlib.resources import files
from typing import get_args

import jsonschema
import pytest

from vidkompy.batch.pair_task import ClipState, PairResult, PairTask, Status, result_from_record

SCHEMA = json.loads(files("vidkompy.batch").joinpath("result.schema.json").read_bytes())
RESULT = PairResult(
    "reel1",
    "done",
    "0123",
    confidence=0.97,
    bg="b.mp4",
    others=({"bg": "c.mp4", "confidence": None, "message": "'b.mp4' was not found in 'c.mp4'"},),
    reasons=("a doubt",),
    clips=(ClipState("f.mp4", "1:2", "ab"), ClipState("s3://b/c.mp4")),
    files=("reel1/reel1.vidkompy.json",),
)


def test_a_record_meets_the_schema_and_comes_back() -> None:
    record = json.loads(json.dumps(RESULT.record()))
    jsonschema.Draft202012Validator(SCHEMA).validate(record)
    assert result_from_record(record) == RESULT


def test_the_schema_names_the_fields_and_statuses() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    names = [field.name for field in fields(PairResult)]
    assert sorted(SCHEMA["required"]) == sorted(SCHEMA["properties"]) == sorted(names)
    assert tuple(SCHEMA["properties"]["status"]["enum"]) == get_args(Status)


@pytest.mark.parametrize(
    "record", [{}, {"name": "x"}, RESULT.record() | {"more": 1}, RESULT.record() | {"clips": [{}]}]
)
def test_what_is_no_result_is_refused(record: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no result of a pair"):
        result_from_record(record)


def test_a_key_follows_what_the_outputs_follow_from() -> None:
    task = PairTask("a", "line 2", "f.mp4", ("b.mp4",), ("--no-scale",))
    same = PairTask("a", "line 7", "f.mp4", ("b.mp4",), ("--no-scale",), timeout=5.0, memory=1)
    assert task.key == same.key
    others = [
        PairTask("a", "", "f.mp4", ("b.mp4",)),
        PairTask("a", "", "f.mp4", ("b.mp4",), ("--no-scale",), ()),
        PairTask("a", "", "f.mp4", ("b.mp4",), ("--no-scale",), ("--smooth",)),
        PairTask("a", "", "f.mp4", ("b.mp4",), ("--no-scale",), has_report=True),
    ]
    assert len({task.key, *(other.key for other in others)}) == 5
