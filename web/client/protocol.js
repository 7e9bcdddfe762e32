// The SDK's public face: everything another client needs to speak glimpse.v1, without DOM and without a browser.

export { GlimpseClient } from "./sdk/client.js";
export { GlimpseError, isRetryable } from "./sdk/errors.js";
export { Rest } from "./sdk/rest.js";
export { Tokens } from "./sdk/tokens.js";
export { Link } from "./sdk/link.js";
export { Connection } from "./sdk/connection.js";
export { Outbox } from "./sdk/outbox.js";
export { RoomLog } from "./sdk/room-log.js";
export { REVEAL_STEPS, reveals, timeline } from "./sdk/timeline.js";
export { backoffMs, boundedRetryAfterMs } from "./sdk/backoff.js";
export * as limits from "./sdk/limits.js";
