"""scripts/calibrate_placement fits weights to the answers that it is given."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from support.catalogue import entries

SCRIPT = Path(__file__).parents[2] / "scripts" / "calibrate_placement"


def test_uncertain_answers_weigh_against_a_placement(tmp_path: Path) -> None:
    """Of answers that are the less right the more uncertain they are, log uncertainty gets a negative weight."""
    rng = np.random.default_rng(0)
    rows: list[dict[str, Any]] = []
    for name in [name for name, entry in entries().items() if not entry.is_held_out][:120]:
        uncertainty, cost = 10 ** rng.uniform(-2, 0.5), 10 ** rng.uniform(-2.5, -1.5)
        evidence = {
            "robust_cost": cost,
            "plain_cost": cost,
            "remaining_step": uncertainty,
            "standard_error": 0.0,
            "information_share": 0.9,
            "correlation_lead": 0.5,
        }
        is_right = bool(rng.uniform() < 1 / (1 + (uncertainty / 0.3) ** 2))
        rows.append({"name": name, "task": "free", "right": is_right, "evidence": evidence})
    answers = tmp_path / "answers.jsonl"
    answers.write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    run = subprocess.run([sys.executable, SCRIPT, tmp_path, answers], capture_output=True, text=True, check=True)
    first, *others = run.stdout.splitlines()
    name, _, weights = first.partition(" = ")
    assert name == "weights"
    constant, per_log_residual, per_log_px = json.loads(f"[{weights[1:-1]}]")
    assert per_log_px < -1
    assert abs(per_log_residual) < 0.5
    assert constant < 0
    assert f"fitted: {len(rows)} answers, {sum(row['right'] for row in rows)} right" in others
