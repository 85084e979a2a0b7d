"""The page of a batch in a real browser: it sorts, filters and opens, asks nobody for anything, and all can use it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from support.browsers import DESK, PHONE, WatchedPage, chromium
from support.invented_batches import result, with_files

from vidkompy.batch.gallery import write_gallery
from vidkompy.batch.pair_task import COMPOSITE, REPORT, SIDECAR

pytestmark = pytest.mark.slow
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>'
ODD = "a #1 100% ü?"
LEAST_SURE_FIRST = ["a2", "a10", ODD, "b", "by hand"]
SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One pair of each kind, one of which says what it should not."""
    folder = tmp_path_factory.mktemp("batch")
    results = [
        result("b", confidence=0.9, number=1, seconds=9.0, reasons=("BG repeats itself",)),
        result("a10", "crashed", number=2, seconds=100.0, message=HOSTILE),
        result(ODD, confidence=0.52, number=3, seconds=20.0, reasons=(HOSTILE,)),
        result("a2", "refused", number=1, seconds=1.0, message="they show different things"),
        result("by hand", number=5, seconds=3.0),
    ]
    return write_gallery(folder, with_files(results, folder))


def names(page: Page) -> list[str]:
    """Of the pairs that are seen, from above."""
    return page.locator("tbody tr:visible td.pair b").all_inner_texts()


def sorted_by(page: Page) -> dict[str, str]:
    return dict(
        page.eval_on_selector_all("th[aria-sort]", "all => all.map(e => [e.dataset.sort, e.getAttribute('aria-sort')])")
    )


def test_rows_are_sorted_by_each_heading_and_back(browser: Browser, page_path: Path) -> None:
    watched = WatchedPage(browser, page_path)
    assert names(watched.page) == LEAST_SURE_FIRST
    assert sorted_by(watched.page) == {"confidence": "ascending"}
    ranks = {  # names that are alike keep the order that they have
        "name": {ODD: 0, "a2": 1, "a10": 2, "b": 3, "by hand": 4},
        "status": {"a10": 0, "b": 1, ODD: 1, "by hand": 1, "a2": 2},
        "seconds": {"a2": 0, "by hand": 1, "b": 2, ODD: 3, "a10": 4},
        "number": {"a2": 0, "b": 0, "a10": 1, ODD: 2, "by hand": 3},
        "confidence": {"a2": 0, "a10": 0, ODD: 1, "b": 2, "by hand": 3},
    }
    order = LEAST_SURE_FIRST
    for key, rank in ranks.items():
        heading = watched.page.locator(f"th[data-sort={key}] button")
        for direction in ("ascending", "descending"):
            heading.click()
            order = sorted(order, key=rank.__getitem__, reverse=direction == "descending")
            assert sorted_by(watched.page) == {key: direction}
            assert names(watched.page) == order
    assert watched.complaints == []


def test_all_is_done_by_keys(browser: Browser, page_path: Path) -> None:
    watched = WatchedPage(browser, page_path)
    keyboard = watched.page.keyboard
    keyboard.press("Tab")
    keyboard.type("b")
    keyboard.press("Tab")
    focused = 'document.activeElement.closest("[data-status], [data-sort]").dataset'
    assert watched.page.evaluate(f"{focused}.status") == ""
    for _ in range(20):
        if watched.page.evaluate(f"{focused}.sort") == "seconds":
            break
        keyboard.press("Tab")
    keyboard.press("Enter")
    assert sorted_by(watched.page) == {"seconds": "ascending"}
    keyboard.press("Space")
    assert sorted_by(watched.page) == {"seconds": "descending"}


def test_rows_are_filtered_by_status_and_words(browser: Browser, page_path: Path) -> None:
    watched = WatchedPage(browser, page_path)
    page = watched.page
    page.click("button[data-status=done]")
    assert names(page) == [ODD, "b", "by hand"]
    assert page.inner_text(".count") == "3 of 5 shown"
    assert page.get_attribute("button[data-status=done]", "aria-pressed") == "true"
    page.fill("#text", "REPEATS itself")
    assert names(page) == ["b"]
    page.fill("#text", "nobody says this")
    assert names(page) == []
    assert page.inner_text(".nothing") == "No pair fits."
    page.fill("#text", "")
    page.click("button[data-status='']")
    assert names(page) == LEAST_SURE_FIRST
    assert page.inner_text(".count") == ""
    page.fill("#text", "different things")
    page.click("th[data-sort=name] button")
    assert names(page) == ["a2"]
    assert watched.complaints == []


@pytest.mark.parametrize("word", ["report", "composite", "sidecar"])
def test_links_of_odd_names_open(browser: Browser, page_path: Path, word: str) -> None:
    watched = WatchedPage(browser, page_path)
    row = watched.page.locator("tbody tr", has_text=ODD)
    with watched.page.expect_navigation():
        row.get_by_role("link", name=f"{word} of {ODD}").click()
    ending = {"report": REPORT, "composite": COMPOSITE, "sidecar": SIDECAR}[word]
    assert watched.page.url == (page_path.parent / ODD / (ODD + ending)).as_uri()
    if word != "composite":  # which a player is for
        assert watched.page.title() == "one report" or watched.page.inner_text("body") == "{}"
    assert watched.complaints == []


def test_pictures_are_seen_as_they_come_into_sight(browser: Browser, page_path: Path) -> None:
    watched = WatchedPage(browser, page_path)
    pictures = watched.page.locator("td.picture img")
    assert pictures.count() == 3
    for n in range(3):
        pictures.nth(n).scroll_into_view_if_needed()
        pictures.nth(n).evaluate("image => image.decode()")
        assert pictures.nth(n).evaluate("image => image.naturalWidth") == 160


def test_names_and_messages_do_nothing(browser: Browser, page_path: Path) -> None:
    watched = WatchedPage(browser, page_path)
    assert watched.page.get_by_text(HOSTILE).count() == 2
    assert watched.page.locator("script").count() == 1
    assert watched.page.locator("img").count() == 3
    assert watched.complaints == []


def test_what_a_page_asks_of_others_is_refused(browser: Browser, page_path: Path) -> None:
    added = '<img src="https://example.invalid/x.png"><script>window.broken = 1</script><p style="color:red">x</p>'
    page = page_path.with_name("added.html")
    page.write_text(page_path.read_text().replace("</main>", f"{added}</main>"))
    watched = WatchedPage(browser, page)
    for directive in ("img-src", "script-src", "style-src"):
        assert any(directive in complaint for complaint in watched.complaints), directive
    assert watched.page.evaluate("window.broken") is None


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nobody_is_kept_out(
    browser: Browser, page_path: Path, size: tuple[int, int], scheme: Literal["light", "dark"]
) -> None:
    """By axe-core: no violation at all, and nothing wider than the screen."""
    watched = WatchedPage(browser, page_path, size, scheme)
    found = Axe().run(watched.page).response["violations"]
    assert [(fault["id"], fault["impact"], fault["nodes"][0]["html"][:200]) for fault in found] == []
    assert watched.page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_a_phone_shows_it_all_and_sorts(browser: Browser, page_path: Path) -> None:
    watched = WatchedPage(browser, page_path, PHONE, has_touch=True)
    watched.page.tap("th[data-sort=seconds] button")
    assert names(watched.page) == ["a2", "by hand", "b", ODD, "a10"]
    row = watched.page.locator("tbody tr", has_text="BG repeats itself")
    assert re.sub(r"\s+", " ", row.inner_text()) == (
        "b b.mp4 over master.mov report of b composite of b sidecar of b BG repeats itself ✓done 0.90 9.0"
    )
    assert watched.page.get_by_role("row").count() == 6
    assert watched.complaints == []


def test_without_javascript_it_is_a_table_in_order(browser: Browser, page_path: Path) -> None:
    for width, height in (PHONE, DESK):
        context = browser.new_context(java_script_enabled=False, viewport={"width": width, "height": height})
        page = context.new_page()
        page.goto(page_path.as_uri())
        assert names(page) == LEAST_SURE_FIRST
        assert page.get_by_role("button").count() == 0
        assert page.locator(".choice").is_hidden()


def test_ten_thousand_rows_sort_and_filter(browser: Browser, tmp_path: Path) -> None:
    """None of their pictures is loaded before it comes into sight."""
    count = 10_000
    results = [result(f"pair {k}", confidence=k / count, number=count - k, seconds=k % 7) for k in range(count)]
    with_files(results[:200], tmp_path)
    watched = WatchedPage(browser, write_gallery(tmp_path, results))
    assert watched.page.locator("tbody tr").count() == count
    watched.page.click("th[data-sort=number] button")
    assert watched.page.locator("tbody tr td.pair b").first.inner_text() == f"pair {count - 1}"
    watched.page.fill("#text", "pair 9999")
    assert names(watched.page) == ["pair 9999"]
    assert watched.complaints == []
    loaded = "performance.getEntriesByType('resource').filter(e => e.name.endsWith('.webp')).length"
    assert watched.page.evaluate(loaded) < 100
