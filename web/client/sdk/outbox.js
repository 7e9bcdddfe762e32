// What was written but is not known to be kept: stored before it is sent, sent again by the same cid until it is acknowledged.

import { retryDelayMs } from "./backoff.js";
import { interruptibleWait } from "./clock.js";
import { FULL, GlimpseError, OFFLINE, isRetryable } from "./errors.js";
import { OUTBOX_MAX } from "./limits.js";

const KEY = "glimpse.outbox";

/**
 * Events: `change` {room}; `refused` {room, op, fields, code}.
 * Entries: {cid, room, kind, body, reply_to?, at, state: "waiting"|"failed", code?}, and beside the messages what is asked
 * of kept ones: {cid, room, op: "msg.delete"|"msg.react", fields, at, state}. One entry of a room is under way at a time:
 * order is worth more here than speed.
 */
export class Outbox extends EventTarget {
  #entries;
  #open = false;
  #pumping = new Set();
  #waits = new Map();
  #underWay = new Map();

  /** `send(entry)` resolves with the op's reply; `onKept(entry, reply)` hears of every acknowledgement by reply. */
  constructor({ storage, clock, random, newId, send, onKept }) {
    super();
    Object.assign(this, { storage, clock, random, newId, send, onKept });
    this.#entries = this.#stored();
  }

  entries(room) {
    return this.#entries.filter((entry) => entry.room === room && !entry.op);
  }

  /** What is asked of messages that are kept, and is not known to be done. */
  asked(room) {
    return this.#entries.filter((entry) => entry.room === room && entry.op);
  }

  add({ cid = this.newId(), room, kind = "text", body, reply_to }) {
    if (this.#entries.length >= OUTBOX_MAX) throw new GlimpseError(FULL);
    return this.#take({ cid, room, kind, body, ...(reply_to ? { reply_to } : {}), at: this.clock.now(), state: "waiting" });
  }

  /** Asks for something that may be asked twice without harm. Of two wishes about one thing the later one counts. */
  ask({ room, op, fields }) {
    const about = ({ seq, emoji }) => `${seq} ${emoji ?? ""}`;
    const older = this.asked(room).find((held) => held.op === op && held.cid !== this.#underWay.get(room) && about(held.fields) === about(fields));
    if (older) this.#drop(older);
    if (this.#entries.length >= OUTBOX_MAX) throw new GlimpseError(FULL);
    return this.#take({ cid: this.newId(), room, op, fields, at: this.clock.now(), state: "waiting" });
  }

  #take(entry) {
    this.#entries.push(entry);
    this.#store({ put: entry });
    this.#changed(entry.room);
    this.#pump(entry.room);
    return entry;
  }

  /** The message is in the room's log, whoever said so: nothing is left to send. */
  acknowledge(cid) {
    const entry = this.#entries.find((held) => held.cid === cid);
    if (!entry) return;
    this.#remove(entry);
  }

  retry(cid) {
    const entry = this.#entries.find((held) => held.cid === cid && held.state === "failed");
    if (!entry) return;
    // The old cid stands for another body on the server: this one needs a name of its own.
    if (entry.code === "cid_conflict") entry.cid = this.newId();
    entry.state = "waiting";
    delete entry.code;
    this.#store({ put: entry, drop: cid });
    this.#changed(entry.room);
    this.#pump(entry.room);
  }

  discard(cid) {
    const entry = this.#entries.find((held) => held.cid === cid && held.state === "failed");
    if (entry) this.#remove(entry);
  }

  /** Called when rooms are caught up: what arrived before the cut is acknowledged by then and not sent twice. */
  resume() {
    this.#open = true;
    for (const room of new Set(this.#entries.map((entry) => entry.room))) this.#pump(room);
  }

  pause() {
    this.#open = false;
    for (const wait of this.#waits.values()) wait.interrupt();
  }

  clear() {
    this.#entries = [];
    this.storage.removeItem(KEY);
  }

  async #pump(room) {
    if (this.#pumping.has(room)) return;
    this.#pumping.add(room);
    try {
      for (let tries = 0; this.#open; ) {
        const entry = this.#entries.find((held) => held.room === room && held.state === "waiting");
        if (!entry) return;
        const error = await this.#deliver(entry);
        if (error === null) {
          tries = 0;
        } else if (this.#open) {
          await this.#sitOut(room, retryDelayMs(error, tries, this.random));
          tries += 1;
        }
      }
    } finally {
      this.#pumping.delete(room);
    }
    // The pause may have ended while this pump was on its way out.
    if (this.#open) this.#pump(room);
  }

  /** Returns the error to wait out, or null where the entry is settled one way or the other. */
  async #deliver(entry) {
    this.#underWay.set(entry.room, entry.cid);
    try {
      const reply = await this.send(entry);
      this.onKept(entry, reply);
      this.acknowledge(entry.cid);
      return null;
    } catch (error) {
      // An expired session is the connection's matter: it comes back with a fresh token and this is sent again.
      if (isRetryable(error) || error.code === "unauthenticated" || error.code === OFFLINE) return error;
      this.#refuse(entry, error.code ?? "unavailable");
      return null;
    } finally {
      this.#underWay.delete(entry.room);
    }
  }

  async #sitOut(room, ms) {
    const wait = interruptibleWait(this.clock, ms);
    this.#waits.set(room, wait);
    await wait.done;
    this.#waits.delete(room);
  }

  /** A refused message stays to be sent again or let go; a refused wish is only told: the room shows how things are. */
  #refuse(entry, code) {
    if (entry.op) {
      this.#remove(entry);
      this.dispatchEvent(new CustomEvent("refused", { detail: { room: entry.room, op: entry.op, fields: entry.fields, code } }));
      return;
    }
    entry.state = "failed";
    entry.code = code;
    this.#store({ put: entry });
    this.#changed(entry.room);
  }

  #remove(entry) {
    this.#drop(entry);
    this.#changed(entry.room);
  }

  #drop(entry) {
    this.#entries = this.#entries.filter((held) => held !== entry);
    this.#store({ drop: entry.cid });
  }

  #changed(room) {
    this.dispatchEvent(new CustomEvent("change", { detail: { room } }));
  }

  #stored() {
    try {
      const held = JSON.parse(this.storage.getItem(KEY) ?? "[]");
      return Array.isArray(held) ? held.slice(-OUTBOX_MAX) : [];
    } catch {
      return [];
    }
  }

  // Read, change one, write: another tab's unsent messages live under the same key.
  #store({ put = null, drop = put.cid }) {
    const stored = this.#stored();
    const at = stored.findIndex((held) => held.cid === drop);
    if (at >= 0) stored.splice(at, 1, ...(put ? [put] : []));
    else if (put) stored.push(put);
    try {
      this.storage.setItem(KEY, JSON.stringify(stored));
    } catch {
      // A full or forbidden storage costs the safety across a reload, not the message.
    }
  }
}
