"""What mkdocs does with a page before it is built: pages of the root are shown whole, and links lead to the site's own.

Files of the repository link each other so that they work there; on the site files outside docs/ have no address.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
_WHOLE_FILE = re.compile(r"\A<!-- the site shows the file itself.*-->\n\[(\w+\.md)\]\(\.\./\w+\.md\)\n\Z")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s#]+)(#[^)]*)?\)")
_PAGES = {  # of the root
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "README.md": "index.md",
    "SECURITY.md": "security.md",
}


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by mkdocs with each page."""
    return with_links_of_site(_whole(markdown))


def with_links_of_site(text: str) -> str:
    """Links to pages of the root lead to their copies; those to other files of the repository are plain text.

    >>> with_links_of_site("[a](../README.md), [b](docs/limits.md#x), [`c`](../vidkompy/limits.py), [d](https://e.org/f.md)")
    '[a](index.md), [b](limits.md#x), `c`, [d](https://e.org/f.md)'
    """
    return _LINK.sub(_link, text)


def _whole(text: str) -> str:
    found = _WHOLE_FILE.match(text)
    return (ROOT / found[1]).read_text(encoding="utf-8") if found else text


def _link(match: re.Match[str]) -> str:
    text, target, anchor = match[1], match[2], match[3] or ""
    if "://" in target or target.startswith("mailto:"):
        return match[0]
    name = target.removeprefix("../")
    if name in _PAGES and (name != target or not (ROOT / "docs" / target).exists()):
        return f"[{text}]({_PAGES[name]}{anchor})"
    if name.startswith("docs/"):
        return f"[{text}]({name.removeprefix('docs/')}{anchor})"
    if (ROOT / "docs" / target).exists() and not target.startswith(".."):
        return match[0]
    return text if (ROOT / name).exists() else match[0]
