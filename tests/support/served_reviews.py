"""A review that is served, and what its address is made of."""

from __future__ import annotations

from dataclasses import dataclass
from threading import Thread
from urllib.parse import urlsplit

from vidkompy.review.live_session import LiveSession
from vidkompy.review.session import ReviewSession


@dataclass
class Served:
    """address: of the page, which ends with the token and a slash. thread: ends when the review does."""

    session: ReviewSession
    live: LiveSession
    address: str
    thread: Thread

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc

    @property
    def path(self) -> str:
        return urlsplit(self.address).path
