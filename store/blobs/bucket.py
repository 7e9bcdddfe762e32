"""Files in a bucket of S3, or of what speaks like it."""

from __future__ import annotations

from dataclasses import dataclass, field

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from engine.errors import NotFound, Unavailable
from engine.limits_outside import (
    BLOB_BYTES_MAX,
    BLOB_CONNECT_S_MAX,
    BLOB_READ_S_MAX,
    BLOB_THREADS_MAX,
    BLOB_TRIES_MAX,
)
from engine.model.blob import BlobKey
from store.blobs import check_size, file_threads

_NOT_THERE = frozenset({"NoSuchKey", "404"})


@dataclass(frozen=True, slots=True)
class BucketPlace:
    """Which bucket, and who we are there."""

    bucket: str
    region: str
    endpoint: str | None  # None: AWS's own
    key_id: str
    secret: str = field(repr=False)


class BucketBlobs:
    """Files of one bucket; engine.ports.blobs.Blobs."""

    def __init__(self, place: BucketPlace) -> None:
        self._bucket = place.bucket
        self._threads = file_threads()
        # A session of its own: the settings name the keys, and no file of this machine does.
        self._s3 = boto3.session.Session().client(
            "s3",
            region_name=place.region,
            endpoint_url=place.endpoint,
            aws_access_key_id=place.key_id,
            aws_secret_access_key=place.secret,
            config=Config(
                connect_timeout=BLOB_CONNECT_S_MAX,
                read_timeout=BLOB_READ_S_MAX,
                retries={"total_max_attempts": BLOB_TRIES_MAX, "mode": "standard"},
                max_pool_connections=BLOB_THREADS_MAX,
                signature_version="s3v4",
            ),
        )

    async def put(self, key: BlobKey, data: bytes) -> None:
        """Keep a file; S3 shows it whole or not at all."""
        check_size(data)
        await self._threads.run(self._put, key, data)

    async def get(self, key: BlobKey) -> bytes:
        """Return a file; raises NotFound."""
        return await self._threads.run(self._get, key)

    async def remove(self, key: BlobKey) -> None:
        """Destroy a file; one that is not there is fine."""
        await self._threads.run(self._remove, key)

    def _put(self, key: BlobKey, data: bytes) -> None:
        try:
            self._s3.put_object(
                Bucket=self._bucket,
                Key=str(key),
                Body=data,
                ContentType="application/octet-stream",
            )
        except (ClientError, BotoCoreError):
            raise Unavailable("the bucket of files does not take a file") from None

    def _get(self, key: BlobKey) -> bytes:
        try:
            answer = self._s3.get_object(Bucket=self._bucket, Key=str(key))
            with answer["Body"] as body:
                data: bytes = body.read(BLOB_BYTES_MAX + 1)
        except ClientError as error:
            if error.response["Error"]["Code"] in _NOT_THERE:
                raise NotFound("there is no such file") from None
            raise Unavailable("the bucket of files does not give a file") from None
        except BotoCoreError:
            raise Unavailable("the bucket of files does not give a file") from None
        if len(data) > BLOB_BYTES_MAX:
            raise Unavailable("a file in the bucket is larger than any of ours")
        return data

    def _remove(self, key: BlobKey) -> None:
        try:
            self._s3.delete_object(Bucket=self._bucket, Key=str(key))
        except (ClientError, BotoCoreError):
            raise Unavailable("the bucket of files does not destroy a file") from None
