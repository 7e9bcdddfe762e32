"""Bounds of pushes: how often is looked, how much is taken at once, how failures are retried."""

from __future__ import annotations

# A token of FCM has some 160 characters today, and Google promises no length; a row stays small.
PUSH_TOKEN_CHARS_MAX = 1_024

# How often a node looks which of its rooms have spoken: what a room says in that time is one look,
# and nobody who has it open gets a push. Chat pays nothing for it (docs/adr/0038).
PUSH_LOOK_S = 5.0

# Rooms that one statement looks at, each of ROOM_MEMBERS_MAX people at most.
PUSH_ROOMS_AT_ONCE = 200

# After a start: people come back to the rooms they had open, then what the last process had not
# looked at is looked at. Looks lag behind what was said by this at most.
PUSH_CATCH_UP_S = 30.0
PUSH_CATCH_UP_LAG_MS = 60_000

# How often what waits is sent, and devices that one look takes; who took them has sent, or failed,
# by the end of the lease, or another process may.
PUSH_SEND_EVERY_S = 1.0
PUSH_DEVICES_AT_ONCE = 100
PUSH_LEASE_MS = 120_000

# FCM asks for at least a minute after a failure, and for growing waits with jitter.
PUSH_RETRY_FIRST_MS = 60_000
PUSH_RETRY_MOST_MS = 3_600_000
PUSH_TRIES_MAX = 10
PUSH_JITTER_SHARE = 0.5  # a share of the wait

# Calls of FCM at once; one takes some 100 ms. Each ends within its time, whatever FCM does.
PUSH_THREADS_MAX = 8
PUSH_CALL_S_MAX = 10.0
PUSH_SOCKET_S_MAX = 4.0
PUSH_ANSWER_BYTES_MAX = 65_536

# Rows that one statement of the purge forgets, and devices that one looks at for plans that end.
PUSH_WAVES_PURGED_AT_ONCE = 10_000
PUSH_ENDINGS_AT_ONCE = 1_000
