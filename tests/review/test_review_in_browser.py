"""A review as a person makes it, in a real browser: pins by keys and clicks land in the sidecar, and nothing leaks."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from support.browsers import DESK, PHONE, chromium
from support.served_reviews import Served

from vidkompy.sidecar.document import read_sidecar
from vidkompy.sidecar.pins import pinned_frames


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


class OpenReview:
    """The page of a review. complaints: what it wrote to its console, errors, and requests for anything elsewhere."""

    def __init__(self, browser: Browser, served: Served, size: tuple[int, int] = DESK, scheme: str = "light"):
        self.complaints: list[str] = []
        self.served = served
        context = browser.new_context(
            viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light"
        )
        self.page: Page = context.new_page()
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self._check(request.url))
        self.page.goto(served.address)
        self.until("frameAt(data, viewer.state().at) !== undefined")

    def _check(self, url: str) -> None:
        if not url.startswith((self.served.address, "data:")):
            self.complaints.append(f"asked for {url[:200]}")

    def said(self) -> str:
        return self.page.inner_text('[data-text="said"]')

    def until(self, expression: str, arg: object = None) -> None:
        """Waits until it is true in the page, whose policy lets nothing but its own script be evaluated there."""
        for _ in range(600):  # 30 s: other tests may take the cores
            if self.page.evaluate(expression, arg):
                return
            self.page.wait_for_timeout(50)
        raise AssertionError(f"{expression} is never true; the page says {self.said()!r}")

    def wait_for(self, text: str) -> None:
        self.until("text => document.querySelector('[data-text=said]').textContent.includes(text)", text)

    def show(self, frame: int) -> None:
        self.page.evaluate("at => show(at)", frame)
        self.until("at => document.querySelector('[data-text=frame]').textContent.includes(`frame ${at} `)", frame)


@pytest.mark.slow
def test_a_neighbour_that_is_clicked_is_pinned_by_enter(browser: Browser, served: Served) -> None:
    review = OpenReview(browser, served)
    seen = int(served.session.sidecar.frame_map.bg[12])
    review.show(12)
    review.page.click(f'[data-neighbour="{2}"]')
    review.until("bg => shownNeighbour()?.bg === bg", seen + 1)
    review.page.keyboard.press("Enter")
    review.wait_for("Changed; apply it")
    assert f"FG 12: BG from {seen + 1} on" in review.page.inner_text('[data-list="pins"]')
    assert review.complaints == []


@pytest.mark.slow
def test_a_pin_that_is_set_by_keys_is_applied_and_saved(browser: Browser, served: Served) -> None:
    review = OpenReview(browser, served)
    keyboard, seen = review.page.keyboard, int(served.session.sidecar.frame_map.bg[12])
    review.show(12)
    keyboard.press("]")
    review.until("bg => shownNeighbour()?.bg === bg", seen + 1)
    keyboard.press("Enter")
    review.wait_for("Changed; apply it")
    keyboard.press("a")
    review.wait_for("another BG frame now.")
    assert f"FG 12: BG from {seen + 1} on" in review.page.inner_text('[data-list="pins"]')
    assert "contradicts the pictures" in review.page.inner_text('[data-list="reasons"]')
    keyboard.press("s")
    review.wait_for("Saved.")
    assert pinned_frames(read_sidecar(served.session.path).pins) == {12: seen + 1}
    keyboard.press("z")
    review.wait_for("Changed; apply it")
    keyboard.press("a")
    review.wait_for("another BG frame now.")
    keyboard.press("s")
    review.wait_for("Saved.")
    assert read_sidecar(served.session.path).pins == ()
    assert review.complaints == []


@pytest.mark.slow
def test_places_and_ranges_are_set_by_buttons(browser: Browser, served: Served) -> None:
    review = OpenReview(browser, served)
    x = served.session.now.placement.x
    review.page.click('[aria-label="1 px to the right"]')
    review.wait_for("Changed; apply it")
    review.page.keyboard.press("Alt+Shift+ArrowLeft")
    review.until("x => Math.abs(held.placement.x - x) < 1e-6", x + 0.9)
    review.page.fill('[name="first"]', "20")
    review.page.fill('[name="last"]', "24")
    review.page.click('[data-edit="unmatch"]')
    review.until("held.pins.length === 1")
    review.page.click('[data-edit="apply"]')
    review.wait_for("another BG frame now.")
    review.page.click('[data-edit="save"]')
    review.wait_for("Saved.")
    found = read_sidecar(served.session.path)
    assert found.placement.x == pytest.approx(x + 0.9)
    assert (found.frame_map.bg[20:25] == -1).all()
    assert review.complaints == []


@pytest.mark.slow
@pytest.mark.parametrize(("size", "scheme"), [(PHONE, "light"), (PHONE, "dark"), (DESK, "light"), (DESK, "dark")])
def test_nobody_is_kept_out(browser: Browser, served: Served, size: tuple[int, int], scheme: str) -> None:
    review = OpenReview(browser, served, size, scheme)
    found = Axe().run(review.page)
    assert [violation["id"] for violation in found.response["violations"]] == []
    width = review.page.evaluate("document.documentElement.scrollWidth")
    assert width <= size[0]


@pytest.mark.slow
def test_the_end_of_the_server_is_said(browser: Browser, served: Served) -> None:
    review = OpenReview(browser, served)
    served.live.leave()
    served.live._seen -= 1000
    served.thread.join(10)
    review.page.keyboard.press("u")
    review.wait_for("The review has ended")


@pytest.mark.slow
def test_two_tabs_show_one_review(browser: Browser, served: Served) -> None:
    one, two = OpenReview(browser, served), OpenReview(browser, served)
    seen = int(served.session.sidecar.frame_map.bg[12])
    one.show(12)
    one.page.keyboard.press("Enter")
    one.wait_for("Changed; apply it")
    two.page.evaluate("held.version = -1")  # as before it asked what the other did
    two.show(20)
    two.page.keyboard.press("u")
    two.wait_for("another tab changed this review meanwhile")
    assert f"FG 12: BG from {seen} on" in two.page.inner_text('[data-list="pins"]')
    two.page.keyboard.press("u")
    two.wait_for("Changed; apply it")
    one.wait_for("Another tab changed this review")
    assert "FG 20: no BG frame" in one.page.inner_text('[data-list="pins"]')
    assert len(served.session.now.pins) == 2
    one.page.keyboard.press("z")
    one.page.keyboard.press("z")
    one.until("!held.can_undo")
    one.page.keyboard.press("s")
    one.wait_for("nothing is written")
    assert served.session.saves == 0
    assert [line for line in (*one.complaints, *two.complaints) if "409" not in line] == []


@pytest.mark.slow
def test_a_click_on_a_plot_shows_that_frame(browser: Browser, served: Served) -> None:
    review = OpenReview(browser, served)
    plot = review.page.locator("svg.plot[data-seconds]:visible").first
    left, right, seconds, drawn = (
        float(v)
        for v in plot.evaluate("p => [p.dataset.left, p.dataset.right, p.dataset.seconds, p.viewBox.baseVal.width]")
    )
    box = plot.bounding_box()
    assert box is not None
    for wanted in (29, 7):
        x = left + (right - left) * (wanted / 24) / seconds
        plot.click(position={"x": x * box["width"] / drawn, "y": box["height"] / 2})
        review.until("at => document.querySelector('[data-text=frame]').textContent.includes(`frame ${at} `)", wanted)
    assert review.complaints == []
