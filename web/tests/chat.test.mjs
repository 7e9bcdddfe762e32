// The whole chat: stickers and places, replies, deletions, reactions, typing that ends, marks, counts, reveals.

import assert from "node:assert/strict";
import { test } from "node:test";

import { limits, reveals, timeline } from "../client/protocol.js";
import { FakeServer, connected, message, refuse, serveRoom, settle, SILENCE } from "./harness.mjs";

async function inRoom(events = [message(1), message(2)]) {
  const server = new FakeServer();
  serveRoom(server, events);
  server.ops["msg.delete"] = () => ({});
  server.ops["msg.react"] = () => ({});
  const made = await connected({ server });
  const typed = [];
  const refused = [];
  made.client.addEventListener("typing", ({ detail }) => typed.push(detail));
  made.client.addEventListener("refused", ({ detail }) => refused.push(detail));
  await made.client.openRoom("R");
  return { ...made, events, typed, refused };
}

const shown = (client) => timeline(client.rooms.get("R").events, { waiting: client.outbox.asked("R"), me: "me" });
const who = (line, emoji) => [...(line.reactions.get(emoji) ?? [])];

test("a sticker and a place go by the same road as a text, the place rounded", async () => {
  const { client, server } = await inRoom();
  client.sendSticker("R", "tea", { replyTo: 1 });
  client.sendLocation("R", { lat: 37.566535, lng: 126.977969, label: "  by the river  " });
  client.sendLocation("R", { lat: 1, lng: -0.004, label: " " });
  await settle();
  const sent = server.sent("msg.send");
  assert.deepEqual(sent.map(({ kind, body, reply_to }) => [kind, body, reply_to]), [
    ["sticker", { sticker: "tea" }, 1],
    ["location", { lat: 37.57, lng: 126.98, label: "by the river" }, undefined],
    ["location", { lat: 1, lng: 0 }, undefined],
  ]);
  assert.equal(client.rooms.get("R").lastSeq, 5);
});

test("a file is handed in first, and its message follows under the same cid", async () => {
  const { client, server } = await inRoom();
  const calls = [];
  client.rest.fetch = async (url, { method, headers, body }) => {
    calls.push([method, url, headers["content-type"], body.size]);
    return { ok: true, status: 201, text: async () => '{"file":"F","w":4,"h":3}' };
  };
  const picture = new Blob(["1234"], { type: "image/jpeg" });
  const { cid } = await client.sendFile("R", { kind: "image", file: picture }, { replyTo: 1 });
  await settle();
  assert.deepEqual(calls, [["POST", `/v1/rooms/R/files?cid=${cid}`, "image/jpeg", 4]]);
  const [sent] = server.sent("msg.send");
  assert.deepEqual([sent.cid, sent.kind, sent.body, sent.reply_to], [cid, "image", { file: "F", w: 4, h: 3 }, 1]);
  client.rest.fetch = async () => ({ ok: false, status: 413, text: async () => '{"code":"too_large"}' });
  await assert.rejects(client.sendFile("R", { kind: "voice", file: picture, seconds: 2 }), { code: "too_large" });
  await settle();
  assert.equal(server.sent("msg.send").length, 1);
});

test("a reaction is shown at once, sent, and counted once when the room says it", async () => {
  const { client, server } = await inRoom();
  server.ops["msg.react"] = () => SILENCE;
  client.askReaction("R", 1, "👍", true);
  assert.deepEqual(who(shown(client)[0], "👍"), ["me"]);
  server.socket.say({ ev: "msg.reaction", room: "R", epoch: 1, seq: 3, at: 3, target: 1, from: "me", emoji: "👍", on: true });
  server.socket.say({ re: server.sent("msg.react")[0].id, ok: true });
  await settle();
  assert.deepEqual(client.outbox.asked("R"), []);
  assert.deepEqual(who(shown(client)[0], "👍"), ["me"]);
});

test("of two wishes that wait for a road only the later one is sent", async () => {
  const { client, server, clock } = await inRoom();
  server.socket.drop(1006);
  client.askReaction("R", 1, "👍", true);
  client.askReaction("R", 1, "👍", false);
  client.askReaction("R", 1, "🌿", true);
  await clock.advance(limits.BACKOFF_MAX_MS);
  assert.deepEqual(server.sent("msg.react").map(({ emoji, on }) => [emoji, on]), [["👍", false], ["🌿", true]]);
});

test("a wish under way is followed by its opposite, never overtaken by it", async () => {
  const { client, server } = await inRoom();
  server.ops["msg.react"] = () => SILENCE;
  client.askReaction("R", 1, "👍", true);
  await settle();
  client.askReaction("R", 1, "👍", false);
  assert.equal(client.outbox.asked("R").length, 2);
  assert.deepEqual(who(shown(client)[0], "👍"), []);
  server.socket.say({ re: server.sent("msg.react")[0].id, ok: true });
  await settle();
  assert.deepEqual(server.sent("msg.react").map(({ on }) => on), [true, false]);
});

test("a deletion survives a cut and is asked again", async () => {
  const { client, server, clock } = await inRoom();
  server.ops["msg.delete"] = () => SILENCE;
  client.askDeletion("R", 2);
  await settle();
  assert.equal(shown(client)[1].deleted, true);
  server.ops["msg.delete"] = () => ({});
  server.socket.drop(4001);
  await clock.advance(limits.BACKOFF_MAX_MS);
  assert.deepEqual(server.sent("msg.delete").map(({ seq }) => seq), [2, 2]);
  assert.deepEqual(client.outbox.asked("R"), []);
});

test("a refused deletion is told and the message stands again", async () => {
  const { client, server, refused } = await inRoom();
  server.ops["msg.delete"] = () => refuse("forbidden");
  client.askDeletion("R", 1);
  await settle();
  assert.deepEqual(refused, [{ room: "R", op: "msg.delete", fields: { seq: 1 }, code: "forbidden" }]);
  assert.equal(shown(client)[0].deleted, false);
  assert.deepEqual(client.outbox.entries("R"), []);
});

test("five minutes are counted by the server's clock", async () => {
  const { client, clock } = await inRoom();
  const server = new FakeServer();
  server.ops.hello = () => ({ session: "s", server_time: clock.now() + 60_000, rooms: [] });
  const { client: ahead } = await connected({ server });
  const at = clock.now() - limits.DELETE_WITHIN_MS + 30_000;
  assert.equal(client.mayDelete({ at }), true);
  assert.equal(ahead.mayDelete({ at }), false);
});

test("a message deleted before it was fetched, or after, keeps its place and loses its words", () => {
  const lines = timeline([
    message(1, { deleted: true, body: undefined }), message(2),
    { ev: "msg.reaction", seq: 3, target: 2, from: "me", emoji: "👍", on: true },
    { ev: "msg.deleted", seq: 4, target: 2 },
    { ev: "msg.reaction", seq: 5, target: 2, from: "peer", emoji: "👍", on: true },
    { ev: "msg.deleted", seq: 6, target: 99 },
  ]);
  assert.deepEqual(lines.map(({ seq, deleted, body, reactions }) => [seq, deleted, body, reactions.size]), [[1, true, null, 0], [2, true, null, 0]]);
});

test("writing ends by an off, by the message, by time and by a lost road", async () => {
  const { client, server, clock, typed } = await inRoom();
  const says = (from, on) => server.socket.say({ ev: "typing", room: "R", from, on });
  const seen = () => typed.splice(0).map(({ from, on }) => `${from}${on ? "+" : "-"}`);
  says("peer", true);
  says("peer", true);
  says("peer", false);
  says("peer", false);
  assert.deepEqual(seen(), ["peer+", "peer-"]);
  says("peer", true);
  server.socket.say(message(3));
  assert.deepEqual(seen(), ["peer+", "peer-"]);
  says("peer", true);
  await clock.advance(limits.TYPING_SHOWN_MS - 1);
  says("fox", true);
  assert.deepEqual(client.typists.in("R"), ["peer", "fox"]);
  await clock.advance(1);
  assert.deepEqual(seen(), ["peer+", "fox+", "peer-"]);
  server.socket.drop(1006);
  assert.deepEqual(seen(), ["fox-"]);
  assert.deepEqual(client.typists.in("R"), []);
});

test("marks and presence are kept with the member; a mark never moves back", async () => {
  const { client, server } = await inRoom();
  const peer = () => client.rooms.get("R").member("peer");
  server.socket.say({ ev: "read", room: "R", from: "peer", seq: 2 });
  server.socket.say({ ev: "read", room: "R", from: "peer", seq: 1 });
  server.socket.say({ ev: "presence", room: "R", from: "peer", online: true });
  server.socket.say({ ev: "presence", room: "R", from: "stranger", online: true });
  assert.deepEqual([peer().read, peer().online], [2, true]);
  server.socket.say({ ev: "presence", room: "R", from: "peer", online: false });
  assert.equal(peer().online, false);
});

test("the unread are counted from what is held, deletions taken out, or not at all", async () => {
  const { client } = await inRoom([
    message(1), message(2), message(3, { from: "me" }), message(4), message(5, { deleted: true }), message(6),
    { ev: "msg.deleted", room: "R", epoch: 1, seq: 7, target: 4 },
  ]);
  const log = client.rooms.get("R");
  assert.equal(log.unreadAfter(0), 3);
  assert.equal(log.unreadAfter(2), 1);
  assert.equal(log.unreadAfter(7), 0);
  log.replaceWith({ epoch: 1, seq: 7, events: log.events.slice(4) });
  assert.equal(log.unreadAfter(3), null);
  assert.equal(log.unreadAfter(4), 1);
});

test("members come and go with the room's events", async () => {
  const { client, server } = await inRoom();
  server.socket.say({ ev: "room.joined", room: "R", epoch: 1, seq: 3, at: 3, from: "fox", nickname: "Fox" });
  server.socket.say({ ev: "room.left", room: "R", epoch: 1, seq: 4, at: 4, from: "peer" });
  assert.deepEqual(client.rooms.get("R").members.map(({ alias }) => alias), ["me", "fox"]);
});

test("a jump follows the history back until the message is held, and gives up at a bound", async () => {
  const all = Array.from({ length: 900 }, (_, at) => message(at + 1));
  const { client, server } = await inRoom(all);
  let asked = 0;
  server.fetch = async (url) => {
    const query = new URL(url, "http://engine").searchParams;
    asked += 1;
    const before = all.filter(({ seq }) => seq < Number(query.get("before")));
    const items = before.slice(-Number(query.get("limit")));
    return { ok: true, status: 200, text: async () => JSON.stringify({ epoch: 1, items, more: items.length < before.length }) };
  };
  client.rest.fetch = server.fetch;
  assert.equal(await client.reach("R", 860), true);
  assert.equal(asked, 0);
  assert.equal(await client.reach("R", 500), true);
  assert.equal(asked, 2);
  assert.equal(await client.reach("R", 1), true);
  assert.equal(client.rooms.get("R").reachedStart, true);
  client.rooms.get("R").events[0].seq = 5;
  client.rooms.get("R").reachedStart = false;
  client.rest.fetch = async () => ({ ok: true, status: 200, text: async () => JSON.stringify({ epoch: 1, items: [], more: true }) });
  assert.equal(await client.reach("R", 1), false);
});

test("search asks for its own rooms, one of them or all", async () => {
  const { client, server } = await inRoom();
  const urls = [];
  client.rest.fetch = async (url) => (urls.push(url), { ok: true, status: 200, text: async () => '{"items":[],"cursor":null}' });
  await client.rest.searchMessages({ query: "강가", room: "R", limit: 20 });
  await client.rest.searchMessages({ query: "river", limit: 20, cursor: "c" });
  assert.deepEqual(urls, [`/v1/search/messages?query=${encodeURIComponent("강가")}&room=R&limit=20`, "/v1/search/messages?query=river&limit=20&cursor=c"]);
  assert.ok(server.sockets.length);
});

test("reveals fold into what is done, what is offered by whom, and what comes next", async () => {
  const offered = (from, step) => ({ ev: "reveal.offered", from, step });
  assert.equal(reveals([]).next, "profile");
  const half = reveals([offered("peer", "profile"), offered("me", "photo"), { ev: "reveal.withdrawn", from: "me", step: "photo" }]);
  assert.deepEqual([...half.offers.get("profile")], ["peer"]);
  assert.equal(half.offers.get("photo").size, 0);
  const done = reveals([offered("peer", "profile"), { ev: "reveal.done", step: "profile", peer: { bio: "hi" } }]);
  assert.deepEqual([done.next, done.done.get("profile"), done.offers.has("profile")], ["photo", { bio: "hi" }, false]);
  const all = reveals(["profile", "photo", "contact"].map((step) => ({ ev: "reveal.done", step })));
  assert.equal(all.next, null);
  const { client, server } = await inRoom();
  for (const op of ["reveal.offer", "reveal.accept", "reveal.withdraw"]) server.ops[op] = () => ({});
  await client.offerReveal("M", "profile");
  await client.acceptReveal("M", "profile");
  await client.withdrawReveal("M", "profile");
  assert.deepEqual(server.frames.slice(-3).map(({ op, match, step }) => [op, match, step]),
    [["reveal.offer", "M", "profile"], ["reveal.accept", "M", "profile"], ["reveal.withdraw", "M", "profile"]]);
});
