// Rooms heal themselves: resume, paging, lost history, gaps, duplicates.

import assert from "node:assert/strict";
import { test } from "node:test";

import { limits, timeline } from "../client/protocol.js";
import { FakeServer, connected, message, refuse, seqs, serveRoom, settle, SILENCE } from "./harness.mjs";

async function inRoom(count = 3, options = {}) {
  const server = new FakeServer();
  const events = Array.from({ length: count }, (_, at) => message(at + 1));
  serveRoom(server, events, options);
  const made = await connected({ server });
  await made.client.openRoom("R");
  return { ...made, events };
}

test("a reconnect resumes every open room by its epoch and seq", async () => {
  const { client, server, clock, events, states } = await inRoom();
  events.push(message(4), message(5));
  server.socket.drop(4001);
  assert.equal(client.state, "offline");
  await clock.advance(limits.BACKOFF_MAX_MS);
  assert.deepEqual(server.sent("room.open").at(-1).after, { epoch: 1, seq: 3 });
  assert.deepEqual(seqs(client), [1, 2, 3, 4, 5]);
  assert.deepEqual(states(), ["connecting", "catching-up", "connected", "offline", "connecting", "catching-up", "connected"]);
});

test("a long absence is caught up page by page and told once, in order", async () => {
  const { client, server, clock, events, heard } = await inRoom(1, { pageMax: 3 });
  for (let seq = 2; seq <= 9; seq += 1) events.push(message(seq));
  server.socket.drop(1006);
  await clock.advance(limits.BACKOFF_MAX_MS);
  const asked = server.sent("room.open").slice(1).map(({ after }) => after.seq);
  assert.deepEqual(asked, [1, 4, 7]);
  assert.deepEqual(seqs(client), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const told = heard.filter(({ type, replaced }) => type === "room" && !replaced);
  assert.deepEqual(told.map(({ fresh }) => fresh.length), [8]);
});

test("an endless absence ends in a fresh newest page instead", async () => {
  const { client, server, clock, events } = await inRoom(1, { pageMax: 1 });
  for (let seq = 2; seq <= 40; seq += 1) events.push(message(seq));
  server.socket.drop(1006);
  await clock.advance(limits.BACKOFF_MAX_MS);
  assert.equal(server.sent("room.open").length, 1 + limits.RESUME_PAGES_MAX + 1);
  assert.equal(server.sent("room.open").at(-1).after, undefined);
  assert.equal(seqs(client).at(-1), 40);
});

test("recovered: false drops what is held and takes the new history", async () => {
  let epoch = 1;
  const { client, server, clock, events, heard } = await inRoom(3, { epoch: () => epoch });
  epoch = 2;
  events.splice(0, 3, message(1, { epoch: 2, body: "restored" }));
  server.socket.drop(4003);
  await clock.advance(limits.BACKOFF_MAX_MS);
  assert.deepEqual(client.rooms.get("R").events.map(({ body }) => body), ["restored"]);
  assert.equal(client.rooms.get("R").epoch, 2);
  assert.equal(heard.findLast(({ type }) => type === "room").replaced, true);
});

test("a gap in the live stream is filled before what came after it is shown", async () => {
  const { client, server, events, heard } = await inRoom();
  events.push(message(4), message(5), message(6));
  server.socket.say(message(6));
  await settle();
  assert.deepEqual(server.sent("room.open").at(-1).after, { epoch: 1, seq: 3 });
  assert.deepEqual(seqs(client), [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(heard.findLast(({ type }) => type === "room").fresh.map(({ seq }) => seq), [4, 5, 6]);
});

test("events that overtake the reply of a resume are kept aside, not lost and not doubled", async () => {
  const { client, server, events } = await inRoom();
  let held = null;
  server.ops["room.open"] = ({ id }) => ((held = id), SILENCE);
  server.socket.say(message(5));
  server.socket.say(message(6));
  server.socket.say(message(7));
  server.socket.say({ re: held, ok: true, epoch: 1, seq: 5, recovered: true, events: [message(4), message(5)] });
  await settle();
  assert.deepEqual(seqs(client), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(events.length, 3);
});

test("a live event of another epoch makes the room start over", async () => {
  let epoch = 1;
  const { client, server, events } = await inRoom(2, { epoch: () => epoch });
  epoch = 7;
  events.splice(0, 2, message(1, { epoch: 7 }), message(2, { epoch: 7 }), message(3, { epoch: 7 }));
  server.socket.say(message(3, { epoch: 7 }));
  await settle();
  assert.equal(server.sent("room.open").at(-1).after, undefined);
  assert.equal(client.rooms.get("R").epoch, 7);
  assert.deepEqual(seqs(client), [1, 2, 3]);
});

test("duplicates by seq are suppressed", async () => {
  const { client, server, heard } = await inRoom();
  const before = heard.length;
  server.socket.say(message(2));
  server.socket.say(message(3, { body: "again" }));
  await settle();
  assert.equal(heard.length, before);
  assert.deepEqual(seqs(client), [1, 2, 3]);
  assert.equal(server.sent("room.open").length, 1);
});

test("who is put out of a room has lost it at once", async () => {
  const { client, server, heard } = await inRoom();
  server.socket.say({ ev: "room.left", room: "R", epoch: 1, seq: 4, at: 4, from: "peer" });
  assert.ok(client.rooms.get("R"));
  server.socket.say({ ev: "room.left", room: "R", epoch: 1, seq: 5, at: 5, from: "me" });
  assert.equal(client.rooms.get("R"), undefined);
  assert.deepEqual(heard.filter(({ type }) => type === "room-gone").map(({ room, code }) => [room, code]), [["R", "not_found"]]);
});

test("a room that is gone is let go, and the others are caught up all the same", async () => {
  const { client, server, clock, heard } = await inRoom();
  server.ops["room.open"] = () => refuse("not_found");
  server.socket.drop(4000);
  await clock.advance(limits.BACKOFF_MAX_MS);
  assert.equal(client.rooms.get("R"), undefined);
  assert.ok(heard.some(({ type, room }) => type === "room-gone" && room === "R"));
  assert.equal(client.state, "connected");
});

test("a room that cannot be resumed never leaves the client looking connected", async () => {
  const { client, server, clock } = await inRoom();
  server.ops["room.open"] = () => refuse("bad_request");
  server.socket.drop(4000);
  await clock.advance(300);
  assert.notEqual(client.state, "connected");
});

test("an older page goes before what is held, and only within the same epoch", async () => {
  const { client, server } = await inRoom(3);
  server.rest["GET /v1/rooms/R/messages"] = () => ({ body: { epoch: 1, items: [message(1)], more: false } });
  const log = client.rooms.get("R");
  log.replaceWith({ epoch: 1, seq: 3, events: [message(2), message(3)] });
  assert.equal(await client.loadOlder("R"), false);
  assert.deepEqual(seqs(client), [1, 2, 3]);
  assert.equal(log.prepend({ epoch: 9, items: [message(0)], more: true }), false);
});

test("what a room holds is bounded", async () => {
  const { client, server } = await inRoom(0);
  for (let seq = 1; seq <= limits.ROOM_EVENTS_MAX + 5; seq += 1) server.socket.say(message(seq));
  const log = client.rooms.get("R");
  assert.equal(log.events.length, limits.ROOM_EVENTS_MAX);
  assert.equal(log.lastSeq, limits.ROOM_EVENTS_MAX + 5);
  assert.equal(log.reachedStart, false);
});

test("a timeline applies deletions and reactions to their messages", () => {
  const lines = timeline([
    message(1), message(2),
    { ev: "msg.reaction", seq: 3, target: 1, from: "me", emoji: "🙂", on: true },
    { ev: "msg.deleted", seq: 4, target: 2 },
    { ev: "msg.reaction", seq: 5, target: 1, from: "me", emoji: "🙂", on: false },
    { ev: "room.closed", seq: 6 },
  ]);
  assert.deepEqual(lines.map(({ type, deleted, body }) => [type, deleted, body]),
    [["message", false, "m1"], ["message", true, null], ["note", undefined, undefined]]);
  assert.equal(lines[0].reactions.get("🙂").size, 0);
});

test("recovered: false is believed even within one epoch", async () => {
  const { client, server, clock } = await inRoom();
  server.ops["room.open"] = () => ({ epoch: 1, seq: 9, recovered: false, events: [message(8), message(9)] });
  server.socket.drop(4001);
  await clock.advance(limits.BACKOFF_MAX_MS);
  assert.deepEqual(seqs(client), [8, 9]);
});

test("a resume that does not reach the end it names is answered by a fresh start", async () => {
  const { client, server, clock } = await inRoom();
  server.ops["room.open"] = ({ after }) => ({ epoch: 1, seq: 9, recovered: true, events: after ? [] : [message(8), message(9)] });
  server.socket.drop(4001);
  await clock.advance(limits.BACKOFF_MAX_MS);
  assert.deepEqual(seqs(client), [8, 9]);
  assert.equal(client.state, "connected");
});

test("a second gap behind the first is filled as well", async () => {
  const { client, server, events } = await inRoom();
  const pages = [[message(4)], [message(5), message(6)]];
  server.ops["room.open"] = () => {
    const page = pages.shift() ?? [];
    return { epoch: 1, seq: page.at(-1)?.seq ?? 7, recovered: true, events: page };
  };
  server.socket.say(message(5));
  server.socket.say(message(7));
  await settle();
  assert.deepEqual(seqs(client), [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(events.length, 3);
});
