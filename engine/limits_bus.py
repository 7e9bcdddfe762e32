"""Bounds of the bus between processes: whatever is over them is dropped, and costs a delay."""

from __future__ import annotations

# What waits to be said, and what was heard and not read: some seconds of a busy deployment, one
# room or person each. Beyond it the oldest goes: others hear of it by their own looks.
BUS_WAITING_NEWS_MAX = 10_000

# News of one publication, and its size: a notice is some 200 bytes, a room 20. One that is larger
# is not ours.
BUS_BATCH_MAX = 500
BUS_FRAME_BYTES_MAX = 1_048_576
BUS_ID_CHARS_MAX = 64

# Publications that are read at once: what waits behind them stays with Redis, which hangs up on
# who does not read.
BUS_FRAMES_MAX = 100

# What happens within it is said at once, and a room once: a busy room costs the others twenty looks
# a second at most.
BUS_GATHER_S = 0.05

# After a failure one listens again after so long, then after twice as long, up to the most.
BUS_AGAIN_S = 0.1
BUS_AGAIN_S_MAX = 5.0

# Processes that were woken by one piece of news look at different moments within this, so that they
# do not all do the work of one.
BUS_STAGGER_S_MAX = 0.04

# Notices that are remembered as told here, so that a copy does not tell them again: a copy comes
# within a second, and a burst of matches is some hundred notices.
TOLD_NOTICES_MAX = 10_000

# What was said this long ago is not believed: clocks of machines differ by less, and whoever has
# recorded it cannot play it again.
BUS_AGE_S_MAX = 60

# A listener that hears nothing asks after so long whether the line still stands.
BUS_QUIET_S_MAX = 5.0
