// When to come back, how soon, with which token, and when not to.

import assert from "node:assert/strict";
import { test } from "node:test";

import { backoffMs, boundedRetryAfterMs, limits } from "../client/protocol.js";
import { FakeServer, connected, message, problem, refuse, serveRoom, settle, SILENCE, world } from "./harness.mjs";

test("hello is the first frame, over the JSON subprotocol, with the token", async () => {
  const { client, server, states } = await connected();
  assert.deepEqual(server.socket.protocols, ["glimpse.v1.json"]);
  assert.equal(server.frames[0].op, "hello");
  assert.equal(server.frames[0].token, "A");
  assert.equal(client.state, "connected");
  assert.deepEqual(states(), ["connecting", "catching-up", "connected"]);
});

test("replies find their ops by re, in whatever order they come", async () => {
  const { client, server } = await connected();
  server.ops["msg.react"] = () => SILENCE;
  const [one, two] = [client.react("R", 1, "a", true), client.react("R", 2, "b", true)];
  const [first, second] = server.sent("msg.react").map(({ id }) => id);
  server.socket.say({ re: second, ok: true, n: 2 });
  server.socket.say({ re: first, ok: false, code: "not_found", message: "no" });
  assert.equal((await two).n, 2);
  await assert.rejects(one, { code: "not_found" });
});

test("backoff grows, is jittered over its whole width and stays within its bound", () => {
  for (let attempt = 0; attempt < 60; attempt += 1) {
    assert.equal(backoffMs(attempt, () => 0), 0);
    const longest = backoffMs(attempt, () => 1);
    assert.equal(longest, Math.min(limits.BACKOFF_MAX_MS, limits.BACKOFF_BASE_MS * 2 ** attempt));
  }
  assert.equal(boundedRetryAfterMs(1e12), limits.RETRY_AFTER_MAX_MS);
  assert.equal(boundedRetryAfterMs(-1), 0);
  assert.equal(boundedRetryAfterMs("soon"), 0);
});

test("repeated failures wait longer and longer, never longer than the bound", async () => {
  const { client, server, clock, heard } = await connected({ random: () => 1 });
  server.ops.hello = (_, socket) => (queueMicrotask(() => socket.drop(1011)), SILENCE);
  server.socket.drop(1006);
  for (let n = 0; n < 10; n += 1) await clock.advance(limits.BACKOFF_MAX_MS);
  const waits = heard.filter(({ state, retryInMs }) => state === "offline" && retryInMs !== null).map(({ retryInMs }) => retryInMs);
  assert.deepEqual(waits.slice(0, 8), [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
  client.stop();
  assert.equal(clock.pending, 0);
});

test("the backoff starts over only after a connection has proved stable", async () => {
  const { server, clock, heard } = await connected({ random: () => 1 });
  const waits = () => heard.filter(({ retryInMs }) => retryInMs > 0).map(({ retryInMs }) => retryInMs);
  server.socket.drop(4001);
  await clock.advance(500);
  server.socket.drop(4001);
  await clock.advance(1000);
  await clock.advance(limits.STABLE_AFTER_MS);
  server.socket.drop(4001);
  assert.deepEqual(waits(), [500, 1000, 500]);
});

test("draining: comes back exactly when it was asked to", async () => {
  const { client, server, clock } = await connected();
  server.socket.say({ ev: "session.draining", retry_after_ms: 7000 });
  assert.equal(client.state, "connected");
  server.socket.drop(4000);
  await clock.advance(6999);
  assert.equal(server.sockets.length, 1);
  await clock.advance(1);
  assert.equal(server.sockets.length, 2);
});

test("4002: the token is refreshed before coming back", async () => {
  const { client, server, clock } = await connected();
  server.socket.drop(4002);
  await clock.advance(limits.BACKOFF_BASE_MS);
  assert.equal(server.asked("POST /v1/auth/refresh").length, 1);
  assert.equal(server.sent("hello").at(-1).token, "R-access");
  assert.equal(client.state, "connected");
});

test("a hello refused as unauthenticated is treated like an expired session", async () => {
  const server = new FakeServer();
  const hello = server.ops.hello;
  server.ops.hello = (frame) => (frame.token === "A" ? refuse("unauthenticated") : hello(frame));
  const { client, clock } = await connected({ server });
  await clock.advance(limits.BACKOFF_BASE_MS);
  assert.equal(client.state, "connected");
});

test("a token about to expire is refreshed before it is shown", async () => {
  const made = world();
  made.client.tokens.write({ access: "old", refresh: "R", expires_in: 10 });
  made.client.start();
  await settle();
  assert.equal(made.server.sent("hello")[0].token, "R-access");
});

for (const code of [4500, 4502, 4503, 4999]) {
  test(`${code}: does not come back`, async () => {
    const { client, server, clock, heard } = await connected();
    server.socket.drop(code);
    await clock.advance(10 * limits.BACKOFF_MAX_MS);
    assert.equal(server.sockets.length, 1);
    assert.equal(client.state, "offline");
    assert.ok(heard.some((event) => event.type === "ended" && event.code === code));
    assert.equal(client.signedIn, code !== 4502);
  });
}

test("4501: never again with this token, once with a fresh one", async () => {
  const { client, server, clock, heard } = await connected();
  server.ops.hello = (_, socket) => (queueMicrotask(() => socket.drop(4501)), SILENCE);
  server.socket.drop(4501);
  await clock.advance(10 * limits.BACKOFF_MAX_MS);
  assert.deepEqual(server.sent("hello").map(({ token }) => token), ["A", "R-access"]);
  assert.ok(heard.some(({ type, code }) => type === "ended" && code === 4501));
  assert.equal(client.state, "offline");
});

test("a dead family signs out", async () => {
  const { client, server, clock, heard } = await connected();
  server.rest["POST /v1/auth/refresh"] = () => problem(401, "unauthenticated");
  server.socket.drop(4501);
  await clock.advance(10 * limits.BACKOFF_MAX_MS);
  assert.equal(server.sockets.length, 1);
  assert.equal(client.signedIn, false);
  assert.equal(heard.filter(({ type }) => type === "signed-out").length, 1);
});

test("silence is probed, and an answer to the probe is life", async () => {
  const server = new FakeServer();
  serveRoom(server, [message(1)]);
  const { client, clock } = await connected({ server });
  await client.openRoom("R");
  await clock.advance(limits.SILENCE_PROBE_MS);
  assert.deepEqual(server.sent("room.open").at(-1).after, { epoch: 1, seq: 1 });
  await clock.advance(10 * limits.SILENCE_STALE_MS);
  assert.equal(server.sockets.length, 1);
  assert.equal(client.state, "connected");
});

test("a probe left unanswered ends the connection, and another one is made", async () => {
  const { client, server, clock } = await connected();
  server.ops["room.close"] = () => SILENCE;
  await clock.advance(limits.SILENCE_STALE_MS - 1);
  assert.equal(client.state, "connected");
  await clock.advance(1 + limits.BACKOFF_BASE_MS);
  assert.equal(server.sockets[0].closed, true);
  assert.equal(server.sockets.length, 2);
});

test("an opening that never finishes is given up and tried again", async () => {
  const server = new FakeServer();
  server.ops.hello = () => SILENCE;
  const { client, clock } = await connected({ server });
  await clock.advance(limits.CONNECT_DEADLINE_MS);
  assert.equal(client.state, "offline");
  await clock.advance(limits.BACKOFF_BASE_MS);
  assert.equal(server.sockets.length, 2);
});

test("the browser's word on the network is believed at once", async () => {
  const { client, server, clock } = await connected({ random: () => 1 });
  client.networkLost();
  assert.equal(client.state, "offline");
  client.networkBack();
  await settle();
  assert.equal(server.sockets.length, 2);
  assert.equal(client.state, "connected");
  await clock.advance(limits.BACKOFF_MAX_MS);
  assert.equal(server.sockets.length, 2);
});

test("typing is throttled, and its end is said once", async () => {
  const { client, server, clock } = await connected();
  for (let n = 0; n < 50; n += 1) {
    client.typing("R", true);
    await clock.advance(100);
  }
  client.typing("R", false);
  client.typing("R", false);
  assert.deepEqual(server.sent("typing").map(({ on, id }) => [on, id]), [[true, undefined], [true, undefined], [false, undefined]]);
});

test("read marks are gathered, only the furthest travels, and it survives a reconnect", async () => {
  const { client, server, clock } = await connected();
  server.ops.read = () => SILENCE;
  for (const seq of [3, 5, 4]) client.read("R", seq);
  await clock.advance(limits.READ_EVERY_MS);
  assert.deepEqual(server.sent("read").map(({ seq }) => seq), [5]);
  server.ops.read = () => ({});
  server.socket.drop(4001);
  await clock.advance(limits.BACKOFF_MAX_MS);
  assert.deepEqual(server.sent("read").map(({ seq }) => seq), [5, 5]);
});

test("live events reach the app under their own names", async () => {
  const { server, heard } = await connected();
  server.socket.say({ ev: "match.new", match: "M", room: "R", peer: { alias: "p", nickname: "n" }, at: 1, later: "field" });
  server.socket.say({ ev: "like.received", group: "G", count_band: "few" });
  server.socket.say({ ev: "typing", room: "R", from: "p", on: true });
  server.socket.say({ ev: "something.new" });
  server.socket.onmessage({ data: "not json" });
  assert.deepEqual(heard.slice(3).map(({ type }) => type), ["match", "likes", "typing"]);
});
