"""Which worker of a cluster takes a pair, and what becomes of it where workers go. The cluster is a stand-in."""

import json
from collections.abc import Callable
from concurrent.futures import Future
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from vidkompy.batch import dask_executor
from vidkompy.batch.dask_executor import LOCAL, DaskExecutor, check_dask, connect_client
from vidkompy.batch.pair_task import ClipState, Outcome, PairResult, PairTask
from vidkompy.errors import ClusterError, UsageError

ADDRESS = "tcp://10.0.0.1:8786"
ONE, TWO, OTHER = "tcp://10.0.0.2:1", "tcp://10.0.0.2:2", "tcp://10.0.0.3:1"  # the first two on one machine
AGAIN = "run the same command again: it goes on"


class Cluster:
    """What `DaskExecutor` asks of a client. given: what workers were asked for, in order."""

    cluster = None

    def __init__(self, *workers: str, threads: int = 1) -> None:
        self.workers = dict.fromkeys(workers, threads)
        self.versions: dict[str, str | Exception] = {}
        self.status, self.scheduler = "running", SimpleNamespace(address=ADDRESS)
        self.given: list[tuple[str, PairTask, Future[Outcome]]] = []
        self.ended: list[list[str]] = []

    def nthreads(self) -> dict[str, int]:
        return dict(self.workers)

    def run(self, function: Callable[..., object], *_words: object, workers: list[str], on_error: str) -> Any:
        if function is version:
            assert on_error == "return"
            return {worker: self.versions.get(worker, version("vidkompy")) for worker in workers}
        self.ended.append(workers)
        return {}

    def get_executor(self, workers: list[str], **kinds: object) -> Any:
        assert kinds == {"allow_other_workers": False, "pure": False, "retries": 0}

        def submit(_function: object, _batch: str, task: PairTask, lost: int, _command: object) -> Future[Outcome]:
            assert lost == sum(task is other for _, other, _ in self.given)
            self.given.append((workers[0], task, Future()))
            return self.given[-1][2]

        return SimpleNamespace(submit=submit)

    def close(self) -> None:
        self.status = "closed"

    @property
    def places(self) -> list[tuple[str, str]]:
        return [(task.name, worker) for worker, task, _ in self.given]

    def end(self, at: int) -> None:
        """The pair that was given out as number `at` is done."""
        _, task, answer = self.given[at]
        answer.set_result(Outcome(PairResult(task.name, "refused", task.key)))


@pytest.fixture(autouse=True)
def _always_looking(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_executor, "POLL_SECONDS", 0.0)


def executor_of(cluster: Cluster, notes: list[str] | None = None, folder: Path = Path("out")) -> DaskExecutor:
    return DaskExecutor(cluster, folder, ([] if notes is None else notes).append)


def pair(name: str, bg: str = "bg.mp4") -> PairTask:
    return PairTask(name, f"line {name}", "fg.mp4", (bg,))


def test_no_worker_gets_more_pairs_than_it_has_threads() -> None:
    cluster = Cluster(ONE, OTHER, threads=2)
    executor = executor_of(cluster)
    assert executor.capacity() == 4
    for name in "abcd":
        executor.submit(pair(name))
    assert sorted(worker for _, worker in cluster.places) == [ONE, ONE, OTHER, OTHER]


def test_a_pair_goes_where_its_bg_was_measured() -> None:
    cluster = Cluster(OTHER, ONE, TWO)
    executor = executor_of(cluster)
    executor.submit(pair("a", "x.mp4"))
    executor.submit(pair("b", "y.mp4"))
    assert cluster.places == [("a", OTHER), ("b", ONE)]
    assert executor.near_bgs() == []
    cluster.end(1)
    assert executor.near_bgs() == [("y.mp4",)]  # on the machine, which both workers are on
    cluster.end(0)
    assert executor.near_bgs() == [("x.mp4",), ("y.mp4",)]
    executor.submit(pair("c", "y.mp4"))
    executor.submit(pair("d", "y.mp4"))
    executor.submit(pair("e", "y.mp4"))
    assert cluster.places[2:] == [("c", ONE), ("d", TWO), ("e", OTHER)]


def test_a_few_bgs_of_a_machine_are_remembered() -> None:
    cluster = Cluster(ONE)
    executor = executor_of(cluster)
    for n in range(dask_executor.MAX_NEAR_BGS + 3):
        executor.submit(pair(str(n), f"{n}.mp4"))
        cluster.end(n)
    assert executor.near_bgs() == [(f"{n}.mp4",) for n in range(3, dask_executor.MAX_NEAR_BGS + 3)]


def test_a_worker_that_comes_gets_work() -> None:
    cluster, notes = Cluster(), list[str]()
    executor = executor_of(cluster, notes)
    assert notes == [f"'{ADDRESS}' has no workers yet; waiting for some"]
    assert executor.capacity() == 0
    cluster.workers[ONE] = 3
    assert executor.capacity() == 3
    executor.submit(pair("a"))
    assert cluster.places == [("a", ONE)]


def test_pairs_of_a_lost_worker_are_tried_elsewhere_three_times_in_all() -> None:
    cluster = Cluster(ONE)
    executor = executor_of(cluster)
    asked = executor.submit(pair("a"))
    for gone, new in ((ONE, TWO), (TWO, OTHER)):
        del cluster.workers[gone]
        assert executor.capacity() == 0
        assert not asked.done()
        cluster.workers[new] = 1
        assert executor.capacity() == 1
    assert cluster.places == [("a", ONE), ("a", TWO), ("a", OTHER)]
    assert [answer.cancelled() for *_, answer in cluster.given] == [True, True, False]
    cluster.workers.clear()
    executor.capacity()
    result = asked.result(0).result
    assert (result.status, result.attempts, result.exit_code) == ("crashed", 3, 1)
    assert result.message == f"its worker was lost each time, '{OTHER}' the last"


def test_an_answer_that_comes_after_its_worker_went_is_dropped() -> None:
    cluster = Cluster(ONE, OTHER)
    executor = executor_of(cluster)
    asked = executor.submit(pair("a"))
    first = cluster.given[0][2]
    first.set_running_or_notify_cancel()  # so that it cannot be cancelled
    del cluster.workers[cluster.given[0][0]]
    executor.capacity()
    cluster.end(0)
    assert not asked.done()
    cluster.end(1)
    assert asked.result(0).result.status == "refused"


def test_a_worker_that_cannot_write_gets_no_more_pairs() -> None:
    cluster, notes = Cluster(ONE, OTHER), list[str]()
    executor = executor_of(cluster, notes)
    executor.submit(pair("a"))
    cluster.given[0][2].set_exception(OSError(28, "No space left on device"))
    assert cluster.places == [("a", ONE), ("a", OTHER)]
    fault = f"worker '{ONE}' cannot work: [Errno 28] No space left on device"
    assert notes == [f"{fault}; it gets no pairs"]
    assert executor.capacity() == 1
    del cluster.workers[OTHER]
    with pytest.raises(ClusterError) as end:
        executor.capacity()
    assert str(end.value) == f"no worker of '{ADDRESS}' can work: {fault}; mend it, and {AGAIN}"


@pytest.mark.parametrize(
    ("found", "has"), [("0.0.7", "vidkompy 0.0.7"), (PackageNotFoundError("vidkompy"), "no vidkompy")]
)
def test_workers_without_this_program_are_refused_before_work(found: str | Exception, has: str) -> None:
    cluster = Cluster(ONE, OTHER)
    cluster.versions[OTHER] = found
    with pytest.raises(ClusterError) as end:
        executor_of(cluster)
    wanted = f"worker '{OTHER}' has {has}, wanted {version('vidkompy')}, as here"
    assert str(end.value) == f"{wanted}; mend that, or end the worker, and {AGAIN}"
    assert cluster.status == "closed"


def test_one_that_comes_without_this_program_gets_no_pairs() -> None:
    cluster, notes = Cluster(ONE), list[str]()
    executor = executor_of(cluster, notes)
    cluster.workers[OTHER] = 5
    cluster.versions[OTHER] = "0.0.7"
    for _ in range(2):
        assert executor.capacity() == 1
    wanted = f"wanted {version('vidkompy')}, as here; it gets no pairs"
    assert notes == [f"worker '{OTHER}' has vidkompy 0.0.7, {wanted}"]


def test_a_lost_scheduler_ends_all() -> None:
    cluster = Cluster(ONE)
    executor = executor_of(cluster)
    asked = executor.submit(pair("a"))
    cluster.status = "connecting"
    cluster.given[0][2].cancel()
    for ask in (lambda: asked.result(0), executor.capacity):
        with pytest.raises(ClusterError, match=f"the scheduler '{ADDRESS}' is lost: .*; when it is back, {AGAIN}"):
            ask()
    executor.stop()
    assert cluster.ended == []  # there is nobody to ask


def test_the_end_reaches_all_workers() -> None:
    cluster = Cluster(ONE, OTHER)
    executor = executor_of(cluster)
    executor.submit(pair("a"))
    executor.stop()
    assert cluster.given[0][2].cancelled()
    assert cluster.ended == [[ONE, OTHER]]
    assert cluster.status == "closed"


def test_a_sidecar_names_its_clips_as_seen_from_home(tmp_path: Path) -> None:
    cluster = Cluster(ONE)
    executor = executor_of(cluster, folder=tmp_path / "out")
    asked = executor.submit(PairTask("a", "", "s3://clips/fg.mp4", (str(tmp_path / "bg.mp4"),)))
    document = {"runs": [], "clips": {"fg": {"path": "../x.mp4", "size": 1}, "bg": {"path": "../../y.mp4"}}}
    states = (ClipState("s3://clips/fg.mp4"), ClipState(str(tmp_path / "bg.mp4")))
    done = PairResult("a", "done", "key", bg=str(tmp_path / "bg.mp4"), clips=states, sidecar_sha256="old")
    contents = {"a.vidkompy.json": json.dumps(document).encode(), "a.timecodes.txt": b"0"}
    cluster.given[0][2].set_result(Outcome(done, None, contents))
    outcome = asked.result(0)
    clips = json.loads(outcome.contents["a.vidkompy.json"])["clips"]
    assert clips == {"fg": {"path": "s3://clips/fg.mp4", "size": 1}, "bg": {"path": "../../bg.mp4"}}
    assert outcome.contents["a.timecodes.txt"] == b"0"
    assert outcome.result.sidecar_sha256 not in ("old", "")


def test_without_the_extra_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_executor, "find_spec", {}.get)
    with pytest.raises(UsageError, match=r"--dask needs dask: pip install 'vidkompy\[batch\]'"):
        check_dask()


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match=r"--dask is 'carrier-pigeon://x': .*; wanted local, or an address such as"):
        connect_client("carrier-pigeon://x", 1)


def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dask_executor, "CONNECTION_SECONDS", 0.2)
    with pytest.raises(ClusterError, match=r"no scheduler answers at 'tcp://127.0.0.1:9' within 0.2 s; start one"):
        connect_client("tcp://127.0.0.1:9", 1)


def test_a_cluster_within_this_process_is_open_to_this_machine_alone() -> None:
    before = {connection.laddr for connection in psutil.Process().net_connections() if connection.status == "LISTEN"}
    with connect_client(LOCAL, 1) as client:
        addresses = [c.laddr for c in psutil.Process().net_connections() if c.status == "LISTEN"]
        assert {address.ip for address in addresses if address not in before} <= {"127.0.0.1"}
        assert client.cluster is not None
        client.cluster.close()
