// The client another app talks to: sign-in, one live connection, rooms that heal themselves, messages that do not get lost.

import { randomId, systemClock } from "./clock.js";
import { GlimpseError, isRetryable } from "./errors.js";
import {
  DELETE_WITHIN_MS, LOCATION_DIGITS, LOCATION_LABEL_CHARS_MAX, READ_EVERY_MS, READ_RETRY_MS, REACH_PAGE, REACH_PAGES_MAX,
  TEXT_CHARS_MAX, TYPING_EVERY_MS,
} from "./limits.js";
import { Link } from "./link.js";
import { Outbox } from "./outbox.js";
import { Rest } from "./rest.js";
import { Rooms } from "./rooms.js";
import { Tokens } from "./tokens.js";
import { Typing } from "./typing.js";

const ERASED = 4502;

/**
 * Everything the outside world provides is handed in:
 *   baseUrl, fetch, WebSocket, storage {getItem, setItem, removeItem}, and where wanted clock, random, newId, lock.
 *
 * Events, each a CustomEvent with `detail`:
 *   state    {state: connecting|catching-up|connected|offline, code, retryInMs}
 *   ready    {hello}: after every hello, before the rooms are caught up
 *   room     {room, log, fresh, replaced}: durable events arrived, or (replaced) the history is another one
 *   room-gone {room, code}; outbox {room}; refused {room, op, fields, code}: a deletion or reaction was not taken
 *   typing   {room, from, on}: ends by itself; read {room, from, seq}; presence {room, from, online}
 *   match    {match, room, peer, …}; match-ended {match, room}; likes {group, count_band}
 *   ended    {code}: the server asked not to come back (4503: another session took over); signed-out {}
 */
export class GlimpseClient extends EventTarget {
  #typingAt = new Map();
  #reads = new Map();
  #readTimer = null;
  #aheadMs = 0;

  constructor({ baseUrl = "", fetch, WebSocket, storage, clock = systemClock(), random = Math.random, newId = randomId, lock }) {
    super();
    this.clock = clock;
    this.newId = newId;
    this.tokens = new Tokens(storage, clock);
    this.rest = new Rest({
      baseUrl, fetch, tokens: this.tokens, clock, random, newId, lock, onSignedOut: () => this.#signedOut(),
    });
    this.link = new Link({ rest: this.rest, WebSocket, clock, random, probe: () => this.#probe() });
    this.rooms = new Rooms({ op: (name, fields) => this.link.op(name, fields), clock, random });
    this.typists = new Typing({ clock });
    this.outbox = new Outbox({
      storage, clock, random, newId,
      send: (entry) => this.#deliver(entry),
      onKept: (entry, reply) => this.#kept(entry, reply),
    });
    this.#wire();
  }

  get state() { return this.link.state; }
  get signedIn() { return this.tokens.present; }

  start() { this.link.start(); }
  stop() { this.link.stop(); }
  /** To be called with the browser's own knowledge of the network. */
  networkBack() { this.link.nudge(); }
  networkLost() { this.link.lose(); }

  async signOut() {
    this.link.stop();
    // Signing out here must work without the server's help; its session dies by age if it does not hear of it.
    await this.rest.logout().catch(() => {});
    this.tokens.clear();
    this.outbox.clear();
    this.#signedOut();
  }

  /** Everywhere: unlike here alone, this is only done once the server has done it. */
  async signOutEverywhere() {
    await this.rest.logout({ all: true });
    await this.signOut();
  }

  openRoom(room, options) { return this.rooms.open(room, options); }
  closeRoom(room) { return this.rooms.close(room); }

  /** Fetches the page before what is held; resolves with whether there may be more. */
  async loadOlder(room, limit = 50) {
    const log = this.rooms.get(room);
    if (!log || log.reachedStart || log.epoch === null) return false;
    const before = log.events[0]?.seq;
    log.prepend(await this.rest.messages(room, { before, limit }));
    return !log.reachedStart;
  }

  /** Follows the history back until `seq` is held; resolves with whether it is. */
  async reach(room, seq) {
    const held = () => {
      const first = this.rooms.get(room)?.events[0]?.seq;
      return first !== undefined && first <= seq;
    };
    for (let page = 0; !held() && page < REACH_PAGES_MAX; page += 1) {
      if (!(await this.loadOlder(room, REACH_PAGE))) break;
    }
    return held();
  }

  /** Puts a message on its way; it is in the outbox from here on until the server has it for good. */
  sendText(room, text, { replyTo } = {}) {
    const body = text.trim();
    const length = [...body].length;
    if (length === 0 || length > TEXT_CHARS_MAX) throw new GlimpseError(length === 0 ? "bad_request" : "too_large");
    return this.outbox.add({ room, body, reply_to: replyTo });
  }

  sendSticker(room, sticker, { replyTo } = {}) {
    return this.outbox.add({ room, kind: "sticker", body: { sticker }, reply_to: replyTo });
  }

  /** Hands a picture or a voice in for a message, and then puts the message on its way. */
  async sendFile(room, { kind, file, seconds }, { replyTo } = {}) {
    const cid = this.outbox.newId();
    const kept = await this.rest.putRoomFile(room, cid, file);
    return this.outbox.add({ cid, room, kind, body: { ...kept, ...(seconds ? { seconds } : {}) }, reply_to: replyTo });
  }

  /** A place leaves this device rounded to about a kilometre; the exact one never does. */
  sendLocation(room, { lat, lng, label = "" }, { replyTo } = {}) {
    const coarse = (degrees) => Number(degrees.toFixed(LOCATION_DIGITS));
    const name = [...label.trim()].slice(0, LOCATION_LABEL_CHARS_MAX).join("");
    const body = { lat: coarse(lat), lng: coarse(lng), ...(name ? { label: name } : {}) };
    return this.outbox.add({ room, kind: "location", body, reply_to: replyTo });
  }

  deleteMessage(room, seq) { return this.link.op("msg.delete", { room, seq }); }
  react(room, seq, emoji, on) { return this.link.op("msg.react", { room, seq, emoji, on }); }

  /** The same by the outbox: shown at once (`timeline`), sent when there is a road, a refusal told as `refused`. */
  askDeletion(room, seq) { return this.outbox.ask({ room, op: "msg.delete", fields: { seq } }); }
  askReaction(room, seq, emoji, on) { return this.outbox.ask({ room, op: "msg.react", fields: { seq, emoji, on } }); }

  /** Whether one's own message may still be taken back, by the server's clock. */
  mayDelete({ at }) { return this.clock.now() + this.#aheadMs - at < DELETE_WITHIN_MS; }

  /** A step is shown to both or to neither: offering and accepting are the two halves of it. */
  offerReveal(match, step) { return this.link.op("reveal.offer", { match, step }); }
  acceptReveal(match, step) { return this.link.op("reveal.accept", { match, step }); }
  withdrawReveal(match, step) { return this.link.op("reveal.withdraw", { match, step }); }

  /** A ticket outlives this connection; joining again replaces it. */
  joinPool(pool, { me, want, cid }) { return this.link.op("pool.join", { pool, me, want, cid }); }
  changePool(ticket, { me, want }) { return this.link.op("pool.update", { ticket, me, want }); }
  leavePool(ticket) { return this.link.op("pool.leave", { ticket }); }
  explainPool(ticket) { return this.link.op("pool.explain", { ticket }); }

  /** May be called on every keystroke. */
  typing(room, on) {
    const saidAt = this.#typingAt.get(room);
    const now = this.clock.now();
    if (on ? saidAt !== undefined && now - saidAt < TYPING_EVERY_MS : saidAt === undefined) return;
    if (on) this.#typingAt.set(room, now);
    else this.#typingAt.delete(room);
    this.link.tell("typing", { room, on });
  }

  /** May be called on every glance: only the furthest mark travels, and it survives a reconnect. */
  read(room, seq) {
    const mark = this.#reads.get(room) ?? { seq: 0, said: 0 };
    if (seq <= mark.seq) return;
    this.#reads.set(room, { ...mark, seq });
    this.#readTimer ??= this.clock.set(() => this.#sayReads(), READ_EVERY_MS);
  }

  #sayReads() {
    this.#readTimer = null;
    if (this.state === "offline" || this.state === "connecting") return;
    for (const [room, mark] of this.#reads) {
      if (mark.seq <= mark.said) continue;
      const said = mark.seq;
      this.link.op("read", { room, seq: said }).then(
        () => this.#reads.get(room) && (this.#reads.get(room).said = Math.max(said, this.#reads.get(room).said)),
        // A mark that the road lost is said again after the next hello, a postponed one a little later.
        (error) => {
          if (isRetryable(error)) this.#readTimer ??= this.clock.set(() => this.#sayReads(), READ_RETRY_MS);
        },
      );
    }
  }

  #wire() {
    const pass = (source, type, as = type) =>
      source.addEventListener(type, (event) => this.#emit(as, event.detail));
    pass(this.link, "state");
    pass(this.outbox, "change", "outbox");
    pass(this.outbox, "refused");
    pass(this.typists, "typing");
    pass(this.rooms, "gone", "room-gone");
    this.rooms.addEventListener("changed", (event) => {
      // Before anybody draws it: a message is either in the log or in the outbox, never in both.
      for (const { cid } of event.detail.replaced ? event.detail.log.events : event.detail.fresh) {
        if (cid) this.outbox.acknowledge(cid);
      }
      // Whoever has said it is no longer writing it.
      for (const { ev, room, from } of event.detail.fresh) if (ev === "msg.new") this.typists.end(room, from);
      this.#emit("room", event.detail);
    });
    this.link.addEventListener("frame", (event) => this.#onFrame(event.detail.frame));
    this.link.addEventListener("down", () => {
      this.outbox.pause();
      this.rooms.interrupt();
      this.typists.endAll();
      this.#typingAt.clear();
    });
    this.link.addEventListener("ended", (event) => {
      if (event.detail.code === ERASED) {
        this.tokens.clear();
        this.outbox.clear();
      }
      this.#emit("ended", event.detail);
      if (!this.tokens.present) this.#signedOut();
    });
    this.link.addEventListener("ready", (event) => this.#onReady(event.detail.hello));
  }

  async #onReady(hello) {
    const session = hello.session;
    this.session = session;
    if (hello.server_time) this.#aheadMs = hello.server_time - this.clock.now();
    for (const { room, read } of hello.rooms ?? []) {
      const mark = this.#reads.get(room);
      this.#reads.set(room, { seq: Math.max(mark?.seq ?? 0, read ?? 0), said: read ?? 0 });
    }
    this.#emit("ready", { hello });
    const complete = await this.rooms.resumeAll();
    if (this.session !== session || this.state !== "catching-up") return;
    // A room that could not be resumed is a room without events: better to start over than to look connected.
    if (!complete) return this.link.lose();
    this.link.caughtUp();
    this.outbox.resume();
    this.#sayReads();
  }

  #onFrame(frame) {
    const names = {
      read: "read", presence: "presence",
      "match.new": "match", "match.ended": "match-ended", "like.received": "likes", "review.decided": "review", "group.matching": "matching",
    };
    if (frame.ev === "typing") return this.typists.hear(frame);
    if (frame.ev === "read" || frame.ev === "presence") this.rooms.get(frame.room)?.hear(frame);
    if (Object.hasOwn(names, frame.ev)) this.#emit(names[frame.ev], frame);
    else if (Number.isInteger(frame.seq) && frame.epoch !== undefined) this.rooms.take(frame);
  }

  #deliver({ room, cid, kind, body, reply_to, op, fields }) {
    if (op) return this.link.op(op, { room, ...fields });
    return this.link.op("msg.send", { room, cid, kind, body, ...(reply_to ? { reply_to } : {}) });
  }

  // The reply says all that the sender's own msg.new will say; whichever comes second is a duplicate by its seq.
  #kept(entry, { seq, epoch, at }) {
    if (entry.op) return;
    const from = this.rooms.get(entry.room)?.me;
    const { room, cid, kind, body, reply_to } = entry;
    this.rooms.take({ ev: "msg.new", room, epoch, seq, at, from, cid, kind, body, ...(reply_to ? { reply_to } : {}) });
  }

  #probe() {
    // With no room open any op will do: even a refusal is a sign of life.
    if (!this.rooms.probe()) this.link.op("room.close", { room: "-" }).catch(() => {});
  }

  #signedOut() {
    this.link.stop();
    this.rooms.clear();
    this.#reads.clear();
    this.#emit("signed-out", {});
  }

  #emit(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
