// The open rooms of one client: opening, resuming by (epoch, seq), and noticing that something is missing.

import { retryDelayMs } from "./backoff.js";
import { interruptibleWait } from "./clock.js";
import { GlimpseError, isRetryable } from "./errors.js";
import {
  OPEN_PAGE, OPEN_TRIES_MAX, RESUME_PAGE, RESUME_PAGES_MAX, ROOMS_OPEN_MAX, ROOMS_RESUMED_AT_ONCE,
} from "./limits.js";
import { RoomLog } from "./room-log.js";

/**
 * Events: `changed` {room, log, fresh: EVENT[], replaced}, `gone` {room, code}.
 * `replaced` says that everything held before was dropped.
 */
export class Rooms extends EventTarget {
  #logs = new Map();
  #filling = new Map();

  constructor({ op, clock, random }) {
    super();
    Object.assign(this, { op, clock, random });
  }

  get(room) {
    return this.#logs.get(room);
  }

  /** Opens a room, or brings an open one up to date; resolves with its log. */
  async open(room, { limit = OPEN_PAGE } = {}) {
    if (!this.#logs.has(room)) {
      if (this.#logs.size >= ROOMS_OPEN_MAX) throw new GlimpseError("busy", "too many rooms open");
      this.#logs.set(room, new RoomLog(room));
    }
    await this.#fill(room, limit);
    return this.#logs.get(room);
  }

  async close(room) {
    if (!this.#logs.delete(room)) return;
    // A room that one is not in any more is closed already.
    await this.op("room.close", { room }).catch((error) => {
      if (error.code !== "not_found") throw error;
    });
  }

  /** After a reconnect: every room again, a few at a time; resolves with whether each is up to date or gone. */
  async resumeAll() {
    const rooms = [...this.#logs.keys()];
    let complete = true;
    const worker = async () => {
      for (let room = rooms.shift(); room !== undefined; room = rooms.shift()) {
        await this.#fill(room, OPEN_PAGE).catch(() => (complete &&= !this.#logs.has(room)));
      }
    };
    await Promise.all(Array.from({ length: ROOMS_RESUMED_AT_ONCE }, worker));
    return complete;
  }

  /** The connection fell: what it was filling is started anew by the next one. */
  interrupt() {
    this.#filling.clear();
    for (const log of this.#logs.values()) log.forgetPending();
  }

  clear() {
    this.interrupt();
    this.#logs.clear();
  }

  /** One live durable event. */
  take(event) {
    const log = this.#logs.get(event.room);
    if (!log) return;
    const filling = this.#filling.get(event.room);
    if (filling) {
      // The reply on its way may or may not hold this one: kept aside until it is here.
      if (!log.hold(event)) filling.again = true;
      return;
    }
    const verdict = log.take(event);
    if (verdict === "new") this.#tell(log, [event], false);
    else if (verdict !== "duplicate") {
      log.hold(event);
      this.#fill(event.room, OPEN_PAGE, verdict === "epoch").catch(() => {});
    }
  }

  /** The cheapest question that proves both the road and the tail of a room: is there anything after what I hold? */
  probe() {
    const log = [...this.#logs.values()].find((held) => held.position && !this.#filling.has(held.room));
    if (!log) return false;
    this.#fill(log.room, OPEN_PAGE).catch(() => {});
    return true;
  }

  #fill(room, limit, afresh = false) {
    const running = this.#filling.get(room);
    if (running) return running.done;
    const filling = { again: false, done: null };
    this.#filling.set(room, filling);
    filling.done = this.#fillPages(room, limit, afresh, filling).finally(() => {
      if (this.#filling.get(room) === filling) this.#filling.delete(room);
    });
    return filling.done;
  }

  async #fillPages(room, limit, afresh, filling) {
    const log = this.#logs.get(room);
    const fresh = [];
    let replaced = false;
    let after = afresh ? undefined : log.position;
    for (let page = 1; ; page += 1) {
      const reply = await this.#ask(room, after, after ? RESUME_PAGE : limit);
      // Another connection, or a closed room, has taken over meanwhile: this answer is nobody's.
      if (this.#filling.get(room) !== filling || this.#logs.get(room) !== log) return;
      if (after && reply.recovered && reply.epoch === log.epoch) {
        fresh.push(...log.extend(reply));
      } else {
        replaced = true;
        fresh.length = 0;
        log.replaceWith(reply);
      }
      // A page that does not reach where it says the room is: ask on, and start afresh where asking brings nothing.
      const short = after && !reply.more && reply.seq > log.lastSeq;
      const stuck = short && reply.events.length === 0;
      if (after && (reply.more || short)) {
        after = page < RESUME_PAGES_MAX && !stuck ? log.position : undefined;
        continue;
      }
      const held = log.release();
      fresh.push(...held.fresh);
      if (!(filling.again || held.missing) || page > RESUME_PAGES_MAX) break;
      filling.again = false;
      after = log.position;
    }
    this.#filling.delete(room);
    if (replaced || fresh.length > 0) this.#tell(log, fresh, replaced);
  }

  async #ask(room, after, limit) {
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.op("room.open", after ? { room, after, limit } : { room, limit });
      } catch (error) {
        if (error.code === "not_found" || error.code === "forbidden") {
          this.#lose(room, error.code);
        }
        const worthAnother = isRetryable(error) && error.code !== "offline" && error.code !== "timeout";
        if (!worthAnother || attempt + 1 >= OPEN_TRIES_MAX) throw error;
        await interruptibleWait(this.clock, retryDelayMs(error, attempt, this.random)).done;
      }
    }
  }

  #tell(log, fresh, replaced) {
    this.dispatchEvent(new CustomEvent("changed", { detail: { room: log.room, log, fresh, replaced } }));
    // Nothing comes after one's own leaving, whether one went or was put out.
    if (fresh.some(({ ev, from }) => ev === "room.left" && from === log.me)) this.#lose(log.room, "not_found");
  }

  #lose(room, code) {
    this.#logs.delete(room);
    this.dispatchEvent(new CustomEvent("gone", { detail: { room, code } }));
  }
}
