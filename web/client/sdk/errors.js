// The one error of the SDK: a stable `code` to act on, whether it came from REST, from an op or from the road between.

// Local codes, never sent by a server: the request did not arrive, its answer did not arrive in time, too much is waiting, nobody is signed in.
export const OFFLINE = "offline";
export const TIMEOUT = "timeout";
export const FULL = "outbox_full";
export const SIGNED_OUT = "signed_out";

const RETRYABLE = new Set(["busy", "unavailable", "rate_limited", OFFLINE, TIMEOUT]);

export class GlimpseError extends Error {
  constructor(code, message = code, { status = 0, retryAfterMs = null, feature = null } = {}) {
    super(message);
    this.name = "GlimpseError";
    this.code = code;
    this.status = status;
    this.retryAfterMs = retryAfterMs;
    // Of `too_specific`: what is rare.
    this.feature = feature;
  }

  static fromReply(reply) {
    return new GlimpseError(reply.code ?? "bad_request", reply.message, { retryAfterMs: reply.retry_after_ms ?? null });
  }

  static fromProblem(status, problem) {
    // A proxy on the way answers without a problem document; its status still says whether trying again is sensible.
    const guessed = status === 429 ? "rate_limited" : status >= 500 ? "unavailable" : status === 401 ? "unauthenticated" : "bad_request";
    return new GlimpseError(problem?.code ?? guessed, problem?.detail ?? problem?.title ?? guessed, {
      status,
      retryAfterMs: problem?.retry_after_ms ?? null,
      feature: problem?.feature ?? null,
    });
  }
}

/** True where the same request, with the same cid or key, may simply be made again. */
export function isRetryable(error) {
  return error instanceof GlimpseError && RETRYABLE.has(error.code);
}
