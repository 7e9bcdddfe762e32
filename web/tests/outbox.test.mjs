// Nothing that was written gets lost, and nothing is said twice.

import assert from "node:assert/strict";
import { test } from "node:test";

import { isRetryable, limits } from "../client/protocol.js";
import { FakeServer, MemoryStorage, connected, message, refuse, seqs, serveRoom, settle, SILENCE, world } from "./harness.mjs";

const stored = (storage) => JSON.parse(storage.getItem("glimpse.outbox") ?? "[]");

async function inRoom(options = {}) {
  const server = new FakeServer();
  const events = [message(1)];
  serveRoom(server, events);
  const made = await connected({ server, ...options });
  await made.client.openRoom("R");
  return { ...made, events };
}

test("a message is stored before it is sent and forgotten once it is kept", async () => {
  const { client, server, storage } = await inRoom();
  const answer = server.ops["msg.send"];
  server.ops["msg.send"] = (frame) => {
    assert.equal(stored(storage)[0].cid, frame.cid);
    return answer(frame);
  };
  client.sendText("R", "  hello  ");
  await settle();
  assert.deepEqual(stored(storage), []);
  assert.deepEqual(client.outbox.entries("R"), []);
  assert.deepEqual(seqs(client), [1, 2]);
  assert.equal(client.rooms.get("R").events[1].body, "hello");
});

test("the sender's own msg.new after the reply, or before it, shows once", async () => {
  const { client, server, events } = await inRoom();
  client.sendText("R", "one");
  await settle();
  server.socket.say(events.at(-1));
  assert.deepEqual(seqs(client), [1, 2]);
  server.ops["msg.send"] = () => SILENCE;
  const { cid } = client.sendText("R", "two");
  await settle();
  server.socket.say(message(3, { from: "me", cid, body: "two" }));
  assert.deepEqual(client.outbox.entries("R"), []);
  server.socket.say({ re: server.sent("msg.send").at(-1).id, ok: true, seq: 3, epoch: 1, at: 3, dup: false });
  await settle();
  assert.deepEqual(seqs(client), [1, 2, 3]);
});

test("an unanswered message is sent again by the same cid after a reconnect", async () => {
  const { client, server, clock, events } = await inRoom();
  const answer = server.ops["msg.send"];
  server.ops["msg.send"] = () => SILENCE;
  const { cid } = client.sendText("R", "hello");
  await settle();
  server.ops["msg.send"] = answer;
  server.socket.drop(4001);
  await clock.advance(limits.BACKOFF_MAX_MS);
  assert.deepEqual(server.sent("msg.send").map((frame) => frame.cid), [cid, cid]);
  assert.deepEqual(events.filter((event) => event.cid === cid).length, 1);
  assert.deepEqual(client.outbox.entries("R"), []);
});

test("what was kept before the cut is acknowledged by the resume and not sent again", async () => {
  const { client, server, clock } = await inRoom();
  const answer = server.ops["msg.send"];
  server.ops["msg.send"] = (frame) => (answer(frame), SILENCE);
  client.sendText("R", "hello");
  await settle();
  server.socket.drop(4001);
  await clock.advance(limits.BACKOFF_MAX_MS);
  assert.equal(server.sent("msg.send").length, 1);
  assert.deepEqual(seqs(client), [1, 2]);
  assert.deepEqual(client.outbox.entries("R"), []);
});

test("an unanswered op on a living connection is repeated after its deadline", async () => {
  const { client, server, clock } = await inRoom();
  const answer = server.ops["msg.send"];
  server.ops["msg.send"] = () => SILENCE;
  client.sendText("R", "hello");
  await settle();
  server.ops["msg.send"] = answer;
  await clock.advance(limits.OP_DEADLINE_MS + limits.BACKOFF_BASE_MS);
  assert.equal(server.sent("msg.send").length, 2);
  assert.deepEqual(client.outbox.entries("R"), []);
});

test("unsent messages survive a reload, in order", async () => {
  const storage = new MemoryStorage();
  const before = world({ storage });
  before.client.sendText("R", "first");
  before.client.sendText("R", "second");
  const after = await inRoom({ storage });
  await settle();
  assert.deepEqual(after.server.sent("msg.send").map(({ body }) => body), ["first", "second"]);
  assert.deepEqual(stored(storage), []);
});

test("two tabs share the storage without losing each other's messages", () => {
  const storage = new MemoryStorage();
  const [one, two] = [world({ storage }).client, world({ storage }).client];
  const mine = one.sendText("R", "one");
  two.outbox.newId = () => "other";
  two.sendText("R", "two");
  one.outbox.acknowledge(mine.cid);
  assert.deepEqual(stored(storage).map(({ body }) => body), ["two"]);
});

test("busy waits as long as it was told, and the order in the room stands", async () => {
  const { client, server, clock } = await inRoom();
  const answer = server.ops["msg.send"];
  let refusals = 2;
  server.ops["msg.send"] = (frame) => (refusals-- > 0 ? refuse("busy", 4000) : answer(frame));
  client.sendText("R", "first");
  client.sendText("R", "second");
  await settle();
  await clock.advance(3999);
  assert.equal(server.sent("msg.send").length, 1);
  await clock.advance(4001);
  assert.deepEqual(server.sent("msg.send").map(({ body }) => body), ["first", "first", "first", "second"]);
  assert.deepEqual(client.rooms.get("R").events.map(({ body }) => body), ["m1", "first", "second"]);
});

for (const code of ["unavailable", "rate_limited"]) {
  test(`${code} is retried without being told when`, async () => {
    const { client, server, clock } = await inRoom();
    const answer = server.ops["msg.send"];
    server.ops["msg.send"] = () => refuse(code);
    client.sendText("R", "hello");
    await settle();
    server.ops["msg.send"] = answer;
    await clock.advance(limits.BACKOFF_BASE_MS);
    assert.deepEqual(client.outbox.entries("R"), []);
  });
}

test("a permanent refusal is shown as failed and does not hold up the rest", async () => {
  const { client, server, storage } = await inRoom();
  const answer = server.ops["msg.send"];
  server.ops["msg.send"] = (frame) => (frame.body === "bad" ? refuse("bad_request") : answer(frame));
  const bad = client.sendText("R", "bad");
  client.sendText("R", "good");
  await settle();
  assert.deepEqual(client.outbox.entries("R").map(({ state, code }) => [state, code]), [["failed", "bad_request"]]);
  assert.equal(stored(storage)[0].state, "failed");
  assert.deepEqual(seqs(client), [1, 2]);
  server.ops["msg.send"] = answer;
  client.outbox.retry(bad.cid);
  await settle();
  assert.deepEqual(seqs(client), [1, 2, 3]);
});

test("a failed message can be discarded; a cid conflict is retried under a new name", async () => {
  const { client, server, storage } = await inRoom();
  server.ops["msg.send"] = () => refuse("cid_conflict");
  const [one, two] = [client.sendText("R", "one"), client.sendText("R", "two")];
  await settle();
  client.outbox.discard(one.cid);
  const old = two.cid;
  client.outbox.retry(old);
  await settle();
  assert.notEqual(server.sent("msg.send").at(-1).cid, old);
  assert.equal(client.outbox.entries("R").length, 1);
  assert.equal(stored(storage).length, 1);
});

test("the outbox and a message are bounded", () => {
  const { client } = world();
  for (let n = 0; n < limits.OUTBOX_MAX; n += 1) client.outbox.add({ room: "R", body: "x" });
  assert.throws(() => client.sendText("R", "one more"), { code: "outbox_full" });
  assert.throws(() => client.sendText("R", "가".repeat(limits.TEXT_CHARS_MAX + 1)), { code: "too_large" });
  assert.throws(() => client.sendText("R", "   "), { code: "bad_request" });
  assert.equal(isRetryable(new Error("other")), false);
});

test("signing out leaves no message behind", async () => {
  const { client, server, storage } = await inRoom();
  server.ops["msg.send"] = () => SILENCE;
  server.rest["POST /v1/auth/logout"] = () => ({ status: 204 });
  client.sendText("R", "hello");
  await client.signOut();
  assert.equal(storage.getItem("glimpse.outbox"), null);
  assert.equal(storage.getItem("glimpse.tokens"), null);
});
