"""A server on loopback that speaks S3, for this process and those that it starts."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import Request, urlopen

import fsspec
import pytest
from moto.server import ThreadedMotoServer


@contextmanager
def s3_bucket(name: str) -> Iterator[str]:
    """The URL of an empty bucket."""
    server = ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    forget = fsspec.get_filesystem_class("s3").clear_instance_cache  # an instance knows the address of a server
    forget()
    with urlopen(Request(f"http://{host}:{port}/moto-api/reset", method="POST")):
        pass  # buckets are those of the process, whichever server made them
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
            for variable in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
                patch.setenv(variable, "x")
            fsspec.filesystem("s3").mkdir(name)
            yield f"s3://{name}"
    finally:
        forget()
        server.stop()
