// Tickets of live pools: kept over a reload, given up when the server knows them no more.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Pools } from "../client/pools.js";

function world() {
  const kept = new Map();
  const storage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value), removeItem: (key) => kept.delete(key) };
  const client = Object.assign(new EventTarget(), {
    at: 1_000,
    clock: { now: () => client.at },
    asked: [],
    answer: null,
    newId: () => "c",
    async joinPool(pool, { cid }) { client.asked.push(["join", pool, cid]); if (client.answer) throw client.answer; return { ticket: "T", expires_in_s: 600, wait_band: "unknown" }; },
    async leavePool(ticket) { client.asked.push(["leave", ticket]); if (client.answer) throw client.answer; },
    async explainPool(ticket) { client.asked.push(["explain", ticket]); if (client.answer) throw client.answer; return { wait_band: "under_1_min", blocked_by: [] }; },
  });
  return { client, storage, pools: new Pools(client, storage) };
}

const refusal = (code) => Object.assign(new Error(code), { code });
const tell = (client, type, detail = {}) => client.dispatchEvent(new CustomEvent(type, { detail }));
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("a ticket outlives the page and ends at its time", async () => {
  const { client, storage, pools } = world();
  await pools.join("G", { me: {}, want: { intent: "friend" } });
  assert.equal(pools.of("G").waitBand, "unknown");
  const again = new Pools(client, storage);
  assert.equal(again.of("G").ticket, "T");
  client.at += 600_000;
  assert.equal(again.of("G"), null);
});

test("a match of the pool ends the waiting, another match does not", async () => {
  const { client, pools } = world();
  await pools.join("G", {});
  tell(client, "match", { group: "G" });
  tell(client, "match", { pool: "H" });
  assert.notEqual(pools.of("G"), null);
  tell(client, "match", { pool: "G" });
  assert.equal(pools.of("G"), null);
});

test("leaving is over also where the server knows no ticket, and not where the road failed", async () => {
  for (const [code, left] of [["not_found", true], ["conflict", true], ["offline", false]]) {
    const { client, pools } = world();
    await pools.join("G", {});
    client.answer = refusal(code);
    await pools.leave("G").catch((error) => assert.equal(error.code, "offline"));
    assert.equal(pools.of("G") === null, left, code);
  }
});

test("after a hello the server is asked, and its estimate is the one that counts", async () => {
  const { client, pools } = world();
  await pools.join("G", {});
  tell(client, "ready");
  await settled();
  assert.equal(pools.of("G").waitBand, "under_1_min");
  client.answer = refusal("not_found");
  tell(client, "ready");
  await settled();
  assert.equal(pools.of("G"), null);
});

test("a pool that answers late is asked again under the same cid, a refusal is told", async () => {
  const { client, pools } = world();
  client.answer = refusal("timeout");
  await assert.rejects(pools.join("G", {}));
  assert.deepEqual(client.asked, Array(3).fill(["join", "G", "c"]));
  client.answer = refusal("matching_closed");
  await assert.rejects(pools.join("G", {}));
  assert.equal(client.asked.length, 4);
});

test("who signs out waits nowhere", async () => {
  const { client, storage, pools } = world();
  await pools.join("G", {});
  tell(client, "signed-out");
  assert.equal(pools.of("G"), null);
  assert.equal(new Pools(client, storage).of("G"), null);
});
