"""batch, batch-status and batch-merge."""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from vidkompy.cli.batch_page import page_of, renewed_page
from vidkompy.cli.commands import Batch, BatchMerge, BatchStatus
from vidkompy.cli.messages import print_message
from vidkompy.cli.output_paths import check_free
from vidkompy.cli.progress import StageCallback, progress_reports
from vidkompy.cli.results import Result
from vidkompy.counts import count_text
from vidkompy.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vidkompy.batch.executors import PairExecutor
    from vidkompy.batch.journal import Journal
    from vidkompy.batch.pair_task import PairResult, PairTask
    from vidkompy.cli.batch_options import CommandParser

_SIZE_UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}


def run_batch_command(
    c: Batch | BatchStatus | BatchMerge, encoder_arguments: tuple[str, ...] | None, parse: CommandParser
) -> Result:
    """parse: words of a command line, which options of pairs are checked by."""
    if isinstance(c, Batch):
        return _run(c, encoder_arguments, parse)
    return _status(c) if isinstance(c, BatchStatus) else _merge(c)


def _run(c: Batch, encoder_arguments: tuple[str, ...] | None, parse: CommandParser) -> Result:
    from vidkompy.batch.journal import JOURNAL_NAME
    from vidkompy.batch.manifest import read_manifest
    from vidkompy.batch.pair_tasks import BatchDefaults, pair_tasks
    from vidkompy.batch.remote_clips import check_remote_clips
    from vidkompy.batch.staged_pairs import has_remote_clips
    from vidkompy.cli.batch_options import BEHIND, given_options, option_tables

    memory, number_and_count = _memory(c.max_memory), _shard(c.shard)
    _check_numbers(c)
    _check_stage(c)
    if encoder_arguments is not None and not c.render:
        raise UsageError("arguments behind -- go to the encoder, and nothing is drawn without --render")
    if c.from_folders:
        _write_manifest(c)
        if c.out is None:
            return Result({"manifest": str(c.manifest)}, (str(c.manifest),))
    if c.out is None:
        raise UsageError(f"batch writes into a folder; name it: vidkompy batch '{c.manifest}' --out FOLDER")
    folder = c.manifest.absolute().parent
    behind = () if encoder_arguments is None else (BEHIND, *encoder_arguments)
    defaults = BatchDefaults(folder, *given_options(c), c.render, c.report, c.timeout, memory, behind)
    tasks = pair_tasks(read_manifest(c.manifest), option_tables(), defaults)
    if any(map(has_remote_clips, tasks)):
        check_remote_clips()
    number, count = number_and_count
    name = f"results-{number}-of-{count}.jsonl" if c.shard else JOURNAL_NAME
    return _work(c, tasks[number - 1 :: count], c.out / name, parse)


def _work(c: Batch, tasks: Sequence[PairTask], path: Path, parse: CommandParser) -> Result:
    from vidkompy.batch.journal import check_alone, open_journal, read_journal
    from vidkompy.batch.pair_folders import put_away_parts
    from vidkompy.media.atomic_outputs import make_folder

    out = path.parent
    is_new = not path.exists()
    if is_new:
        _check_environment(c, _remaining(c, tasks, path, parse)[0], parse)  # a fault leaves nothing behind
    make_folder(out)
    with open_journal(path) as journal:
        check_alone(path)
        put_away_parts(tasks, out)
        remaining, recovered = _remaining(c, tasks, path, parse)
        if not is_new:
            _check_environment(c, remaining, parse)
        for result in recovered:
            journal.add(result)
        if len(remaining) < len(tasks):
            print_message(_finished_text(c, tasks, remaining, read_journal(path)))
        try:
            if remaining:
                _work_on(remaining, _executor(c, remaining, out, parse), out, journal, c.overwrite)
        finally:
            page = page_of(out, tasks)
    results = read_journal(path)
    return _result([results[task.name] for task in tasks], len(tasks), path, page)


def _finished_text(
    c: Batch, tasks: Sequence[PairTask], remaining: Sequence[PairTask], results: Mapping[str, PairResult]
) -> str:
    waiting = {task.name for task in remaining}
    failed = sum(results[task.name].status != "done" for task in tasks if task.name not in waiting)
    text = f"{len(tasks) - len(remaining)} of {count_text(len(tasks), 'pair')} already finished"
    return f"{text}, {failed} without success: --retry failed, or batch status '{c.out}' --failures" if failed else text


def _work_on(
    remaining: Sequence[PairTask], executor: PairExecutor, out: Path, journal: Journal, is_overwriting: bool
) -> None:
    from vidkompy.batch.batch_run import run_tasks

    with progress_reports() as report:
        counter = _Counter(report, len(remaining))
        try:
            run_tasks(remaining, executor, out, journal, counter.add, is_overwriting)
        except KeyboardInterrupt:
            raise KeyboardInterrupt(
                f"{counter.done} of {count_text(len(remaining), 'pair')} finished; the same command goes on"
            ) from None


def _remaining(
    c: Batch, tasks: Sequence[PairTask], path: Path, parse: CommandParser
) -> tuple[list[PairTask], list[PairResult]]:
    """As `batch_run.remaining_tasks`. Raises UsageError where one of these cannot be worked on."""
    from vidkompy.batch.batch_run import remaining_tasks
    from vidkompy.batch.journal import read_journal
    from vidkompy.batch.pair_folders import check_replaceable
    from vidkompy.batch.pair_tasks import check_options
    from vidkompy.cli.batch_options import check_command_options

    remaining, recovered = remaining_tasks(tasks, read_journal(path), path.parent, c.retry == "failed", c.overwrite)
    check_options(remaining, partial(check_command_options, parse))
    if not c.overwrite:
        check_replaceable(remaining, path.parent)
    return remaining, recovered


def _check_environment(c: Batch, tasks: Sequence[PairTask], parse: CommandParser) -> None:
    """Raises UsageError where this machine is to work on these and lacks something."""
    from vidkompy.batch.dask_executor import LOCAL
    from vidkompy.cli.batch_environment import check_environment, needs_of

    if tasks and c.dask in (None, LOCAL):
        check_environment(needs_of(tasks, parse))


def _executor(c: Batch, tasks: Sequence[PairTask], out: Path, parse: CommandParser) -> PairExecutor:
    """Raises UsageError, ClusterError."""
    from vidkompy.batch.executors import LocalExecutor

    jobs = c.jobs if c.jobs is not None else max(1, (os.cpu_count() or 1) // 2)
    if c.dask is None:
        return LocalExecutor(jobs, out)
    from vidkompy.batch.dask_executor import DaskExecutor, connect_client
    from vidkompy.batch.stage import Stage
    from vidkompy.batch.staging_executor import StagingExecutor
    from vidkompy.cli.batch_environment import environment_fault_there, needs_of

    stage = None if c.stage is None else Stage(c.stage)
    fault = partial(environment_fault_there, needs_of(tasks, parse))
    executor = DaskExecutor(connect_client(c.dask, jobs), out, print_message, fault=fault)
    return executor if stage is None else StagingExecutor(executor, stage, print_message)


class _Counter:
    """Pairs that ended, and how many a minute."""

    def __init__(self, report: StageCallback, total: int) -> None:
        self._report, self._total, self._started = report, total, monotonic()
        self.done = self._failed = 0
        report("pairs", 0, total)

    def add(self, result: PairResult) -> None:
        from vidkompy.batch.summary import clock

        self.done += 1
        if result.status != "done":
            self._failed += 1
        if result.message:
            print_message(f"{result.name}: {result.status}: {result.message}")
        seconds = monotonic() - self._started
        remaining = clock(seconds / self.done * (self._total - self.done))
        note = f"{self._failed} failed, {60 * self.done / seconds:.3g} a minute, {remaining} left"
        self._report("pairs", self.done, self._total, note)


def _status(c: BatchStatus) -> Result:
    from vidkompy.batch.summary import collected_results

    results = list(collected_results([c.folder], c.folder).values())
    result = _result(results, len(results), c.folder, renewed_page(c.folder, results))
    if not c.failures:
        return Result(result.facts, result.lines)
    failed = [r for r in results if r.status != "done"]
    facts = [{"name": r.name, "status": r.status, "message": r.message} for r in failed]
    lines = [f"{r.name}: {r.status}: {r.message}" for r in failed]
    return Result({**result.facts, "failures": facts}, (*lines, *result.lines))


def _merge(c: BatchMerge) -> Result:
    from vidkompy.batch.journal import JOURNAL_NAME, check_alone, journal_line, open_journal, read_journal
    from vidkompy.batch.summary import collected_results, contested_names
    from vidkompy.media.atomic_outputs import make_folder, write_text

    folders = [Path(folder) for folder in c.folders]
    out = c.out or folders[0]
    path = out / JOURNAL_NAME
    results = collected_results(folders, out)
    if contested := contested_names(folders):
        more = f" and {len(contested) - 1} more" if len(contested) > 1 else ""
        print_message(f"note: '{contested[0]}'{more} names pairs of other clips there: the one that ended last counts")
    make_folder(out)
    if any(folder.samefile(out) for folder in folders):
        with open_journal(path) as journal:
            check_alone(path)
            known = read_journal(path)
            journal.add(*(result for name, result in results.items() if result != known.get(name)))
    else:
        check_free(path, (), c.overwrite)
        check_alone(out / "merged")  # no batch, of whatever part, may lose what it writes
        write_text(path, "".join(map(journal_line, results.values())), c.overwrite)
    return _result(list(results.values()), len(results), path, renewed_page(out, results.values()))


def _result(results: Sequence[PairResult], total: int, path: Path, page: Path | None) -> Result:
    from vidkompy.batch.summary import counts_of, table_lines

    counts = counts_of(results)
    seconds, cpu_seconds = (round(sum(getattr(r, n) for r in results), 3) for n in ("seconds", "cpu_seconds"))
    facts = {"results": str(path), "page": None if page is None else str(page), "pairs": total, "counts": counts}
    facts |= {"seconds": seconds, "cpu_seconds": cpu_seconds}
    is_complete = counts["done"] == total
    files = (str(path),) if page is None else (str(path), str(page))
    return Result(facts, (*table_lines(counts, total, seconds, cpu_seconds), *files), exit_code=int(not is_complete))


def _write_manifest(c: Batch) -> None:
    """Raises UsageError, OutputError."""
    from vidkompy.batch.folder_pairs import folder_pairs, manifest_text
    from vidkompy.media.atomic_outputs import write_text

    if c.manifest.suffix.lower() != ".csv":
        raise UsageError(f"'{c.manifest}' ends in '{c.manifest.suffix}'; --from-folders writes a .csv")
    if len(c.from_folders) != 2:
        raise UsageError(f"--from-folders has {len(c.from_folders)} folders; wanted BG_DIR FG_DIR")
    check_free(c.manifest, (), c.overwrite)
    bg_folder, fg_folder = map(Path, c.from_folders)
    pairs, alone = folder_pairs(bg_folder, fg_folder, c.match)
    write_text(c.manifest, manifest_text(pairs, c.manifest.absolute().parent), c.overwrite)
    unpaired = f"; {len(alone)} FGs have no BG, such as '{alone[0]}'" if alone else ""
    print_message(f"'{c.manifest}': {count_text(len(pairs), 'pair')}{unpaired}")


def _check_numbers(c: Batch) -> None:
    """Raises UsageError."""
    if c.timeout is not None and c.timeout <= 0:
        raise UsageError(f"--timeout is {c.timeout:g}; wanted seconds above 0")
    if c.jobs is not None and c.jobs < 1:
        raise UsageError(f"--jobs is {c.jobs}; wanted 1 or more")
    if c.dask is not None:
        from vidkompy.batch.dask_executor import LOCAL, check_dask

        check_dask()
        if c.jobs is not None and c.dask != LOCAL:
            raise UsageError(f"--jobs is {c.jobs}, and '{c.dask}' has its own workers; leave one of both out")


def _check_stage(c: Batch) -> None:
    """Raises UsageError."""
    if c.stage is None:
        return
    from vidkompy.batch.dask_executor import LOCAL
    from vidkompy.batch.remote_clips import check_remote_clips, is_remote

    if c.dask is None:
        raise UsageError(f"--stage is '{c.stage}', and clips are read where they are unless --dask names a cluster")
    if not is_remote(c.stage):
        raise UsageError(f"--stage is '{c.stage}'; wanted a URL, such as s3://films/stage or file:///mnt/shared/stage")
    if c.stage.startswith("memory:") and c.dask != LOCAL:
        raise UsageError(f"--stage is '{c.stage}', which no other process sees; wanted --dask local, or another URL")
    check_remote_clips()


def _memory(text: str | None) -> int | None:
    """--max-memory in bytes. Raises UsageError."""
    if text is None:
        return None
    from vidkompy.batch.worker_process import check_memory_limits

    match = re.fullmatch(r"(?i)(\d+(?:\.\d+)?) ?([KMGT]?)(?:i?B)?", text.strip())
    if match is None:
        raise UsageError(f"--max-memory is '{text}'; wanted a size such as 4G or 800M")
    check_memory_limits()
    return int(float(match[1]) * _SIZE_UNITS[match[2].upper()])


def _shard(text: str | None) -> tuple[int, int]:
    """--shard as number, from 1, and count. Raises UsageError."""
    match = re.fullmatch(r"(\d{1,6})/(\d{1,6})", text or "1/1")
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise UsageError(f"--shard is '{text}'; wanted I/N with I from 1 to N, such as 2/8")
    return int(match[1]), int(match[2])
