"""The page of a batch: what it lists, in which order, and how large it gets."""

import re
import tracemalloc
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from support.invented_batches import result, with_files
from support.program_runs import Vidkompy

from vidkompy.batch.gallery import write_gallery
from vidkompy.batch.journal import journal_line
from vidkompy.batch.pair_task import COMPOSITE, REPORT, SIDECAR, THUMBNAIL, PairResult
from vidkompy.errors import OutputError

HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(2)'>",
    "{{ 7 * 7 }}{% raw %}",
    "</title></style></table>",
    "javascript:alert(3)",
)
ROW_BYTES = 2500  # at most, of one pair


class Page(HTMLParser):
    """Tags with their attributes, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def urls(self, tag: str, name: str) -> list[str]:
        return [value for found, attributes in self.tags if found == tag and (value := attributes.get(name))]


def names_in(text: str) -> list[str]:
    return re.findall(r'<td class="pair"><b><bdi>(.*?)</bdi>', text)


def page_of(folder: Path, *results: PairResult, waiting: int = 0) -> str:
    return write_gallery(folder, results, waiting).read_text()


def test_pairs_without_an_answer_come_first_and_then_the_least_sure(tmp_path: Path) -> None:
    results = [
        result("sure", confidence=0.99),
        result("by hand"),
        result("crashed", "crashed", number=2),
        result("doubtful", confidence=0.51),
        result("refused", "refused", number=1),
    ]
    assert names_in(page_of(tmp_path, *results)) == ["refused", "crashed", "doubtful", "sure", "by hand"]


def test_files_are_linked_that_are_there_now(tmp_path: Path) -> None:
    """A report that was made later, and a composite that was removed since."""
    (one,) = with_files([result("one", confidence=0.9)], tmp_path, (SIDECAR, REPORT, THUMBNAIL))
    listed = replace(one, files=(f"one/one{COMPOSITE}", f"one/one{SIDECAR}"))
    page = Page(page_of(tmp_path, listed))
    assert page.urls("a", "href") == [f"one/one{REPORT}", f"one/one{REPORT}", f"one/one{SIDECAR}"]
    assert page.urls("img", "src") == [f"one/one{THUMBNAIL}"]


def test_files_of_an_earlier_run_are_not_those_of_a_failure(tmp_path: Path) -> None:
    with_files([result("one")], tmp_path)
    page = Page(page_of(tmp_path, result("one", "failed", message="it is gone", files=(f"one/one{SIDECAR}",))))
    assert page.urls("a", "href") == []
    assert page.urls("img", "src") == []


@pytest.mark.parametrize("name", ["a #1 100% ü?", "a'b\"c&d", "50%23", "..a", "日本語 ; x=1", "mailto:x"])
def test_links_lead_to_files_of_any_name(name: str, tmp_path: Path) -> None:
    page = Page(page_of(tmp_path, *with_files([result(name, confidence=0.5)], tmp_path)))
    urls = [*page.urls("a", "href"), *page.urls("img", "src")]
    assert len(urls) == 5
    for url in urls:
        assert not re.search(r"[ #?:\"'<>]", url)
        assert (tmp_path / unquote(url)).is_file()


@pytest.mark.parametrize("text", HOSTILE)
def test_what_names_and_messages_say_is_text(text: str, tmp_path: Path) -> None:
    """The page has the elements that it has with harmless words, and shows the words as they are."""
    plain, hostile = (
        Page(page_of(tmp_path, result(word, "failed", message=word), result(f"{word}2", reasons=(word, word), bg=word)))
        for word in ("word", text)
    )
    assert [tag for tag, _ in hostile.tags] == [tag for tag, _ in plain.tags]
    assert sum(text in words for words in hostile.words) >= 5
    assert not [url for url in hostile.urls("a", "href") if ":" in url]


def test_names_that_are_no_text_do_not_end_the_page(tmp_path: Path) -> None:
    assert names_in(page_of(tmp_path, result("caf\udce9", "failed"))) == ["caf?"]


def test_the_summary_counts_what_waits(tmp_path: Path) -> None:
    text = page_of(tmp_path, result("a", confidence=0.9), result("b", "failed"), waiting=7).replace("\xa0", " ")
    assert "<dd>1 done, 1 failed, 7 waiting</dd>" in text


def test_a_batch_without_results_has_a_page(tmp_path: Path) -> None:
    assert "0 pairs" in page_of(tmp_path, waiting=3)


def test_long_messages_are_cut(tmp_path: Path) -> None:
    assert len(page_of(tmp_path, result("a", "failed", message="x" * 100_000))) < 40_000


def test_a_page_that_is_not_ours_stays(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    with pytest.raises(OutputError, match="is not the page of a batch; move it away"):
        write_gallery(tmp_path, [])
    assert (tmp_path / "index.html").read_text() == "mine"


def test_a_page_of_ours_is_renewed(tmp_path: Path) -> None:
    assert names_in(page_of(tmp_path, result("a"))) == ["a"]
    assert names_in(page_of(tmp_path, result("a"), result("b"))) == ["a", "b"]
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_ten_thousand_pairs_make_a_page_of_bounded_size(tmp_path: Path) -> None:
    """Memory is held to some times the page. All pictures wait until they are looked at."""
    count = 10_000
    results = [
        result(f"pair {k}", confidence=k / count, number=k + 1, reasons=("it is doubtful",)) for k in range(count)
    ]
    with_files(results[:50], tmp_path)
    tracemalloc.start()
    path = write_gallery(tmp_path, results)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    text = path.read_text()
    assert len(names_in(text)) == count
    assert len(text) < count * ROW_BYTES
    assert peak < 12 * len(text)
    assert text.count("<img ") == text.count('loading="lazy"') == 50


# ---- from the command line


def written(folder: Path, *results: PairResult) -> Path:
    folder.mkdir()
    (folder / "results.jsonl").write_text("".join(map(journal_line, results)))
    return folder


def test_status_renews_the_page(vidkompy: Vidkompy, tmp_path: Path) -> None:
    out = written(tmp_path / "out", result("a", confidence=0.9), result("b", "failed"))
    assert vidkompy("batch", "status", out).out.splitlines()[-1] == str(out / "index.html")
    assert names_in((out / "index.html").read_text()) == ["b", "a"]


def test_a_merged_page_links_into_all_folders(vidkompy: Vidkompy, tmp_path: Path) -> None:
    outs = []
    for name in ("one # 1", "two"):
        one = result(f"pair {name}", confidence=0.9, ended=name)
        outs.append(written(tmp_path / name, one))
        with_files([one], outs[-1])
    target = tmp_path / "all"
    target.mkdir()
    assert vidkompy("batch", "merge", *outs, "-o", target).code == 0
    page = Page((target / "index.html").read_text())
    urls = [*page.urls("a", "href"), *page.urls("img", "src")]
    assert len(urls) == 10
    assert all((target / unquote(url)).is_file() for url in urls)


def test_without_jinja2_the_page_is_missing_and_nothing_else(
    vidkompy: Vidkompy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vidkompy.cli.batch_page.find_spec", lambda _: None)
    out = written(tmp_path / "out", result("a", confidence=0.9))
    outcome = vidkompy("batch", "status", out)
    assert outcome.code == 0
    assert "a page of all pairs needs jinja2: pip install 'vidkompy[report]'\n" in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (out / "index.html").exists()


def test_a_page_of_another_program_ends_no_command(vidkompy: Vidkompy, tmp_path: Path) -> None:
    out = written(tmp_path / "out", result("a", confidence=0.9))
    (out / "index.html").write_text("mine")
    outcome = vidkompy("batch", "status", out)
    assert (outcome.code, outcome.out.splitlines()[-2:]) == (0, ["1 pair: 0:02 of work, 0:02 of CPU", str(out)])
    assert "is not the page of a batch" in outcome.err
