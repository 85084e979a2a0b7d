"""Whether this process may mount file systems of its own: what a full disk is tried on."""

import subprocess
from contextlib import suppress

import pytest

WAYS = (["unshare", "-Urm"], ["unshare", "-m"])  # to mount something unseen by others: as anybody, as root


def own_mounts() -> list[str]:
    for way in WAYS:
        with suppress(OSError):
            tried = subprocess.run([*way, "mount", "-t", "tmpfs", "tmpfs", "/tmp"], capture_output=True)
            if not tried.returncode:
                return way
    pytest.skip("this system lets the tests mount no small file system: no disk can be filled or made read-only")
