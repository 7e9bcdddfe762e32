// What the page knows: rooms with their last line and unread count, my groups; kept true by the client's events.

import { MATCH_STEP } from "./glass.js";
import { OPEN_MODEL_ROOMS, pages } from "./paging.js";
import { REVEAL_STEPS, reveals } from "./protocol.js";

const STEPS = "glimpse.steps";

/** Events: `rooms` (the list changed), `room` {room} (one changed), `me`, `likes` {group}. */
export class Model extends EventTarget {
  config = null;
  me = null;
  rooms = new Map();
  groups = new Map();
  bands = new Map();
  roomsLoaded = false;
  #loading = null;
  #again = false;

  constructor(client, storage) {
    super();
    Object.assign(this, { client, storage });
    client.addEventListener("ready", (event) => this.#onReady(event.detail.hello));
    client.addEventListener("room", (event) => this.#onRoom(event.detail));
    client.addEventListener("room-gone", (event) => this.#drop(event.detail.room));
    client.addEventListener("read", (event) => this.#onRead(event.detail));
    client.addEventListener("presence", (event) => this.#emit("room", { room: event.detail.room }));
    client.addEventListener("match", (event) => this.#onMatch(event.detail));
    client.addEventListener("match-ended", (event) => this.#close(event.detail.room));
    client.addEventListener("likes", ({ detail }) => {
      this.bands.set(detail.group, detail.count_band);
      this.#emit("likes", { group: detail.group });
    });
  }

  forget() {
    this.rooms.clear();
    this.groups.clear();
    this.bands.clear();
    this.me = null;
    this.roomsLoaded = false;
    this.storage.removeItem(STEPS);
  }

  async loadMe() {
    this.me = await this.client.rest.me();
    this.#emit("me");
    return this.me;
  }

  keepGroups(groups) {
    for (const group of groups) this.groups.set(group.group, group);
  }

  async group(id) {
    const group = await this.client.rest.group(id);
    this.groups.set(id, group);
    return group;
  }

  /** However often it is asked for, one load runs at a time, and one more after it if the world moved meanwhile. */
  loadRooms() {
    if (this.#loading) {
      this.#again = true;
      return this.#loading;
    }
    this.#loading = this.#loadRooms().finally(() => {
      this.#loading = null;
      if (this.#again) {
        this.#again = false;
        this.loadRooms().catch(() => {});
      }
    });
    return this.#loading;
  }

  async #loadRooms() {
    const items = await pages((cursor) => this.client.rest.rooms({ limit: 50, cursor }), OPEN_MODEL_ROOMS);
    const next = new Map();
    for (const item of items) {
      const held = this.rooms.get(item.room);
      const read = Math.max(held?.read ?? 0, item.read ?? 0, ownMark(this.client.rooms.get(item.room)));
      next.set(item.room, { ...item, ...this.#sum(item, read), read, step: Math.max(held?.step ?? this.#storedSteps()[item.room] ?? MATCH_STEP, stepOf(item.revealed ?? [])) });
    }
    this.rooms = next;
    this.roomsLoaded = true;
    this.#emit("rooms");
    for (const item of items) {
      if (!item.closed && !this.client.rooms.get(item.room)) this.client.openRoom(item.room, { limit: 1 }).catch(() => {});
    }
    this.#nameGroups(items).catch(() => {});
  }

  /** An answer was written before it came: what was read or said here meanwhile is counted in, and what is not sure is asked again. */
  #sum(item, read) {
    const log = this.client.rooms.get(item.room);
    const counted = Math.max(item.seq, log?.lastSeq ?? 0);
    const exact = log?.lastSeq >= item.seq ? log.unreadAfter(read) : null;
    if (exact !== null) return { unread: exact, counted };
    const since = log?.events.filter(({ seq }) => seq > item.seq) ?? [];
    const more = since.filter(({ ev, from, seq }) => ev === "msg.new" && from !== log.me && seq > read).length;
    this.#again ||= since.some(({ ev }) => ev === "msg.deleted");
    return { unread: (read < item.seq ? item.unread : 0) + more, counted };
  }

  async #nameGroups(items) {
    const unknown = new Set(items.map((item) => item.group).filter((group) => group && !this.groups.has(group)));
    for (const group of unknown) await this.group(group).catch(() => {});
    if (unknown.size > 0) this.#emit("rooms");
  }

  get sortedRooms() {
    const when = (room) => room.last?.at ?? room.at ?? Infinity;
    return [...this.rooms.values()].sort((a, b) => Number(a.closed) - Number(b.closed) || when(b) - when(a));
  }

  get unread() {
    let sum = 0;
    for (const room of this.rooms.values()) sum += room.unread ?? 0;
    return sum;
  }

  peerOf(room) {
    const summary = this.rooms.get(room);
    return summary?.members?.find((member) => member.alias !== summary.me);
  }

  /** How clear the glass is in a room. */
  stepIn(room) {
    return this.rooms.get(room)?.step ?? MATCH_STEP;
  }

  /** The person has the end of the room before their eyes. */
  seen(room, seq) {
    const summary = this.rooms.get(room);
    this.client.read(room, seq);
    if (!summary) return;
    summary.read = Math.max(summary.read ?? 0, seq);
    if (!summary.unread) return;
    summary.unread = 0;
    this.#emit("rooms");
  }

  /** The event says enough for a row; the server's list completes it. */
  #onMatch({ room, match, group, peer, at }) {
    if (!this.rooms.has(room)) {
      this.rooms.set(room, {
        room, match, group, kind: "match", me: null, members: [peer], epoch: null,
        at, last: null, unread: 0, read: 0, counted: 0, step: MATCH_STEP, closed: false,
      });
      this.#emit("rooms");
      this.client.openRoom(room).catch(() => {});
    }
    this.loadRooms().catch(() => {});
  }

  #onReady(hello) {
    const missed = (hello.rooms ?? []).some(({ room }) => !this.rooms.has(room));
    if (missed || !this.roomsLoaded) this.loadRooms().catch(() => {});
    // What another device has read meanwhile is read here as well.
    for (const { room, read } of hello.rooms ?? []) this.#readByMe(room, read ?? 0);
  }

  #onRoom({ room, log, fresh }) {
    const summary = this.rooms.get(room);
    if (!summary) return;
    summary.me ??= log.me;
    summary.epoch = log.epoch;
    if (fresh.some((event) => event.ev === "room.closed")) summary.closed = true;
    const deleted = new Set(log.events.filter((event) => event.ev === "msg.deleted").map((event) => event.target));
    const last = log.events.findLast((event) => event.ev === "msg.new");
    if (last) summary.last = deleted.has(last.seq) ? { ...last, deleted: true, body: null } : last;
    this.#clear(summary, stepOf([...reveals(log.events).done.keys()]));
    this.#readByMe(room, ownMark(log));
    this.#count(summary, log);
    this.#emit("room", { room });
    this.#emit("rooms");
  }

  /** The glass never clouds again: what was seen to be clear stays so, also where the step lies further back than what is held. */
  #clear(summary, step) {
    if (step <= summary.step) return;
    summary.step = step;
    try {
      this.storage.setItem(STEPS, JSON.stringify({ ...this.#storedSteps(), [summary.room]: step }));
    } catch {
      // Without a storage it clears again as soon as the history is read.
    }
  }

  #storedSteps() {
    try {
      return JSON.parse(this.storage.getItem(STEPS) ?? "{}");
    } catch {
      return {};
    }
  }

  /** The unread by what is held; where that does not reach back to the mark, what came is added and the rest is the server's to know. */
  #count(summary, log) {
    const news = log.events.filter((event) => event.seq > summary.counted);
    const missed = (log.events[0]?.seq ?? log.lastSeq + 1) > summary.counted + 1;
    summary.counted = Math.max(summary.counted, log.lastSeq);
    const exact = log.unreadAfter(summary.read ?? 0);
    if (exact !== null) {
      summary.unread = exact;
      return;
    }
    summary.unread = (summary.unread ?? 0) + news.filter((event) => event.ev === "msg.new" && event.from !== log.me && event.seq > (summary.read ?? 0)).length;
    if (missed || news.some((event) => event.ev === "msg.deleted")) this.loadRooms().catch(() => {});
  }

  #onRead({ room, from, seq }) {
    const summary = this.rooms.get(room);
    if (summary?.me === from) this.#readByMe(room, seq);
    this.#emit("room", { room });
  }

  #readByMe(room, seq) {
    const summary = this.rooms.get(room);
    if (!summary || seq <= (summary.read ?? 0)) return;
    summary.read = seq;
    const exact = seq >= summary.counted ? 0 : this.client.rooms.get(room)?.unreadAfter(seq) ?? null;
    if (exact === null) this.loadRooms().catch(() => {});
    else summary.unread = exact;
    this.#emit("rooms");
  }

  #close(room) {
    const summary = this.rooms.get(room);
    if (summary) summary.closed = true;
    this.#emit("room", { room });
    this.#emit("rooms");
  }

  #drop(room) {
    if (this.rooms.delete(room)) this.#emit("rooms");
  }

  #emit(type, detail = {}) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}

/** How far oneself has read, as the room said it. */
function ownMark(log) {
  return log?.member(log.me)?.read ?? 0;
}

/** Every step that both have taken clears the glass once more; the nickname came with the match. */
function stepOf(steps) {
  return MATCH_STEP + steps.filter((step) => step !== REVEAL_STEPS[0] && REVEAL_STEPS.includes(step)).length;
}
