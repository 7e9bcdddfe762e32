// A scripted server, a clock that moves only when told and a storage in memory: the SDK's whole outside world.

import { GlimpseClient } from "../client/protocol.js";

/** Lets every pending promise run; no time passes. */
export const settle = () => new Promise((resolve) => setImmediate(resolve));

export class FakeClock {
  #now = 1_800_000_000_000;
  #timers = new Map();
  #next = 1;

  now() { return this.#now; }

  set(fn, ms) {
    const id = this.#next++;
    this.#timers.set(id, { at: this.#now + ms, fn });
    return id;
  }

  clear(id) { this.#timers.delete(id); }

  get pending() { return this.#timers.size; }

  async advance(ms) {
    const end = this.#now + ms;
    await settle();
    for (;;) {
      const due = [...this.#timers].filter(([, timer]) => timer.at <= end).sort(([a, x], [b, y]) => x.at - y.at || a - b)[0];
      if (!due) break;
      this.#timers.delete(due[0]);
      this.#now = Math.max(this.#now, due[1].at);
      due[1].fn();
      await settle();
    }
    this.#now = end;
    await settle();
  }
}

export class MemoryStorage {
  #items = new Map();
  getItem(key) { return this.#items.get(key) ?? null; }
  setItem(key, value) { this.#items.set(key, String(value)); }
  removeItem(key) { this.#items.delete(key); }
}

/** What a handler returns to refuse an op. */
export const refuse = (code, retry_after_ms) => ({ refused: code, retry_after_ms });
/** What a handler returns to leave an op unanswered. */
export const SILENCE = Symbol("silence");

export class FakeServer {
  sockets = [];
  frames = [];
  requests = [];
  ops = {
    hello: () => ({ session: `s${this.sockets.length}`, heartbeat_s: 25, server_time: 0, rooms: [] }),
    "room.close": () => ({}),
    read: () => ({}),
  };
  rest = {
    "GET /v1/config": () => ({ body: { ws_url: "ws://engine/v1/ws", environment: "test" } }),
    "POST /v1/auth/refresh": (body) => ({ body: { access: `${body.refresh}-access`, refresh: `${body.refresh}+`, expires_in: 3600 } }),
  };

  constructor() {
    const server = this;
    this.WebSocket = class {
      constructor(url, protocols) {
        Object.assign(this, { url, protocols, closed: false });
        server.sockets.push(this);
        queueMicrotask(() => !this.closed && this.onopen?.());
      }
      send(data) {
        const frame = JSON.parse(data);
        server.frames.push({ ...frame, socket: server.sockets.indexOf(this) + 1 });
        const answer = server.ops[frame.op]?.(frame, this);
        if (answer === undefined || answer === SILENCE || frame.id === undefined) return;
        queueMicrotask(() => this.say(answer.refused
          ? { re: frame.id, ok: false, code: answer.refused, message: "", retry_after_ms: answer.retry_after_ms }
          : { re: frame.id, ok: true, ...answer }));
      }
      close() { this.closed = true; }
      say(frame) { this.onmessage?.({ data: JSON.stringify(frame) }); }
      drop(code) {
        this.closed = true;
        this.onclose?.({ code });
      }
    };
    this.fetch = async (url, init) => {
      const { pathname } = new URL(url, "http://engine");
      const body = init.body ? JSON.parse(init.body) : undefined;
      this.requests.push({ call: `${init.method} ${pathname}`, body, headers: init.headers });
      await Promise.resolve();
      const answer = this.rest[`${init.method} ${pathname}`]?.(body, init);
      if (answer === undefined) throw new TypeError("network");
      const text = answer.text ?? (answer.body === undefined ? "" : JSON.stringify(answer.body));
      return { ok: (answer.status ?? 200) < 300, status: answer.status ?? 200, text: async () => text };
    };
  }

  get socket() { return this.sockets.at(-1); }
  sent(op) { return this.frames.filter((frame) => frame.op === op); }
  asked(call) { return this.requests.filter((request) => request.call === call); }
}

export function problem(status, code, more = {}) {
  return { status, body: { type: "about:blank", title: code, status, detail: code, code, ...more } };
}

export function message(seq, more = {}) {
  return { ev: "msg.new", room: "R", epoch: 1, seq, at: seq, from: "peer", kind: "text", body: `m${seq}`, ...more };
}

/** A client that is signed in, its world, and what it said so far. */
export function world({ server = new FakeServer(), storage = new MemoryStorage(), clock = new FakeClock(), random = () => 0.5, signedIn = true } = {}) {
  let ids = 0;
  if (signedIn && storage.getItem("glimpse.tokens") === null) {
    storage.setItem("glimpse.tokens", JSON.stringify({ access: "A", refresh: "R", expiresAt: clock.now() + 3_600_000 }));
  }
  const client = new GlimpseClient({
    fetch: server.fetch, WebSocket: server.WebSocket, storage, clock, random, newId: () => `id${(ids += 1)}-${clock.now()}`,
  });
  const heard = [];
  for (const type of ["state", "room", "room-gone", "ended", "signed-out", "typing", "read", "match", "likes"]) {
    client.addEventListener(type, (event) => heard.push({ type, ...event.detail }));
  }
  const states = () => heard.filter(({ type }) => type === "state").map(({ state }) => state);
  return { client, server, storage, clock, heard, states };
}

/** A room the server serves from a list of events, as section 3.2 of the contract describes. */
export function serveRoom(server, events, { epoch = () => 1, pageMax = Infinity } = {}) {
  server.ops["room.open"] = ({ after, limit }) => {
    const base = { epoch: epoch(), seq: events.at(-1)?.seq ?? 0, members: [{ alias: "me" }, { alias: "peer" }], me: "me" };
    if (!after) return { ...base, recovered: true, events: events.slice(-limit) };
    if (after.epoch !== epoch()) return { ...base, recovered: false, events: events.slice(-50) };
    const rest = events.filter((event) => event.seq > after.seq);
    const page = rest.slice(0, Math.min(limit, pageMax));
    return { ...base, recovered: true, events: page, ...(page.length < rest.length ? { more: true } : {}) };
  };
  server.ops["msg.send"] = ({ cid, kind, body }) => {
    const first = events.find((event) => event.cid === cid);
    if (first) return { seq: first.seq, epoch: epoch(), at: first.at, dup: true };
    const event = message((events.at(-1)?.seq ?? 0) + 1, { epoch: epoch(), from: "me", cid, kind, body });
    events.push(event);
    return { seq: event.seq, epoch: epoch(), at: event.at, dup: false };
  };
}

export async function connected(options) {
  const made = world(options);
  made.client.start();
  await settle();
  return made;
}

export const seqs = (client, room = "R") => client.rooms.get(room).events.map((event) => event.seq);
