// Every sentence exists in both languages, and every sentence a view asks for exists.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import en from "../client/words/en.js";
import ko from "../client/words/ko.js";

const views = new URL("../client/views/", import.meta.url);
const sources = readdirSync(views).map((name) => readFileSync(new URL(name, views), "utf8"));
sources.push(readFileSync(new URL("../client/card.js", import.meta.url), "utf8"));

test("both languages say the same things", () => {
  assert.deepEqual(Object.keys(ko).sort(), Object.keys(en).sort());
  for (const key of Object.keys(en)) assert.equal(typeof ko[key] === "string" ? ko[key] !== "" : typeof ko[key] === "function", true, key);
});

test("no view asks for a word that is missing", () => {
  const asked = sources.flatMap((source) => [...source.matchAll(/\bt\("([^"]+)"/g)].map(([, key]) => key));
  assert.ok(asked.length > 100);
  assert.deepEqual(asked.filter((key) => !(key in en)), []);
});

test("a word that is built from a name exists for every name", () => {
  const steps = ["nickname", "profile", "photo", "contact"].map((step) => `reveal.step.${step}`);
  const notes = ["room.joined", "room.left", "room.closed", "reveal.offered", "reveal.withdrawn", "reveal.done"].map((ev) => `note.${ev}`);
  const states = ["waiting", "kept", "read", "failed"].map((state) => `chat.state.${state}`);
  const orders = ["created", "awaiting", "confirmed", "applied", "failed", "cancelled", "refunding", "refunded", "disputed"].flatMap((state) => [`order.${state}`, `order.${state}.text`]);
  const shop = ["plan.free", "plan.trial", "plan.premium", "plan.premium_plus", "provider.stripe", "provider.toss", "provider.kakao"];
  const subscription = ["trial", "active", "past_due", "paused", "cancelled", "expired", "unknown"].flatMap((state) => [`subscription.${state}`, `subscription.${state}.text`]);
  const changes = ["cancel", "pause", "resume"].flatMap((change) => [`subscription.${change}`, `subscription.${change}.title`, `subscription.${change}.${change === "resume" ? "over" : "sure"}`]);
  const spans = ["once", "renews", "trial"].flatMap((span) => [`shop.span.${span}`, `shop.span.${span}.text`, `shop.conflict.${span}`]);
  const days = ["charged", "paid", "late"].map((day) => `subscription.day.${day}`);
  const moves = ["opening", "operator", "order", "refund", "like", "undo"].map((cause) => `moves.${cause}`);
  const source = sources.find((text) => text.includes("const STICKERS"));
  const stickers = [...source.matchAll(/^ {2}(\w+): \[/gm)].map(([, id]) => `sticker.${id}`);
  assert.equal(stickers.length, 8);
  assert.deepEqual([...steps, ...notes, ...states, ...orders, ...shop, ...subscription, "subscription.cancel.over", "card.text", "card.text.trial", "card.open", "card.open.trial", "shop.try", ...changes, ...spans, ...days, ...moves, ...stickers].filter((key) => !(key in en)), []);
});
