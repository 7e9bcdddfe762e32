// The unread stay right on every device of a person: seeded stories of talk, deletions, reading and cuts, against one room.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Model } from "../client/model.js";
import { FakeServer, message, serveRoom, settle, world } from "./harness.mjs";

const DEVICES = 3;
const STEPS = 40;
const BEFORE_MAX = 20;
const SLOW_TURNS_MAX = 6;
const SEEDS = 300;
const LONG_MS = 120_000;

/** Any small generator does, as long as a seed is one story. */
function chance(seed) {
  let state = seed + 1;
  const next = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  return { next, below: (n) => Math.floor(next() * n) };
}

/** What the server knows of the room, and who listens. */
class Truth {
  events = [];
  read = 0;
  servers = [];

  get unread() {
    return this.events.filter(({ ev, from, seq, deleted }) => ev === "msg.new" && from === "peer" && seq > this.read && !deleted).length;
  }

  get row() {
    const { unread, read } = this;
    return { room: "R", kind: "match", epoch: 1, seq: this.events.length, read, unread, me: "me", members: [{ alias: "me" }, { alias: "peer" }], last: null, closed: false };
  }

  tell(event) {
    // Behind the answers that are on their way, as on a real line.
    const say = (socket) => queueMicrotask(() => socket.closed || socket.say(event));
    for (const { sockets } of this.servers) sockets.filter(({ listens }) => listens).forEach(say);
  }

  say(from) {
    const event = message(this.events.length + 1, { from });
    this.events.push(event);
    this.tell(event);
  }

  takeBack(target) {
    const held = this.events[target - 1];
    if (held?.ev !== "msg.new" || held.deleted) return;
    const { ev, room, epoch, seq, at, from } = held;
    this.events[target - 1] = { ev, room, epoch, seq, at, from, deleted: true };
    const event = { ev: "msg.deleted", room, epoch, seq: this.events.length + 1, at, from, target };
    this.events.push(event);
    this.tell(event);
  }

  mark(seq) {
    this.read = Math.max(this.read, Math.min(seq, this.events.length));
    this.tell({ ev: "read", room: "R", from: "me", seq: this.read });
  }
}

function device(truth, { next, below }) {
  const server = new FakeServer();
  const answer = server.fetch;
  // What an answer says was true when it was written, and may not be when it comes.
  server.fetch = async (...call) => {
    const written = await answer(...call);
    for (let turns = below(SLOW_TURNS_MAX); turns > 0; turns -= 1) await settle();
    return written;
  };
  serveRoom(server, truth.events);
  const open = server.ops["room.open"];
  server.ops["room.open"] = (op, socket) => {
    socket.listens = true;
    return { ...open(op), members: [{ alias: "me", read: truth.read }, { alias: "peer" }] };
  };
  server.ops.hello = () => ({ session: "s", heartbeat_s: 25, server_time: 0, rooms: [{ room: "R", epoch: 1, seq: truth.events.length, read: truth.read }] });
  server.ops.read = ({ seq }) => (truth.mark(seq), {});
  server.rest["GET /v1/rooms"] = () => ({ body: { items: [truth.row], cursor: null } });
  truth.servers.push(server);
  const made = world({ server, random: next });
  made.model = new Model(made.client, made.storage);
  made.client.start();
  return made;
}

async function story(seed) {
  const { next, below } = chance(seed);
  const truth = new Truth();
  for (let before = below(BEFORE_MAX); before > 0; before -= 1) truth.say(next() < 0.7 ? "peer" : "me");
  truth.read = below(truth.events.length + 1);
  const devices = Array.from({ length: DEVICES }, () => device(truth, { next, below }));
  const doings = [
    () => truth.say("peer"), () => truth.say("peer"), () => truth.say("me"),
    () => truth.takeBack(1 + below(truth.events.length + 1)),
    ({ model, client }) => client.rooms.get("R")?.lastSeq && model.seen("R", client.rooms.get("R").lastSeq),
    ({ client }) => client.openRoom("R", { limit: 1 + below(4) }).catch(() => {}) && null,
    ({ server }) => server.socket?.closed === false && server.socket.drop(1006),
    ({ clock }) => clock.advance(below(8_000)),
    () => settle(),
  ];
  for (let step = 0; step < STEPS; step += 1) await doings[below(doings.length)](devices[below(DEVICES)]);
  for (const { clock } of devices) await clock.advance(LONG_MS);
  for (let turn = 0; turn < 40; turn += 1) await settle();
  return { truth, counts: devices.map(({ model }) => model.rooms.get("R")?.unread) };
}

test("every device counts what is unread, whatever was taken back, read elsewhere or missed", async () => {
  let some = 0;
  for (let seed = 0; seed < SEEDS; seed += 1) {
    const { truth, counts } = await story(seed);
    assert.deepEqual(counts, Array(DEVICES).fill(truth.unread), `seed ${seed}`);
    some += truth.unread;
  }
  assert.ok(some > SEEDS, "the stories leave something unread");
});
