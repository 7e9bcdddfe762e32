// One room's history as this client holds it: an unbroken run of seq within one epoch, or nothing.

import { PENDING_EVENTS_MAX, ROOM_EVENTS_MAX } from "./limits.js";

export class RoomLog {
  epoch = null;
  events = [];
  members = [];
  // Of everybody who was here as far as is known: who has left is still called by their name.
  names = new Map();
  me = null;
  // Nothing older than what is held can be asked for.
  reachedStart = false;
  #pending = new Map();

  constructor(room) {
    this.room = room;
  }

  get lastSeq() {
    return this.#top;
  }

  #top = 0;

  /** What a resume asks from, or undefined where there is nothing to resume. */
  get position() {
    return this.epoch === null ? undefined : { epoch: this.epoch, seq: this.#top };
  }

  /** Takes the newest page: everything held before is no longer known to be true. */
  replaceWith({ epoch, seq, members, me, events }) {
    this.epoch = epoch;
    this.events = [...events];
    this.#top = Math.max(seq ?? 0, events.at(-1)?.seq ?? 0);
    this.#meet(members, me);
    this.reachedStart = events.length === 0 ? this.#top === 0 : events[0].seq <= 1;
  }

  /** Takes a resumed page (exactly what came after the position); returns what was new. */
  extend({ members, me, events }) {
    this.#meet(members, me);
    return events.filter((event) => this.#append(event));
  }

  /** What is held of the live stream until a resume has filled the gap before it; false when the hold is full. */
  hold(event) {
    if (this.#pending.size >= PENDING_EVENTS_MAX) return false;
    this.#pending.set(event.seq, event);
    return true;
  }

  /** Lets go of what was held, as far as it joins on; returns what was new, and whether something is still missing. */
  release() {
    const held = [...this.#pending.values()].filter((event) => event.epoch === this.epoch).sort((a, b) => a.seq - b.seq);
    const fresh = held.filter((event) => this.#append(event));
    const beyond = held.filter((event) => event.seq > this.#top);
    this.#pending = new Map(beyond.map((event) => [event.seq, event]));
    return { fresh, missing: beyond.length > 0 };
  }

  forgetPending() {
    this.#pending.clear();
  }

  /** Judges one live event: `new` (taken), `duplicate`, `gap` or `epoch` (neither taken: resume first). */
  take(event) {
    if (this.epoch === null || event.epoch !== this.epoch) return "epoch";
    if (event.seq <= this.#top) return "duplicate";
    if (event.seq > this.#top + 1) return "gap";
    this.#append(event);
    return "new";
  }

  /** Puts an older page before what is held. */
  prepend({ epoch, items, more }) {
    if (epoch !== this.epoch) return false;
    const first = this.events[0]?.seq ?? Infinity;
    this.events.unshift(...items.filter((event) => event.seq < first && event.seq <= this.#top));
    this.reachedStart = !more;
    return true;
  }

  #append(event) {
    if (event.seq !== this.#top + 1) return false;
    this.events.push(event);
    this.#top = event.seq;
    this.#comeAndGo(event);
    if (this.events.length > ROOM_EVENTS_MAX) {
      this.events.splice(0, this.events.length - ROOM_EVENTS_MAX);
      this.reachedStart = false;
    }
    return true;
  }

  // Who is in the room follows from its own events; the next opening says it again in full.
  #comeAndGo({ ev, from, nickname }) {
    if (from === undefined) return;
    if (ev === "room.joined") this.names.set(from, nickname);
    if (ev === "room.joined" && !this.member(from)) this.members = [...this.members, { alias: from, nickname }];
    if (ev === "room.left") this.members = this.members.filter((member) => member.alias !== from);
  }

  #meet(members, me) {
    if (members) this.members = members;
    for (const { alias, nickname } of members ?? []) this.names.set(alias, nickname);
    if (me) this.me = me;
  }

  member(alias) {
    return this.members.find((member) => member.alias === alias);
  }

  /** What is said of a member in passing: `read` only ever moves on, `online` is what was heard last. */
  hear({ ev, from, seq, online }) {
    const member = this.member(from);
    if (!member) return false;
    if (ev === "read") member.read = Math.max(member.read ?? 0, seq);
    else if (ev === "presence") member.online = online === true;
    return true;
  }

  /** How many messages of others come after `seq`, or null where what is held does not reach back that far. */
  unreadAfter(seq) {
    const covered = this.reachedStart || (this.events[0]?.seq ?? this.#top + 1) <= seq + 1;
    if (this.epoch === null || !covered) return null;
    const unread = new Set();
    for (const event of this.events) {
      if (event.ev === "msg.new" && event.seq > seq && event.from !== this.me && event.deleted !== true) unread.add(event.seq);
      else if (event.ev === "msg.deleted") unread.delete(event.target);
    }
    return unread.size;
  }
}
