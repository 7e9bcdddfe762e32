"""Contract of files: in memory, in a folder, and in a bucket of S3's double."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from pathlib import Path

import boto3
import pytest
import trio
from moto.server import ThreadedMotoServer

from api.dev_providers.door import Answer, open_door
from engine.errors import BadRequest, NotFound, TooLarge, Unavailable
from engine.limits_outside import BLOB_BYTES_MAX
from engine.model.blob import BlobKey, Shelf
from engine.ports.blobs import Blobs
from store.blobs.bucket import BucketBlobs, BucketPlace
from store.blobs.folder import FolderBlobs
from store.memory.blobs import MemoryBlobs
from store.threads import Threads

KEY = BlobKey(Shelf.DOCUMENTS, "abcdefghij-_0123")
OTHER = BlobKey(Shelf.PHOTOS, "abcdefghij-_0123")


def place(url: str) -> BucketPlace:
    return BucketPlace("files", "ap-northeast-2", url, "key", "secret of the bucket")


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    """A double of S3 with one bucket."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    try:
        url = "http://{}:{}".format(*server.get_host_and_port())
        boto3.client(
            "s3",
            endpoint_url=url,
            region_name="ap-northeast-2",
            aws_access_key_id="key",
            aws_secret_access_key="secret of the bucket",
        ).create_bucket(
            Bucket="files", CreateBucketConfiguration={"LocationConstraint": "ap-northeast-2"}
        )
        yield url
    finally:
        server.stop()


@pytest.fixture(params=["memory", "folder", "bucket"])
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Blobs]:
    match request.param:
        case "memory":
            yield MemoryBlobs()
        case "folder":
            yield FolderBlobs(tmp_path / "blobs")
        case _:
            yield BucketBlobs(place(request.getfixturevalue("s3")))


async def test_a_file_is_kept_replaced_and_destroyed(blobs: Blobs) -> None:
    with pytest.raises(NotFound):
        await blobs.get(KEY)
    await blobs.put(KEY, b"\x00one")
    await blobs.put(OTHER, b"")
    await blobs.put(KEY, b"two")
    assert (await blobs.get(KEY), await blobs.get(OTHER)) == (b"two", b"")
    await blobs.remove(KEY)
    await blobs.remove(KEY)
    with pytest.raises(NotFound):
        await blobs.get(KEY)
    await blobs.remove(OTHER)


async def test_a_file_has_a_bound(blobs: Blobs) -> None:
    with pytest.raises(TooLarge):
        await blobs.put(KEY, bytes(BLOB_BYTES_MAX + 1))
    with pytest.raises(NotFound):
        await blobs.get(KEY)


@pytest.mark.parametrize("name", ["", "..", "../secrets.json", "a" * 15 + "/", "a" * 17, "a\0"])
def test_no_name_leads_elsewhere(name: str) -> None:
    with pytest.raises(BadRequest):
        BlobKey(Shelf.DOCUMENTS, name)


def test_the_folder_is_its_owners_alone(tmp_path: Path) -> None:
    trio.run(FolderBlobs(tmp_path / "blobs").put, KEY, b"one")
    (file,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert (file.name, file.stat().st_mode & 0o077) == (KEY.name, 0)
    assert file.parent.stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_is_an_outage(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("in the way")
    blobs = FolderBlobs(tmp_path / "blobs")
    for call in (partial(blobs.put, KEY, b"one"), partial(blobs.get, KEY)):
        with pytest.raises(Unavailable):
            trio.run(call)


async def test_a_bucket_that_fails_is_an_outage_and_names_no_secret() -> None:
    with open_door(lambda _: Answer(500, b"secret of the bucket")) as door:
        blobs = BucketBlobs(place(door.url))
        for call in (
            partial(blobs.put, KEY, b"one"),
            partial(blobs.get, KEY),
            partial(blobs.remove, KEY),
        ):
            with pytest.raises(Unavailable) as told:
                await call()
            assert "secret" not in str(told.value)
    assert "secret" not in repr(place(""))


async def test_a_slow_store_of_files_is_an_outage() -> None:
    door = threading.Event()
    with pytest.raises(Unavailable):
        await Threads("too slow", count=1, within_s=0.05).run(door.wait)
    door.set()
