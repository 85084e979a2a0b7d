"""What a command prints with --json."""

import json
from importlib.resources import files
from typing import Any

import jsonschema

from support.program_runs import Outcome

SCHEMA = json.loads(files("vidkompy.cli").joinpath("results.schema.json").read_bytes())


def result_of(outcome: Outcome) -> dict[str, Any]:
    """The object on standard output, which meets the schema."""
    found: dict[str, Any] = json.loads(outcome.out)
    jsonschema.Draft202012Validator(SCHEMA).validate(found)
    assert found["exit_code"] == outcome.code
    return found
