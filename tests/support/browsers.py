"""Debian's Chromium, headless: pages as people see them. Without it the tests are skipped, or fail under .ci/run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from playwright.sync_api import Browser, Page, sync_playwright

from support.export_readers import reader

PHONE, DESK = (390, 844), (1280, 800)  # px
LOCAL = ("file:", "data:")  # schemes that leave no machine


@contextmanager
def chromium() -> Iterator[Browser]:
    path = reader("chromium", "chromium")
    words = ["--no-sandbox"] if os.geteuid() == 0 else []  # which Chromium refuses to root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=words)
        try:
            yield browser
        finally:
            browser.close()


class WatchedPage:
    """A page that is open. complaints: what it wrote to its console, errors, and requests for anything elsewhere."""

    def __init__(
        self,
        browser: Browser,
        path: Path,
        size: tuple[int, int] = DESK,
        scheme: Literal["light", "dark"] = "light",
        has_touch: bool = False,
        motion: Literal["reduce", "no-preference"] = "no-preference",
    ) -> None:
        self.complaints: list[str] = []
        width, height = size
        self.page: Page = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, has_touch=has_touch, reduced_motion=motion
        ).new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._check(request.url))
        self.page.goto(path.as_uri())

    def _check(self, url: str) -> None:
        if not url.startswith(LOCAL):
            self.complaints.append(f"asked for {url[:200]}")

    def text(self, name: str) -> str:
        return self.page.inner_text(f'[data-text="{name}"]')

    def shown(self) -> str:
        """fg, bg, wipe or difference."""
        return str(self.page.get_attribute(".stage", "data-shows"))
