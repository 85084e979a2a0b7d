"""The review's web application: a page, pictures on demand, and edits as JSON, for one browser on this machine.

Whoever guesses the address may edit the session; therefore all paths lie below a random token, the Host header has to
be this server's own, so that no other name leads here, and what changes something has to come from its own page. No
path and no file name is taken from the browser.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from vidkompy.errors import VidkompyError
from vidkompy.review.live_session import LiveSession

MAX_BODY = 1 << 16  # bytes of an edit
HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
Handler = Callable[[Request], Awaitable[Response]]


def new_token() -> str:
    """256 bits, as part of an address."""
    return secrets.token_urlsafe(32)


def application(live: LiveSession, token: str, port: int) -> Starlette:
    """The application of one session."""
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
    answers = _Answers(live)

    def get(path: str, handler: Handler) -> Route:
        return Route(f"/{{token:str}}/{path}", _guarded(handler, token, hosts))

    def post(path: str, handler: Handler) -> Route:
        return Route(f"/{{token:str}}/{path}", _guarded(handler, token, hosts, changes=True), methods=["POST"])

    return Starlette(
        routes=[
            get("", answers.page),
            get("state", answers.state),
            get("frame/{fg:int}", answers.frame),
            get("frame/{fg:int}/{bg:int}", answers.frame),
            get("picture/{kind:str}/{fg:int}", answers.picture),
            get("picture/{kind:str}/{fg:int}/{bg:int}", answers.picture),
            post("alive", answers.alive),
            post("gone", answers.gone),
            post("do/{action:str}", answers.edit),
        ]
    )


class _Answers:
    """What is answered to those who may ask."""

    def __init__(self, live: LiveSession):
        self._live = live

    async def page(self, _: Request) -> Response:
        self._live.touch()
        text = await _answered(self._live.page)
        return text if isinstance(text, Response) else HTMLResponse(text)

    async def frame(self, request: Request) -> Response:
        p = request.path_params
        facts = await _answered(lambda: self._live.frame(p["fg"], p.get("bg")))
        return facts if isinstance(facts, Response) else JSONResponse(facts)

    async def picture(self, request: Request) -> Response:
        p = request.path_params
        data = await _answered(lambda: self._live.picture(p["kind"], p["fg"], p.get("bg", 0)))
        return data if isinstance(data, Response) else Response(data, media_type="image/webp")

    async def edit(self, request: Request) -> Response:
        if (body := await _json_of(request)) is None:
            return PlainTextResponse(f"wanted an object of JSON, of {MAX_BODY} bytes at most", 400)
        done = await _answered(lambda: self._live.act(request.path_params["action"], body))
        return done if isinstance(done, Response) else JSONResponse(done)

    async def state(self, _: Request) -> Response:
        state = await _answered(self._live.state)
        return state if isinstance(state, Response) else JSONResponse(state)

    async def alive(self, _: Request) -> Response:
        self._live.touch()
        return JSONResponse({"version": self._live.version})

    async def gone(self, _: Request) -> Response:
        self._live.leave()
        return JSONResponse({})


def _guarded(handler: Handler, token: str, hosts: set[str], changes: bool = False) -> Handler:
    async def answer(request: Request) -> Response:
        if refusal := _refusal(request, token, hosts, changes):
            return refusal
        response = await handler(request)
        response.headers.update(HEADERS)
        return response

    return answer


def _refusal(request: Request, token: str, hosts: set[str], changes: bool) -> Response | None:
    """Why a request is not answered; None where it comes from the session's own page."""
    if request.headers.get("host") not in hosts:
        return PlainTextResponse("this is not that host", 421)
    if not secrets.compare_digest(request.path_params["token"].encode(), token.encode()):
        return PlainTextResponse("no such page", 404)
    origin = request.headers.get("origin")
    own = {f"http://{host}" for host in hosts}
    if (origin is not None or changes) and origin not in own:
        return PlainTextResponse("another page may not ask this", 403)
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return PlainTextResponse("another page may not ask this", 403)
    return None


async def _json_of(request: Request) -> dict[str, Any] | None:
    """The object in a request's body; None where there is none, or too much."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/json":
        return None
    data = b""
    async for block in request.stream():
        data += block
        if len(data) > MAX_BODY:
            return None
    with suppress(ValueError, RecursionError):
        value = json.loads(data)
        return value if isinstance(value, dict) else None
    return None


async def _answered(work: Callable[[], Any]) -> Any:
    """What the work gives, done in a thread; a response where it fails."""
    try:
        return await run_in_threadpool(work)
    except VidkompyError as e:
        return PlainTextResponse(str(e), 409)
    except (KeyError, TypeError, ValueError, IndexError):
        return PlainTextResponse("that is no edit, or no frame of these clips", 400)
