"""Every bound of the bench, with its unit in the name and its reason above it."""

from __future__ import annotations

# One address of the loopback has about 28,000 ports for clients; leave some to others.
CLIENTS_MAX = 20_000

# A message is remembered to the end of its run, at about 300 bytes.
MESSAGES_MAX = 1_000_000

# At 10 µs each that is over eight minutes on one core; nobody waits longer for a figure.
DELIVERIES_MAX = 50_000_000

# More than a real client would ever have in the air; beyond it only buffers are measured.
IN_FLIGHT_MAX = 256

# The protocol's own bound of a text; the number of the message needs the first 16.
BODY_CHARS_MIN = 16
BODY_CHARS_MAX = 1_000

# The median of more runs than this changes less than the machine does meanwhile.
RUNS_MAX = 25

# The promise is 1,000,000 accounts in the store.
SEED_USERS_MAX = 1_000_000
SEED_ANSWER_S = 600.0
# A seed line holds a token of a few hundred bytes.
SEED_LINE_BYTES_MAX = 16_384

# Handshakes in the air at once: a listen backlog is 128 or more everywhere.
HANDSHAKES_MAX = 64
# A handshake on a machine that is busy with a thousand others.
HANDSHAKE_S = 20.0
JOIN_ALL_S = 240.0

# After the last join the room tells everybody who came; wait until that is quiet.
SETTLE_QUIET_S = 0.25
SETTLE_S_MAX = 10.0

# Nothing delivered for this long, while something is due, means it is lost.
STALL_S = 10.0
RUN_S_MAX = 180.0
# After the last delivery, listen this long for doubles.
LINGER_S = 0.15

# Churn: a phone that changes from one mast to another is away about this long.
AWAY_S = 1.0
# Messages of one client without an ack: by then the server has stopped.
UNACKED_MAX = 1_000
RATE_MAX = 50_000
SECONDS_MAX = 3_600

# A room takes no more members.
ROOM_MEMBERS_MAX = 1_000
# Who does not read is told so, and dropped some seconds later: by then all of them are.
CUT_OFF_S = 15.0

# Rooms are seeded in parts of this many people: the server takes no more at once.
SEED_PART_USERS = 100_000
ROOMS_MAX = 500_000
# Rooms woken at once: what a node sees a moment after it has started.
WAKES_AT_ONCE = 8
# An idle room is put away after a minute; add the sweep and a slow machine.
PASSIVE_S = 180.0

# One read: a burst of 16 messages of the largest size is about 20 KiB; more is read in turns.
READ_BYTES = 32_768
EVENTS_PER_POLL_MAX = 1_024
# A server frame above this is not what the bench asked for.
FRAME_BYTES_MAX = 1_048_576
# What a slow server lets pile up for one client before the bench calls it stuck.
UNSENT_BYTES_MAX = 1_048_576

# The same bytes reach every reader of a room, so a parsed piece is kept for the next reader.
PIECES_KEPT_MAX = 512
# Bodies that large would make the keys above cost more than parsing.
PIECE_KEPT_BYTES_MAX = 16_384

# An embedded PostgreSQL makes its cluster at the first start.
READY_S = 120.0
# A clean stop finishes mail and closes PostgreSQL.
STOP_S = 20.0
KILL_S = 5.0
INSTALL_S = 300.0

# Above this share of one core the generator may be what is measured.
GENERATOR_SHARE_MAX = 0.90

# Latency is counted in slots of 8.192 µs (a shift by 13) up to 8.6 s; what is later counts as that.
LATENCY_SLOT_SHIFT = 13
LATENCY_SLOTS = 1 << 20

# Memory is read after the collectors and allocators of the server had a moment.
MEMORY_SETTLE_S = 1.0

# A pool has at most the people of one group; a million is what the solver is measured with.
POOL_TICKETS_MAX = 2_000_000
# The exact optimum of a pool of one side takes three minutes at this size; it is cubic.
POOL_EXACT_TICKETS_MAX = 4_000

assert BODY_CHARS_MIN < BODY_CHARS_MAX
assert PIECE_KEPT_BYTES_MAX <= READ_BYTES
assert LINGER_S < STALL_S < RUN_S_MAX

# Each like of a run takes a seeded person and a half.
LIKES_MAX = 60_000

# Calls under way at once; at 1,000 a second that many would have waited for a quarter of a second.
LINES_MAX = 256
# A server closes connections that are idle for some seconds; one that is about to be is not used.
LINE_IDLE_S = 2.0
# One call of the preparation, on a machine that is busy.
CALL_S = 20.0
# Ten times what is hoped for; beyond it only the generator is measured.
CALL_RATE_MAX = 10_000
# A run of a quarter of an hour at a thousand a second.
CALLS_MAX = 1_000_000

# Each person of the ledger spends up to a move's credits; open orders are a day of a large shop.
SPENDS_MAX = 1_000_000
ORDERS_MAX = 200_000
