// REST: problem documents, one rotation for all, repeats only where repeating is safe.

import assert from "node:assert/strict";
import { test } from "node:test";

import { limits } from "../client/protocol.js";
import { problem, settle, world } from "./harness.mjs";

test("a problem document becomes an error with its code", async () => {
  const { client, server } = world();
  server.rest["POST /v1/groups/G/join"] = () => problem(409, "group_full", { retry_after_ms: 5 });
  await assert.rejects(client.rest.join("G"), { code: "group_full", status: 409, retryAfterMs: 5 });
});

test("an answer that is no problem document still gets a sensible code", async () => {
  const { client, server } = world();
  server.rest["DELETE /v1/matches/M"] = () => ({ status: 502, body: undefined });
  await assert.rejects(client.rest.unmatch("M"), { code: "unavailable" });
});

test("signing in keeps the tokens", async () => {
  const { client, server } = world({ signedIn: false });
  server.rest["POST /v1/auth/otp/verify"] = (body) =>
    body.profile ? { body: { access: "A1", refresh: "R1", expires_in: 3600, new: true } } : problem(409, "profile_required");
  await assert.rejects(client.rest.verifyCode("010", "1"), { code: "profile_required" });
  assert.equal(client.signedIn, false);
  await client.rest.verifyCode("010", "1", { nickname: "n", birth_year: 1990, gender: "other" });
  assert.equal(client.tokens.read().access, "A1");
});

test("however many requests meet an expired token, it is rotated once", async () => {
  const { client, server } = world();
  server.rest["GET /v1/me"] = (_, init) => (init.headers.authorization === "Bearer A" ? problem(401, "unauthenticated") : { body: { nickname: "n" } });
  const answers = await Promise.all(Array.from({ length: 5 }, () => client.rest.me()));
  assert.equal(answers.length, 5);
  assert.equal(server.asked("POST /v1/auth/refresh").length, 1);
  assert.equal(client.tokens.read().refresh, "R+");
});

test("a token another tab has rotated is used, not rotated again", async () => {
  const { client, server } = world();
  server.rest["GET /v1/me"] = (_, init) => {
    if (init.headers.authorization !== "Bearer A") return { body: {} };
    client.tokens.write({ access: "B", refresh: "R2", expires_in: 3600 });
    return problem(401, "unauthenticated");
  };
  await client.rest.me();
  assert.equal(server.asked("POST /v1/auth/refresh").length, 0);
  assert.equal(server.requests.at(-1).headers.authorization, "Bearer B");
});

test("a rotation whose answer was lost is asked for again under the same key", async () => {
  const { client, server } = world();
  const answer = server.rest["POST /v1/auth/refresh"];
  server.rest["POST /v1/auth/refresh"] = () => undefined;
  await assert.rejects(client.rest.refresh(), { code: "offline" });
  server.rest["POST /v1/auth/refresh"] = answer;
  await client.rest.refresh();
  const keys = server.asked("POST /v1/auth/refresh").map(({ headers }) => headers["idempotency-key"]);
  assert.equal(keys.length, 2);
  assert.equal(keys[0], keys[1]);
  await client.rest.refresh();
  assert.notEqual(server.requests.at(-1).headers["idempotency-key"], keys[0]);
});

test("only a refused rotation signs out; a server at rest does not", async () => {
  const { client, server, heard } = world();
  server.rest["POST /v1/auth/refresh"] = () => problem(503, "unavailable");
  await assert.rejects(client.rest.refresh(), { code: "unavailable" });
  assert.equal(client.signedIn, true);
  server.rest["POST /v1/auth/refresh"] = () => problem(401, "unauthenticated");
  await assert.rejects(client.rest.refresh(), { code: "unauthenticated" });
  assert.equal(client.signedIn, false);
  assert.ok(heard.some(({ type }) => type === "signed-out"));
});

test("a like is repeated under one key when the road fails, within a bound", async () => {
  const { client, server, clock } = world();
  server.rest["POST /v1/groups/G/likes"] = () => undefined;
  const liked = client.rest.like("G", "M", "friend");
  const refused = assert.rejects(liked, { code: "offline" });
  await clock.advance(limits.BACKOFF_MAX_MS);
  await refused;
  const asked = server.asked("POST /v1/groups/G/likes");
  assert.equal(asked.length, limits.REST_TRIES_MAX);
  assert.equal(new Set(asked.map(({ headers }) => headers["idempotency-key"])).size, 1);
});

test("an order whose answer was lost is asked for again under the caller's key", async () => {
  const { client, server, clock } = world();
  server.rest["POST /v1/orders"] = () => undefined;
  const refused = assert.rejects(client.rest.createOrder({ product: "P" }, "K"), { code: "offline" });
  await clock.advance(limits.BACKOFF_MAX_MS);
  await refused;
  server.rest["POST /v1/orders"] = () => ({ status: 201, body: { pay_url: "U" } });
  assert.equal((await client.rest.createOrder({ product: "P" }, "K")).pay_url, "U");
  assert.deepEqual([...new Set(server.asked("POST /v1/orders").map(({ headers }) => headers["idempotency-key"]))], ["K"]);
});

test("a code is never asked for twice by itself, a read is", async () => {
  const { client, server, clock } = world();
  server.rest["POST /v1/auth/otp"] = () => problem(503, "unavailable");
  await assert.rejects(client.rest.requestCode("010"), { code: "unavailable" });
  assert.equal(server.requests.length, 1);
  let refusals = 1;
  server.rest["GET /v1/rooms"] = () => (refusals-- > 0 ? problem(503, "busy", { retry_after_ms: 100 }) : { body: { items: [] } });
  const rooms = client.rest.rooms({ limit: 50, cursor: undefined });
  await clock.advance(100);
  assert.deepEqual(await rooms, { items: [] });
});

test("an answer that never comes is a timeout, and no timer is left behind", async () => {
  const { client, server, clock } = world();
  client.rest.fetch = (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
  const refused = assert.rejects(client.rest.changeMe({ nickname: "n" }), { code: "timeout" });
  await clock.advance(limits.REST_DEADLINE_MS);
  await refused;
  assert.equal(clock.pending, 0);
  assert.equal(server.requests.length, 0);
  await settle();
});

test("without a sign-in nothing is asked", async () => {
  const { client, server } = world({ signedIn: false });
  await assert.rejects(client.rest.me(), { code: "signed_out" });
  assert.equal(server.requests.length, 0);
});

test("an archive is whole with its last line, and only then", async () => {
  const { client, server } = world();
  const whole = '{"section":"export","format":1}\n{"section":"end","items":0}\n';
  server.rest["GET /v1/me/export"] = () => ({ text: whole });
  assert.equal(await client.rest.exportMe(), whole);
  server.rest["GET /v1/me/export"] = () => ({ text: whole.split("\n")[0] });
  await assert.rejects(client.rest.exportMe(), { code: "offline" });
});
