"""Programs that answer as another would: shell scripts in a test's folder."""

from pathlib import Path


def script(path: Path, *lines: str) -> str:
    """Makes `path` a program of these lines of sh; its path as a word for a command line."""
    path.parent.mkdir(exist_ok=True)
    path.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    path.chmod(0o755)
    return str(path)
