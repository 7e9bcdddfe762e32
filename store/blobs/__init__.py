"""Where files lie: a folder of this machine, or a bucket of S3."""

from __future__ import annotations

from engine.errors import TooLarge
from engine.limits_outside import BLOB_BYTES_MAX, BLOB_CALL_S_MAX, BLOB_THREADS_MAX
from store.threads import Threads


def file_threads() -> Threads:
    """Make the threads in which calls of one store of files wait."""
    return Threads("the store of files does not answer", BLOB_THREADS_MAX, BLOB_CALL_S_MAX)


def check_size(data: bytes) -> None:
    """Raise TooLarge for more than one file may hold."""
    if len(data) > BLOB_BYTES_MAX:
        raise TooLarge(f"a file has at most {BLOB_BYTES_MAX} bytes")
