"""Every bound of the system, with its unit and its reason. Product numbers are in the policy."""

from __future__ import annotations

from typing import Final

# --- the wire -------------------------------------------------------------------------------

# protocol.md 3: larger client frames close the connection with 1009.
CLIENT_FRAME_BYTES_MAX: Final = 65_536

# A message may be cut into fragments; more pieces than this for 64 KiB is an attack on the CPU.
FRAGMENTS_PER_MESSAGE_MAX = 1_024

# protocol.md 3: ten malformed frames in a minute close the connection with 4500.
BAD_FRAMES_PER_MINUTE_MAX = 10

# One kind of control frame costs a write each; a client pings every few seconds, not more.
CONTROL_FRAMES_PER_MINUTE_MAX = 120

# Nothing of the protocol nests deeper than three; msgpack and json bombs do.
FRAME_DEPTH_MAX = 8

# protocol.md 3.2: 1 to 64 characters.
CID_CHARS_MAX = 64

# A client's own number for an op: an integer that JavaScript can hold, or a short string.
REF_CHARS_MAX = 64
INTEGER_MAX_EXCLUSIVE = 2**53

# protocol.md 3.1: the first frame has to come within this time.
HELLO_WITHIN_S = 5.0

# Ops before the hello: a client that mixes up its order by a few is told so, not more.
EARLY_OPS_MAX = 20

# faults.md 75: headers of a handshake that trickle in longer than this are slowloris.
HANDSHAKE_WITHIN_S = 10.0

# A browser's upgrade request is below 2 KiB; cookies of other apps on a shared host may add some.
HANDSHAKE_BYTES_MAX = 16_384

# protocol.md 3: the server pings every 25 s and drops a peer that is silent for 60 s.
HEARTBEAT_S = 25.0
SILENCE_S_MAX = 60.0

# After our close frame the peer has this long to answer before the socket is dropped.
CLOSE_WITHIN_S = 5.0

# --- sessions -------------------------------------------------------------------------------

# protocol.md 3.1.
SESSIONS_PER_ACCOUNT_MAX = 5

# Ops of one session that wait for an answer; then its socket is not read until one is settled.
OPS_IN_FLIGHT_MAX: Final = 64

# Rooms one session may have open: a person has tens of chats, a tester a few hundred.
OPEN_ROOMS_PER_SESSION_MAX = 500

# What may wait for one slow client: about 20 s of a lively room; then 4001, and it resumes by seq.
OUTBOX_BYTES_MAX: Final = 1_048_576

# Ephemeral events (typing, read marks, presence) are dropped first, from a quarter of the outbox.
OUTBOX_EPHEMERAL_BYTES_MAX: Final = 262_144

# One read of a socket. Four times a typical burst of a client; a larger frame takes more reads.
RECEIVE_BYTES: Final = 16_384

# Connections of one process: the promise is 10,000 people, half as many again in a storm.
CONNECTIONS_MAX = 15_000

# Connections that are still shaking hands, in all: a storm of 2,000 fits, a flood does not.
HANDSHAKES_MAX = 2_500

# Of these from one address, or one IPv6 network of 64 bits: a carrier puts thousands of phones
# behind one address, but a handshake takes some ms, and one flooder must not shut out the others.
HANDSHAKES_PER_ADDRESS_MAX = 250

# Sockets waiting in the kernel to be accepted while a reconnect storm arrives.
ACCEPT_BACKLOG = 4_096

# hello's list of rooms; the rest is paged by REST.
HELLO_ROOMS_MAX = 500

# --- rooms and actors -----------------------------------------------------------------------

# Commands that may wait in one room: 1,000 members with one each; then senders get `busy`.
ROOM_MAILBOX_MAX = 1_024

# Likes that may wait for one writer: about a second of its work; then senders get `busy`.
LIKES_MAILBOX_MAX = 2_048

# Writers of likes in one process: while one waits for PostgreSQL the other prepares its next.
LIKE_WRITERS_MAX = 2

# Commands of the engine itself (an end, a changed membership) that a full mailbox still takes: a
# flood must not keep a room open. The dispatcher has one of them under way for each room.
CONTROL_COMMANDS_MAX: Final = 16

# Commands that may wait in one pool: each of 1,000 members one, and one more; then `busy`.
POOL_MAILBOX_MAX = 2_048

# A pool of so many is solved within 5 ms, where it stands; a larger one by a thread beside.
POOL_INLINE_TICKETS_MAX = 200

# Pairs of a pool in one transaction, some 30 ms of PostgreSQL.
POOL_PAIRS_PER_COMMIT_MAX = 100

# How much of a tick is done on the event loop before others come in between: some 10 ms each.
# Pairs that are named and noted, or waits that are ended; tickets that are written anew; tickets
# read for whoever lost a partner, where one look reads the whole pool.
POOL_SLICE_PAIRS = 2_000
POOL_SLICE_TICKETS = 5_000
POOL_SLICE_READS = 200_000

# How often a tick makes amends for pairs that the store refused; what is left waits for the next.
POOL_AMENDS_MAX = 3

# How often a pool looks into the store for what came, left or was blocked elsewhere; and how often
# a node looks for pools in which somebody waits. One query each.
POOL_LOOK_S = 10.0

# Ops about tickets that are looking for their pool at once; then senders get `busy`.
POOL_LOOKUPS_MAX = 1_000

# The log of one pool since it was last loaded: weeks of a lively one; then it is not written on.
POOL_LOG_BYTES_MAX = 64 * 1_048_576

# How many ticks there are between two samples of a pool, of at most so many tickets: the exact
# answer takes a thread some 100 ms.
POOL_SAMPLE_EVERY_TICKS = 60
POOL_SAMPLE_TICKETS_MAX = 600

# How many commands an actor takes at once: one commit each, so large, but the loop stays fair.
MAIL_BATCH_MAX: Final = 256

# A handler that runs longer is stuck: it is stopped and reloaded. PostgreSQL's own limit is less.
HANDLER_S_MAX = 15.0

# An actor that crashed more often than this within the window is set aside (quarantine).
CRASHES_MAX = 5
CRASH_WINDOW_S = 30.0

# Commands of one sender that may crash an actor within the window; then it is not heard for the
# rest of it. Those crashes are not the actor's own, until seven senders or more have conspired.
KILLS_PER_SENDER_MAX = 2
KILLS_MAX = 12

# Pause after a crash, doubled each time up to the maximum: a poison message must not spin.
CRASH_BACKOFF_S = 0.05
CRASH_BACKOFF_S_MAX = 2.0

# While the store is out, a room with listeners asks for its log this often. Its mail waits as long,
# and is to be refused within 2 s (faults.md 9).
RELOAD_PAUSE_S = 1.0

# A quarantined key is tried again after this; until then its callers get `unavailable`.
QUARANTINE_S = 30.0
QUARANTINED_MAX = 10_000

# A room nobody has touched for this long is put away: it costs nothing until it is touched.
IDLE_S = 60.0

# How often a node asks which of its rooms another process has taken over: one query for all rooms
# that somebody listens to, so that those listeners are a few seconds behind, not for ever.
FENCE_LOOK_S = 3.0

# Rooms one such query asks for: some 15 ms of PostgreSQL.
FENCE_LOOK_ROOMS_MAX = 5_000

# Actors awake at once in one process: each costs about 10 KiB.
ACTORS_MAX = 50_000

# Events a room keeps in memory for those who resume; older ones are read from the store.
ROOM_TAIL_EVENTS = 256

# cids a room remembers; older ones are found by the store's unique key.
ROOM_CIDS: Final = 1_024

# Texts of somebody just before a message, in which a number could be cut into pieces; more of them
# are hardly put together again.
PIECES_MAX = 4

# What a picture says of its size: no camera and no screen has more.
PICTURE_PIXELS_MAX = 32_768

# A voice message: longer is a file.
VOICE_S_MAX = 600.0

# A phone number, an address or a messenger's id.
CONTACT_CHARS_MAX = 100

# What a super-like may say before it is looked at; the policy allows less.
LINE_CHARS_MAX = 400

# What a reporter adds, before it is looked at; the policy allows less.
REPORT_CHARS_MAX = 2_000

# Silent matches that one transaction ends: each is some ms, and more follow in the next one.
SILENT_MATCHES_MAX = 100

# Reports that one round of the purge drops: some ms; an hour later it goes on.
REPORTS_PURGED_MAX = 500

# Who looks at somebody's data, from where and why: a name, a host, a sentence.
LOOK_CHARS_MAX = 200

# Matches whose reveals may wait; each is a handful of commands in its life.
REVEAL_MAILBOX_MAX = 64

# The name of a place that is sent.
LABEL_CHARS_MAX = 100

# One emoji with its joiners: the longest families of today have 25 to 35, most have 4 to 16.
REACTION_BYTES_MAX = 36

# Different reactions of one person on one message; their state is one small row.
REACTIONS_PER_PERSON_MAX = 5

# Messages whose reactions a room keeps in memory; others are read from the store when touched.
REACTED_MESSAGES_CACHED_MAX = 64

# One page of history or of a resume (protocol.md 3.2).
PAGE_EVENTS_MAX: Final = 200
PAGE_EVENTS_DEFAULT = 50

# Members of one room (domain.md: group rooms up to 1,000).
ROOM_MEMBERS_MAX = 1_000

# Steps of politeness (nice(2), to 19): where one machine runs all roles, a storm of REST calls or a
# job of the worker may wait a moment longer, and those who chat go first.
NICENESS_BEHIND_CHAT = 10

# faults.md 24: one pass of the event loop that lasts longer keeps everybody waiting for one.
LOOP_BLOCKED_S_MAX = 0.05

# --- the store ------------------------------------------------------------------------------

# Events in one commit: about 1 MB of bodies at the usual size, written in some 20 ms.
COMMIT_EVENTS_MAX = 4_096

# Rooms that may wait for the committer; more means that the store has stopped.
COMMIT_ROOMS_MAX = 50_000

# Connections to PostgreSQL of one process: two cores feed about four; the rest covers waiting.
POSTGRES_CONNECTIONS = 8

# Beside these, connections for the room log alone: calls that are stuck in the others do not stop
# the chat. One commits, the rest load rooms and read pages.
ROOM_LOG_CONNECTIONS = 4

# Calls that may wait for the bridge; a call is some ms, so this is seconds of work.
BRIDGE_CALLS_MAX = 4_096

# One call of the store, waiting for a connection included.
STORE_CALL_S_MAX = 5.0

# PostgreSQL ends a statement itself after this, so that a stuck one frees its connection.
STATEMENT_MS_MAX = 4_000

# Room keys kept unwrapped in memory, with their ciphers about 4 KB each.
ROOM_KEYS_CACHED_MAX = 20_000

# Unread messages of one room are counted up to this: a badge says no more than "many", and
# counting on would read the whole log of a busy room.
UNREAD_MESSAGES_MAX = 1_000

# A search looks for 2 to 100 characters: one says nothing, and no line is remembered longer.
SEARCH_CHARS_MIN = 2
SEARCH_CHARS_MAX = 100

# What is looked for as it was typed; folding makes it shorter or refuses it.
SEARCH_TYPED_CHARS_MAX = 400

# Messages one call of a search looks through: some 30 ms of PostgreSQL and 5 ms of this process
# (docs/adr/0011). Most people have fewer.
SEARCH_EVENTS_MAX = 8_192

# Messages one call opens to see whether they really say it: about 3 ms.
SEARCH_CANDIDATES_MAX = 256

# Rooms one search looks into, the most recently active ones.
SEARCH_ROOMS_MAX = 1_000

# Credits of one move: a hundred times the largest package of the catalogue.
CREDITS_PER_MOVE_MAX = 5_000

# A command's own name: the id of a like or of an order, with a word before it.
COMMAND_CHARS_MAX = 96

# The longest term of a plan is a year, and an operator may give ten at once.
PLAN_DAYS_MAX = 3_660

# Outbox rows handed out at once by the dispatcher.
OUTBOX_BATCH_MAX = 500

# Without a hint the dispatcher looks this often for rows that other processes wrote.
OUTBOX_POLL_S = 0.5

# --- REST -----------------------------------------------------------------------------------

# The largest body of a REST call: no text of the product is near it.
REQUEST_BYTES_MAX = 65_536

# Sign-ins that a process works at at once: each is some ten statements in two transactions. The
# others of a storm wait in their order, and what the rest of the process does waits for few.
SIGN_INS_AT_ONCE_MAX = 8

# A REST call is answered within this or with `unavailable`.
REQUEST_S_MAX = 10.0

# Rows of one page of a list.
LIST_PAGE_MAX = 100
LIST_PAGE_DEFAULT = 50

# Items of one read of an export, and bytes of one piece of its answer: with some hundred kilobytes
# in memory an archive of any length is written.
HELD_ITEMS_MAX = 100
EXPORT_CHUNK_BYTES = 65_536

# An Idempotency-Key is a UUID or the like.
IDEMPOTENCY_KEY_CHARS_MAX = 128

# Sealed names of a person and a place in a list are some 200 characters; looked at before opening.
ACCESS_TOKEN_CHARS_MAX = 512
CURSOR_CHARS_MAX = 512

# A device that was signed out elsewhere may act on for this long; most calls are then spared a
# look into PostgreSQL. An entry is about 500 bytes.
ACCOUNT_CACHED_S = 5.0
ACCOUNTS_CACHED_MAX = 20_000

# faults.md 70: a device that was signed out ends its sockets within 60 s, also where no notice
# came: three looks fit, so that one that fails costs nothing.
DEVICES_CHECKED_EVERY_S = 20.0
DEVICES_ASKED_MAX = 1_000  # at once: a few ms of PostgreSQL

# Hops of an `X-Forwarded-For` that are looked at, from the last one back.
FORWARDED_HOPS_MAX = 16

# Addresses and accounts whose rate of calls is remembered, about 300 bytes each, the newest stay.
RATE_BUCKETS_MAX = 50_000

# Readiness is asked for every few seconds; a store that needs longer than this is not ready.
READY_WITHIN_S = 2.0

# A body has to arrive within this; 64 KiB at the pace of a bad line.
REQUEST_BODY_WITHIN_S = 8.0

# A peer that takes nothing of an answer for this long is gone, or wants to hold us up.
ANSWER_READ_WITHIN_S = 30.0

# Seeding for tests and benches: a hundred thousand people take a minute or two.
SEED_USERS_MAX = 100_000
SEED_GROUPS_MAX = 10_000
SEED_S_MAX = 300.0

# A try that has sent nothing is made once more, half a second later; and the whole has an end.
TEXT_TRIES_MAX = 2
TEXT_RETRY_AFTER_S = 0.5
TEXT_S_MAX = 8.0
TEXT_ANSWER_BYTES_MAX = 65_536  # providers answer with some hundred
# Calls of that provider at once: a code takes about half a second there.
TEXT_CALLS_MAX = 20

# A graceful stop: connections are told, mail is finished, then whatever still runs is cancelled.
DRAIN_S = 20.0

# Clients told to move come back spread over this time, so that the next node is not stormed.
DRAIN_SPREAD_MS = 5_000

assert HANDSHAKES_PER_ADDRESS_MAX < HANDSHAKES_MAX
assert CID_CHARS_MAX < CLIENT_FRAME_BYTES_MAX
assert SEARCH_ROOMS_MAX < SEARCH_EVENTS_MAX
assert OUTBOX_EPHEMERAL_BYTES_MAX < OUTBOX_BYTES_MAX
assert STATEMENT_MS_MAX < STORE_CALL_S_MAX * 1000 < HANDLER_S_MAX * 1000
assert ROOM_TAIL_EVENTS >= PAGE_EVENTS_MAX
assert REQUEST_BODY_WITHIN_S < REQUEST_S_MAX < DRAIN_S
