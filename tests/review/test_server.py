"""The server answers its own page and nobody else, survives whoever asks too much, and ends with its page."""

import http.client
import json
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from support.folder_state import on_disk
from support.served_reviews import Served
from support.waiting import wait_until

from vidkompy.review import serve as serving
from vidkompy.review.session import ReviewSession

JSON = {"Content-Type": "application/json"}


def ask(
    served: Served, path: str, headers: dict[str, str] | None = None, body: bytes | None = None, base: str = ""
) -> tuple[int, bytes]:
    """Status and body of an answer. path: below the token, or below another base; a body makes it a POST."""
    connection = http.client.HTTPConnection(served.host, timeout=20)
    base = base or served.path
    connection.request("GET" if body is None else "POST", f"{base}{path}", body, headers or {})
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def own(served: Served) -> dict[str, str]:
    return {**JSON, "Origin": f"http://{served.host}"}


def test_the_page_asks_and_is_answered(served: Served) -> None:
    status, page = ask(served, "")
    assert (status, b"Correct it" in page) == (200, True)
    status, text = ask(served, "frame/12")
    facts = json.loads(text)
    chosen = int(served.session.sidecar.frame_map.bg[12])
    assert [n["bg"] for n in facts["neighbours"]] == [chosen - 1, chosen, chosen + 1]
    off = {n["bg"]: float(n["off"].split()[0]) for n in facts["neighbours"]}
    assert off[chosen] == min(off.values())
    for kind in ("fg/12", f"under/12/{chosen}", f"difference/12/{chosen}"):
        status, picture = ask(served, f"picture/{kind}")
        assert (status, picture[:4], picture[8:12]) == (200, b"RIFF", b"WEBP")
    status, state = ask(served, "do/pin", own(served), json.dumps({"fg": 12, "bg": chosen + 1}).encode())
    assert (status, json.loads(state)["pins"]) == (200, [{"fg": 12, "bg": chosen + 1, "count": 1}])


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
    ],
)
@pytest.mark.parametrize("path", ["", "frame/1", "do/pin"])
def test_other_pages_and_other_names_are_refused(
    served: Served, headers: dict[str, str], status: int, path: str
) -> None:
    body = b'{"fg": 1, "bg": 2}' if path.startswith("do/") else None
    assert ask(served, path, {**(own(served) if body else {}), **headers}, body)[0] == status
    assert not served.session.history.can_undo


def test_an_edit_needs_an_origin_and_json(served: Served) -> None:
    body = b'{"fg": 1, "bg": 2}'
    assert ask(served, "do/pin", JSON, body)[0] == 403
    assert ask(served, "do/pin", {**own(served), "Content-Type": "text/plain"}, body)[0] == 400
    assert ask(served, "do/pin", own(served), b"[" * 5000)[0] == 400
    assert ask(served, "do/pin", own(served), b" " * 100_000 + body)[0] == 400
    assert not served.session.history.can_undo


def test_without_the_token_there_is_nothing(served: Served) -> None:
    for token in ("", "x", served.path.strip("/")[:-1], served.path.strip("/") + "x"):
        assert ask(served, "", base=f"/{token}/")[0] == 404
        assert ask(served, "frame/1", base=f"/{token}/")[0] in (404, 405)


@pytest.mark.parametrize(
    "path",
    [
        "../../etc/passwd",
        "picture/../../../../etc/passwd",
        "picture/fg/..%2f..%2fetc%2fpasswd",
        "picture/%2e%2e/1",
        "picture/fg/99999999999999999999",
        "picture/fg/-1",
        "picture/under/1/99999",
        "picture/nonsense/1/1",
        "frame/36",
        "frame/1/48",
        "x.vidkompy.json",
        "file/x",
    ],
)
def test_no_path_leads_to_a_file(served: Served, path: str) -> None:
    status, body = ask(served, path)
    assert status in (400, 404)
    assert b"root:" not in body


@pytest.mark.parametrize(
    ("action", "values"),
    [
        ("pin", {}),
        ("pin", {"fg": "1", "bg": 2}),
        ("pin", {"fg": True, "bg": 2}),
        ("pin", {"fg": 1e400, "bg": 2}),
        ("pin", {"fg": 1, "bg": 99}),
        ("move", {"x": "a", "y": 0, "width": 1, "height": 1}),
        ("move", {"x": 1e9, "y": 0, "width": 10, "height": 10}),
        ("unmatch", {"first": 3, "last": 1}),
        ("undo", {}),
        ("__class__", {}),
        ("save", {"path": "/tmp/x"}),
    ],
)
def test_edits_that_make_no_sense_change_nothing(served: Served, action: str, values: dict[str, object]) -> None:
    before = on_disk(served.session.path.parent)
    status, _ = ask(served, f"do/{action}", own(served), json.dumps(values).encode())
    assert status == 200 if action == "save" else status in (400, 409)  # nothing changed that could be saved
    assert on_disk(served.session.path.parent) == before
    assert not Path("/tmp/x").exists()
    assert not served.session.history.can_undo


@pytest.mark.slow
def test_many_requests_and_one_that_hangs_are_survived(served: Served) -> None:
    """More than a thousand, from 40 clients, beside 30 connections that never finish what they ask."""
    host, _, port = served.host.partition(":")
    hanging = []
    for _ in range(30):
        connection = socket.create_connection((host, int(port)))
        connection.sendall(b"GET / HTTP/1.1\r\nHost: ")
        hanging.append(connection)
    with ThreadPoolExecutor(20) as pool:
        found = list(pool.map(lambda n: ask(served, f"frame/{n % 36}")[0], range(1200)))
    assert set(found) <= {200, 503}
    assert found.count(200) > 600
    for connection in hanging:
        connection.close()
    wait_until(lambda: ask(served, "frame/1")[0] == 200)
    assert len(served.live._pictures) <= 256


def test_only_this_machine_is_listened_to(served: Served) -> None:
    assert served.host.startswith("127.0.0.1:")
    connections = Path("/proc/net/tcp").read_text().splitlines()
    port = int(served.host.partition(":")[2])
    local = [line.split()[1] for line in connections if line.split()[1].endswith(f":{port:04X}")]
    assert local
    assert {address.partition(":")[0] for address in local} == {"0100007F"}


def test_the_review_ends_when_its_page_is_closed(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "SECONDS_AFTER_CLOSING", 0.5)  # of 6: the test has not as long
    ask(served, "")
    ask(served, "gone", own(served), b"")
    ask(served, "alive", own(served), b"")  # loaded again
    time.sleep(1)
    assert served.thread.is_alive()
    ask(served, "gone", own(served), b"")
    served.thread.join(10)
    assert not served.thread.is_alive()


def test_what_is_saved_lies_beside_the_sidecar_and_nowhere_else(served: Served, session: ReviewSession) -> None:
    folder = session.path.parent
    before = set(folder.iterdir())
    body = json.dumps({"fg": 5, "bg": int(session.sidecar.frame_map.bg[5]) + 1}).encode()
    assert ask(served, "do/pin", own(served), body)[0] == 200
    assert ask(served, "do/save", own(served), b"{}")[0] == 409
    assert ask(served, "do/apply", own(served), b"{}")[0] == 200
    assert set(folder.iterdir()) == before
    assert ask(served, "do/save", own(served), b"{}")[0] == 200
    added = {path.name for path in set(folder.iterdir()) - before}
    assert added == {"x.vidkompy.json.old", "x.timecodes.txt"}


def test_a_place_is_prepared_while_the_page_rests(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    prepared = Event()
    monkeypatch.setattr(served.session, "prepare", prepared.set)
    body = json.dumps({"x": 61.5, "y": 37, "width": 192, "height": 110}).encode()
    assert ask(served, "do/move", own(served), body)[0] == 200
    assert prepared.wait(20)


def test_a_tab_that_shows_what_no_longer_holds_changes_nothing(served: Served) -> None:
    def do(action: str, **values: int) -> tuple[int, bytes]:
        return ask(served, f"do/{action}", own(served), json.dumps(values).encode())

    shown = json.loads(ask(served, "state")[1])["version"]
    assert do("pin", fg=12, bg=20, version=shown)[0] == 200
    status, text = do("pin", fg=13, bg=21, version=shown)
    assert (status, b"another tab changed this review meanwhile" in text) == (409, True)
    assert dict(served.session.now.pins) == {12: 20}
    version = json.loads(ask(served, "alive", own(served), b"")[1])["version"]
    assert version == json.loads(ask(served, "state")[1])["version"] != shown
    assert do("pin", fg=13, bg=21, version=version)[0] == 200
