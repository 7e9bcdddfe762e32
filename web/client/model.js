// What the page knows: rooms with their last line and unread count, my groups, likes left; kept true by the client's events.

import { OPEN_MODEL_ROOMS, pages } from "./paging.js";

/** Events: `rooms` (the list changed), `room` {room} (one changed), `me`, `likes` {group}. */
export class Model extends EventTarget {
  config = null;
  me = null;
  likesLeft = null;
  rooms = new Map();
  groups = new Map();
  bands = new Map();
  roomsLoaded = false;
  #loading = null;
  #again = false;

  constructor(client) {
    super();
    this.client = client;
    client.addEventListener("ready", (event) => this.#onReady(event.detail.hello));
    client.addEventListener("room", (event) => this.#onRoom(event.detail));
    client.addEventListener("room-gone", (event) => this.#drop(event.detail.room));
    client.addEventListener("read", (event) => this.#onRead(event.detail));
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
    this.likesLeft = null;
    this.roomsLoaded = false;
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
      const known = Math.max(0, ...(item.members ?? []).filter((member) => member.alias !== item.me).map((member) => member.read ?? 0));
      next.set(item.room, { ...item, peerRead: Math.max(held?.peerRead ?? 0, known), counted: item.seq });
    }
    this.rooms = next;
    this.roomsLoaded = true;
    this.#emit("rooms");
    for (const item of items) {
      if (!item.closed && !this.client.rooms.get(item.room)) this.client.openRoom(item.room, { limit: 1 }).catch(() => {});
    }
    this.#nameGroups(items).catch(() => {});
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

  /** The person has the end of the room before their eyes. */
  seen(room, seq) {
    const summary = this.rooms.get(room);
    this.client.read(room, seq);
    if (!summary || !summary.unread) return;
    summary.unread = 0;
    this.#emit("rooms");
  }

  noteLike({ left_today: left }) {
    if (Number.isInteger(left)) this.likesLeft = left;
  }

  /** The event says enough for a row; the server's list completes it. */
  #onMatch({ room, match, group, peer, at }) {
    if (!this.rooms.has(room)) {
      this.rooms.set(room, {
        room, match, group, kind: "match", me: null, members: [peer], epoch: null,
        at, last: null, unread: 0, counted: 0, peerRead: 0, closed: false,
      });
      this.#emit("rooms");
      this.client.openRoom(room).catch(() => {});
    }
    this.loadRooms().catch(() => {});
  }

  #onReady(hello) {
    const missed = (hello.rooms ?? []).some(({ room }) => !this.rooms.has(room));
    if (missed || !this.roomsLoaded) this.loadRooms().catch(() => {});
  }

  #onRoom({ room, log, fresh, replaced }) {
    const summary = this.rooms.get(room);
    if (!summary) return;
    let recount = false;
    summary.me ??= log.me;
    for (const event of fresh) {
      if (event.seq <= summary.counted) continue;
      summary.counted = event.seq;
      if (event.ev === "msg.new" && event.from !== log.me) summary.unread = (summary.unread ?? 0) + 1;
      // Which unread message went is the server's to know.
      if (event.ev === "msg.deleted") recount = true;
      if (event.ev === "room.closed") summary.closed = true;
    }
    const last = log.events.findLast((event) => event.ev === "msg.new");
    if (last) summary.last = last;
    if (replaced && summary.epoch !== null && summary.epoch !== log.epoch) recount = true;
    summary.epoch = log.epoch;
    this.#emit("room", { room });
    this.#emit("rooms");
    if (recount) this.loadRooms().catch(() => {});
  }

  #onRead({ room, from, seq }) {
    const summary = this.rooms.get(room);
    if (!summary?.me) return;
    if (from !== summary.me) summary.peerRead = Math.max(summary.peerRead, seq);
    else if (seq >= summary.counted) summary.unread = 0;
    this.#emit("room", { room });
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
