// Who is writing where: heard from the server, ended by an "off", by a message, by silence or by a lost road.

import { TYPING_SHOWN_MS } from "./limits.js";

/** Events: `typing` {room, from, on}, only when something changed. */
export class Typing extends EventTarget {
  #timers = new Map();

  constructor({ clock }) {
    super();
    this.clock = clock;
  }

  /** The aliases that are writing in a room, in the order they began. */
  in(room) {
    return [...(this.#timers.get(room)?.keys() ?? [])];
  }

  hear({ room, from, on }) {
    if (!on) return this.end(room, from);
    const timers = this.#timers.get(room) ?? new Map();
    const news = !timers.has(from);
    this.clock.clear(timers.get(from));
    timers.set(from, this.clock.set(() => this.end(room, from), TYPING_SHOWN_MS));
    this.#timers.set(room, timers);
    if (news) this.#tell(room, from, true);
  }

  end(room, from) {
    const timers = this.#timers.get(room);
    if (!timers?.has(from)) return;
    this.clock.clear(timers.get(from));
    timers.delete(from);
    if (timers.size === 0) this.#timers.delete(room);
    this.#tell(room, from, false);
  }

  endAll() {
    for (const room of [...this.#timers.keys()]) for (const from of this.in(room)) this.end(room, from);
  }

  #tell(room, from, on) {
    this.dispatchEvent(new CustomEvent("typing", { detail: { room, from, on } }));
  }
}
