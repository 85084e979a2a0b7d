"""The page in a real browser: it shows, its keys work, it complains of nothing, and all can use it."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser
from support.browsers import DESK, PHONE, WatchedPage, chromium
from support.program_runs import sidecar_of
from support.truth_cases import Case

from vidkompy.cli.main import main
from vidkompy.model import F64, FrameMap, Quality, Run, Sidecar, Track
from vidkompy.sidecar.document import write_sidecar

pytestmark = pytest.mark.slow
LEAST_SURE = 30
UNMATCHED_FRAMES = slice(10, 13)
SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def page_path(made: Case, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of everything: a place that moves, doubt, unmatched frames, pins and sound."""
    path = tmp_path_factory.mktemp("report") / "all.vidkompy.json"
    write_sidecar(eventful(sidecar_of(made)), path)
    with pytest.raises(SystemExit) as end:
        main(["report", str(path)])
    assert end.value.code == 0
    return path.with_name("all.report.html")


def eventful(sidecar: Sidecar) -> Sidecar:
    n = sidecar.fg.frames
    bg = sidecar.frame_map.bg.copy()
    bg[UNMATCHED_FRAMES] = -1
    levels = np.full(n, 0.95, np.float32)
    levels[LEAST_SURE] = 0.1
    t: F64 = np.arange(n, dtype=np.float64)
    where = sidecar.placement
    at = np.column_stack(
        [where.x + t / 9, where.y + np.sin(t), *np.full((2, n), ((where.width,), (where.height,))), t / 50]
    )
    quality = Quality(3, 1, 0.9, sound_late_ms=120.0, reasons=("something is doubtful",))
    return replace(
        sidecar,
        frame_map=FrameMap(bg, confidence=levels),
        track=Track(at),
        quality=quality,
        pins=(Run(5, int(bg[5]), 1),),
    )


def test_every_plot_is_there_and_says_what_it_finds(browser: Browser, page_path: Path) -> None:
    watched = WatchedPage(browser, page_path)
    plots = watched.page.locator("svg.plot[role=img]:visible")
    assert plots.count() == 6
    for n in range(6):
        named = str(plots.nth(n).get_attribute("aria-labelledby")).split()
        words = " ".join(watched.page.inner_text(f"#{name}") for name in named)
        assert len(words) > 30
        box = plots.nth(n).bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) > 90
        assert plots.nth(n).locator("path").count() > 3
    assert watched.complaints == []


def test_what_a_page_asks_of_others_is_noticed(browser: Browser, page_path: Path, tmp_path: Path) -> None:
    """And refused by the page's own policy, as are scripts and styles that it does not name."""
    added = '<img src="https://example.invalid/x.png"><script>window.broken = 1</script><p style="color:red">x</p>'
    page = tmp_path / "added.html"
    page.write_text(page_path.read_text().replace("</main>", f"{added}</main>"))
    watched = WatchedPage(browser, page)
    for directive in ("img-src", "script-src", "style-src"):
        assert any(directive in complaint for complaint in watched.complaints), directive
    assert watched.page.evaluate("window.broken") is None


def test_keys_move_through_frames_and_ways_of_comparing(browser: Browser, page_path: Path) -> None:
    watched = WatchedPage(browser, page_path, motion="reduce")
    keyboard = watched.page.keyboard
    assert watched.text("frame").startswith(f"FG frame {LEAST_SURE} ")
    assert watched.shown() == "fg"
    keyboard.press("Space")
    assert watched.shown() == "bg"
    keyboard.press("w")
    assert watched.shown() == "wipe"
    keyboard.press(".")
    assert watched.page.eval_on_selector(".stage", "e => e.style.getPropertyValue('--edge')") == "55%"
    keyboard.press("d")
    assert watched.shown() == "difference"
    before = watched.text("tag")
    keyboard.press("3")
    assert watched.text("tag") != before
    assert "one after" in watched.text("tag")
    keyboard.press("ArrowRight")
    assert not watched.text("frame").startswith(f"FG frame {LEAST_SURE} ")
    keyboard.press("p")
    assert watched.text("frame").startswith(f"FG frame {LEAST_SURE} ")
    keyboard.press("n")
    keyboard.press("l")
    assert watched.text("frame").startswith(f"FG frame {LEAST_SURE} ")
    assert watched.complaints == []


def test_the_keys_are_shown_and_closed(browser: Browser, page_path: Path) -> None:
    watched = WatchedPage(browser, page_path)
    watched.page.keyboard.press("?")
    assert watched.page.locator("#keys").is_visible()
    watched.page.keyboard.press("n")  # belongs to the dialog
    watched.page.keyboard.press("Escape")
    assert not watched.page.locator("#keys").is_visible()
    assert watched.text("frame").startswith(f"FG frame {LEAST_SURE} ")


def test_flicker_alternates_and_ends(browser: Browser, page_path: Path) -> None:
    watched = WatchedPage(browser, page_path)
    watched.page.keyboard.press("f")
    for shows in ("fg", "bg", "fg"):
        watched.page.wait_for_selector(f'.stage[data-shows="{shows}"]', timeout=20_000)
    assert watched.page.get_attribute('[data-action="flicker"]', "aria-pressed") == "true"
    watched.page.keyboard.press("f")
    assert watched.page.get_attribute('[data-action="flicker"]', "aria-pressed") == "false"


def test_nothing_flickers_where_motion_is_unwanted(browser: Browser, page_path: Path) -> None:
    watched = WatchedPage(browser, page_path, motion="reduce")
    watched.page.keyboard.press("f")
    assert watched.page.get_attribute('[data-action="flicker"]', "aria-pressed") == "false"
    assert watched.shown() == "bg"


def test_all_can_be_done_by_touch(browser: Browser, page_path: Path) -> None:
    watched = WatchedPage(browser, page_path, PHONE, has_touch=True)
    watched.page.tap("text=Wipe")
    assert watched.shown() == "wipe"
    stage = watched.page.locator(".stage").bounding_box()
    assert stage is not None
    watched.page.mouse.move(stage["x"] + stage["width"] * 0.5, stage["y"] + 20)
    watched.page.mouse.down()
    watched.page.mouse.move(stage["x"] + stage["width"] * 0.25, stage["y"] + 20)
    watched.page.mouse.up()
    assert watched.page.input_value('[data-input="wipe"]') == "25"
    watched.page.tap("[data-neighbour='0']")
    assert "one before" in watched.text("tag")
    watched.page.tap("[data-at='0']")
    assert watched.text("frame").startswith("FG frame 0 ")
    assert watched.complaints == []


def test_every_picture_that_can_be_shown_decodes(browser: Browser, page_path: Path) -> None:
    watched = WatchedPage(browser, page_path)
    broken = watched.page.evaluate(
        """async () => {
            const data = JSON.parse(document.getElementById("data").textContent);
            const tried = Object.entries(data.pictures).map(async ([name, src]) => {
                const image = Object.assign(new Image(), { src });
                await image.decode().catch(() => {});
                return image.naturalWidth ? null : name;
            });
            return (await Promise.all(tried)).filter(Boolean);
        }"""
    )
    assert broken == []


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


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_light_and_dark_have_their_own_colours(browser: Browser, page_path: Path, size: tuple[int, int]) -> None:
    colours = []
    for scheme in SCHEMES:
        watched = WatchedPage(browser, page_path, size, scheme)
        line = watched.page.locator("svg.plot:visible .stroke-line").first
        colours.append(line.evaluate("e => getComputedStyle(e).stroke"))
    assert len(set(colours)) == 2
    assert "none" not in colours


def test_texts_of_plots_are_large_enough_on_a_phone(browser: Browser, page_path: Path) -> None:
    """px on the screen."""
    watched = WatchedPage(browser, page_path, PHONE)
    heights = watched.page.eval_on_selector_all(
        "svg.plot.narrow text",
        "all => all.map(e => parseFloat(getComputedStyle(e).fontSize) * e.ownerSVGElement.getScreenCTM().a)",
    )
    assert min(heights) >= 10.5


@pytest.mark.parametrize("size", [DESK, PHONE])
@pytest.mark.parametrize("name", ["map", "confidence", "track"])
def test_a_click_on_a_plot_shows_the_nearest_frame_with_pictures(
    browser: Browser, page_path: Path, size: tuple[int, int], name: str
) -> None:
    watched = WatchedPage(browser, page_path, size)
    plot = watched.page.locator(f"svg.plot[aria-labelledby^={name}-title]:visible")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    assert box is not None
    left, right, seconds, drawn = (
        float(v)
        for v in plot.evaluate("p => [p.dataset.left, p.dataset.right, p.dataset.seconds, p.viewBox.baseVal.width]")
    )
    frames = watched.page.evaluate("data.frames.map(f => f.fg)")
    for wanted in (frames[1], frames[-2]):
        x = left + (right - left) * (wanted / 24) / seconds
        plot.click(position={"x": x * box["width"] / drawn, "y": box["height"] / 2})
        assert f"FG frame {wanted} " in watched.page.inner_text("[data-text=frame]")
    assert watched.complaints == []
