// One WebSocket from its opening to its end: hello, ops matched to replies by `re`, silence noticed by its own clock.

import { GlimpseError, OFFLINE, TIMEOUT } from "./errors.js";
import {
  CONNECT_DEADLINE_MS, OP_DEADLINE_MS, OPS_IN_FLIGHT_MAX, SILENCE_PROBE_MS, SILENCE_SLEPT_MS,
  SILENCE_STALE_MS, SUBPROTOCOL,
} from "./limits.js";

// Our own name for an end that no close frame announced.
export const LOST = 0;

export class Connection {
  #socket = null;
  #waiting = new Map();
  #nextRef = 1;
  #closed = false;
  #heardAt = 0;
  #watch = null;
  #probed = false;

  /** `onEvent(frame)`, `onClose(code)` exactly once, `probe()` is called when it has been quiet for long. */
  constructor({ WebSocket, url, clock, onEvent, onClose, probe = () => {} }) {
    Object.assign(this, { WebSocket, url, clock, onEvent, onClose, probe });
  }

  /** Opens and says hello; the promise is the hello reply. */
  async open(token) {
    const deadline = this.clock.set(() => this.#end(LOST), CONNECT_DEADLINE_MS);
    try {
      await this.#opened();
      const hello = await this.op("hello", { token });
      this.#heardAt = this.clock.now();
      this.#listen();
      return hello;
    } finally {
      this.clock.clear(deadline);
    }
  }

  #opened() {
    return new Promise((resolve, reject) => {
      this.#waiting.set("opening", { resolve, reject, timer: null });
      try {
        this.#socket = new this.WebSocket(this.url, [SUBPROTOCOL]);
      } catch (error) {
        this.#end(LOST);
        return;
      }
      this.#socket.onopen = () => this.#settle("opening", (entry) => entry.resolve());
      this.#socket.onmessage = (message) => this.#heard(message.data);
      this.#socket.onclose = (event) => this.#end(event?.code ?? LOST);
      // An error is always followed by a close, which carries all there is to know.
      this.#socket.onerror = () => {};
    });
  }

  /** Sends an op and waits for its reply; the caller hears of a refusal, a lost road or a deadline as an error. */
  op(name, fields = {}) {
    if (this.#closed) return Promise.reject(new GlimpseError(OFFLINE));
    if (this.#waiting.size >= OPS_IN_FLIGHT_MAX) return Promise.reject(new GlimpseError("busy", "too many ops in flight"));
    const ref = this.#nextRef++;
    return new Promise((resolve, reject) => {
      const timer = this.clock.set(
        () => this.#settle(ref, (entry) => entry.reject(new GlimpseError(TIMEOUT))),
        OP_DEADLINE_MS,
      );
      this.#waiting.set(ref, { resolve, reject, timer });
      this.#socket.send(JSON.stringify({ op: name, id: ref, ...fields }));
    });
  }

  /** For what may be lost without harm, such as typing: no id, hence no reply. */
  tell(name, fields = {}) {
    if (!this.#closed) this.#socket.send(JSON.stringify({ op: name, ...fields }));
  }

  close(code = 1000) {
    this.#end(code);
  }

  #heard(data) {
    if (this.#closed) return;
    this.#heardAt = this.clock.now();
    this.#probed = false;
    let frame;
    try {
      frame = JSON.parse(data);
    } catch {
      return;
    }
    if (frame === null || typeof frame !== "object") return;
    if (frame.re !== undefined) {
      this.#settle(frame.re, (entry) => (frame.ok ? entry.resolve(frame) : entry.reject(GlimpseError.fromReply(frame))));
    } else if (typeof frame.ev === "string") {
      this.onEvent(frame);
    }
  }

  #settle(ref, how) {
    const entry = this.#waiting.get(ref);
    if (!entry) return;
    this.#waiting.delete(ref);
    this.clock.clear(entry.timer);
    how(entry);
  }

  #listen() {
    if (this.#closed) return;
    const dueMs = (this.#probed ? SILENCE_STALE_MS : SILENCE_PROBE_MS) - (this.clock.now() - this.#heardAt);
    this.#watch = this.clock.set(() => this.#listened(), Math.max(dueMs, 0));
  }

  #listened() {
    const quietMs = this.clock.now() - this.#heardAt;
    // A page in the background has its timers slowed: only an unanswered probe, or sleep, proves anything.
    if ((this.#probed && quietMs >= SILENCE_STALE_MS) || quietMs >= SILENCE_SLEPT_MS) return this.#end(LOST);
    if (!this.#probed && quietMs >= SILENCE_PROBE_MS) {
      this.#probed = true;
      this.probe();
      this.#watch = this.clock.set(() => this.#listened(), SILENCE_STALE_MS - SILENCE_PROBE_MS);
      return;
    }
    this.#listen();
  }

  #end(code) {
    if (this.#closed) return;
    this.#closed = true;
    this.clock.clear(this.#watch);
    const socket = this.#socket;
    if (socket) {
      // On a dead road the browser may report the close minutes later; we have already moved on by then.
      socket.onopen = socket.onmessage = socket.onclose = null;
      try {
        socket.close(1000);
      } catch {
        // Already closed: nothing is left to do.
      }
    }
    for (const ref of [...this.#waiting.keys()]) this.#settle(ref, (entry) => entry.reject(new GlimpseError(OFFLINE)));
    this.onClose(code);
  }
}
