// Time and chance as one object that is handed in, so that tests own both.

/** @typedef {{ now(): number, set(fn: () => void, ms: number): unknown, clear(id: unknown): void }} Clock */

/** @returns {Clock} */
export function systemClock() {
  return {
    now: () => Date.now(),
    set: (fn, ms) => globalThis.setTimeout(fn, ms),
    clear: (id) => globalThis.clearTimeout(id),
  };
}

/** A wait that somebody else may cut short; it resolves either way, because the waiter looks at the world again anyway. */
export function interruptibleWait(clock, ms) {
  let finish;
  const done = new Promise((resolve) => (finish = resolve));
  const timer = clock.set(finish, ms);
  return {
    done,
    interrupt() {
      clock.clear(timer);
      finish();
    },
  };
}

export function randomId() {
  const bytes = globalThis.crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
