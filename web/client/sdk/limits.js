// Every bound of the SDK in one place: nothing queues, waits or grows without a number written here.

export const SUBPROTOCOL = "glimpse.v1.json";

// Opening and hello together; the server itself waits 5 s for hello.
export const CONNECT_DEADLINE_MS = 10_000;
export const OP_DEADLINE_MS = 15_000;
export const REST_DEADLINE_MS = 15_000;
export const EXPORT_DEADLINE_MS = 300_000;
export const REST_TRIES_MAX = 3;

// A page cannot see the server's pings, so silence is broken by a probe of our own before it counts as death.
export const SILENCE_PROBE_MS = 30_000;
export const SILENCE_STALE_MS = 60_000;
// Silence this long without our own timer having run means the machine slept: the road is gone for certain.
export const SILENCE_SLEPT_MS = 150_000;

export const BACKOFF_BASE_MS = 500;
export const BACKOFF_MAX_MS = 30_000;
// A server may ask for patience, not for a day of it.
export const RETRY_AFTER_MAX_MS = 120_000;
// A connection that fell within this time did not succeed: the backoff goes on growing.
export const STABLE_AFTER_MS = 5_000;
export const REFRESH_EARLY_MS = 60_000;

export const OPS_IN_FLIGHT_MAX = 64;
export const OUTBOX_MAX = 200;
export const TEXT_CHARS_MAX = 1_000;

export const ROOMS_OPEN_MAX = 100;
export const ROOMS_RESUMED_AT_ONCE = 8;
export const OPEN_PAGE = 50;
export const RESUME_PAGE = 200;
// Past this many pages a fresh newest page is kinder than replaying a night of a busy room.
export const RESUME_PAGES_MAX = 10;
export const OPEN_TRIES_MAX = 5;
export const ROOM_EVENTS_MAX = 2_000;
export const PENDING_EVENTS_MAX = 256;

// The server shows typing for 5 s and takes 10 in 10 s.
export const TYPING_EVERY_MS = 3_000;
// An "off" that got lost must not leave somebody writing for ever.
export const TYPING_SHOWN_MS = 6_000;
export const READ_EVERY_MS = 1_000;
export const READ_RETRY_MS = 5_000;

// The server takes a message back within this time of its own clock.
export const DELETE_WITHIN_MS = 5 * 60_000;
// How far a jump to an old message follows the history back.
export const REACH_PAGE = 200;
export const REACH_PAGES_MAX = 10;
// Two digits of a degree are about a kilometre: near enough to meet, too coarse for a doorstep.
export const LOCATION_DIGITS = 2;
export const LOCATION_LABEL_CHARS_MAX = 60;
