// How long to wait before trying again: exponential with full jitter, so that a crowd cut at once does not come back at once.

import { BACKOFF_BASE_MS, BACKOFF_MAX_MS, RETRY_AFTER_MAX_MS } from "./limits.js";

/** Full jitter: anywhere between nothing and the doubled, bounded ceiling. */
export function backoffMs(attempt, random) {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempt, 16));
  return Math.floor(random() * ceiling);
}

/** The server's wish is honoured as it is (it is jittered there), within reason. */
export function boundedRetryAfterMs(wishMs) {
  if (!Number.isFinite(wishMs) || wishMs < 0) return 0;
  return Math.min(wishMs, RETRY_AFTER_MAX_MS);
}

/** The wait before a retry of something refused with `error`. */
export function retryDelayMs(error, attempt, random) {
  const wish = error.retryAfterMs;
  return wish === null || wish === undefined ? backoffMs(attempt, random) : boundedRetryAfterMs(wish);
}
