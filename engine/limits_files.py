"""Bounds of files that people hand in: what is read before anybody has looked at it."""

from __future__ import annotations

# A photo as the reference client hands it in, 1,024 pixels each way, is some 200 KB; one straight
# from a phone is shrunk first. A scan of a paper, or a PDF of some pages, is larger.
PHOTO_BYTES_MAX = 1_048_576
DOCUMENT_BYTES_MAX = 4 * 1_048_576

# A browser takes four bytes for each pixel, whatever the file weighs: 64 MB for the largest.
PICTURE_SIDE_PIXELS_MAX = 4_096

# A JPEG has some 30 parts, a progressive one three times as many; a PNG of 4 MB in parts of 4 KB
# has 1,024. Walking through this many takes some milliseconds.
PICTURE_PARTS_MAX = 2_000

# An upload has to arrive within this: 4 MB at the pace of a bad phone. The call has some seconds
# more, for the store of files.
UPLOAD_WITHIN_S = 20.0
UPLOAD_CALL_S_MAX = 30.0

# A file whose row is being written is nobody's for a second; one that nobody claims within this is
# destroyed. So is one that was replaced, or whose owner is gone, at the next look.
UPLOAD_UNCLAIMED_MS = 3_600_000
DOOMED_FILES_BATCH = 100

# A picture or a voice of a room: one of 1,600 pixels is some 400 KB, ten minutes of a voice some
# 2 MB. Whose message has not come within a day is let go.
ROOM_FILE_BYTES_MAX = 3 * 1_048_576
ROOM_FILE_UNSENT_MS = 86_400_000
ROOM_FILES_BATCH = 500
