// Step by step, by both or by neither: where the two stand, what comes next, and what a step has shown.

import { announce, h, icon, openDialog, toast } from "../dom.js";
import { portrait } from "../glass.js";
import { errorWords, t } from "../i18n.js";
import { REVEAL_STEPS, reveals } from "../protocol.js";
import { photoImage } from "./photo.js";

const FACTS = ["nickname", "age_band", "birth_year", "gender", "interests", "bio", "contact", "phone"];

/** Where a room's two people stand: `mine` and `theirs` are offers of the next step. */
export function standing(log) {
  const { done, offers, next } = reveals(log.events);
  const offered = offers.get(next) ?? new Set();
  return { done, next, mine: offered.has(log.me), theirs: [...offered].some((alias) => alias !== log.me) };
}

/** `onclose()` when it is gone: what it was opened from may be gone as well. */
export function openReveal({ app, room, name, onclose }) {
  const aborter = new AbortController();
  const summary = app.model.rooms.get(room);
  const peer = app.model.peerOf(room);
  const picture = portrait(peer?.alias ?? room, { step: app.model.stepIn(room), size: "reveal" });
  const steps = h("ol", { class: "reveal-steps" });
  let shown = null;
  const fill = () => {
    const log = app.client.rooms.get(room);
    if (!log) return;
    const now = standing(log);
    const drawn = JSON.stringify([[...now.done], now.next, now.mine, now.theirs]);
    if (drawn === shown) return;
    const held = steps.contains(document.activeElement);
    if (shown !== null) announce(stepWords(now, name));
    shown = drawn;
    picture.dataset.step = app.model.stepIn(room);
    steps.replaceChildren(...REVEAL_STEPS.map((step) => stepRow({ app, match: summary?.match, closed: summary?.closed, name, step, now })));
    if (held) (steps.querySelector("button") ?? steps.closest("dialog")).focus();
  };
  openDialog({
    label: t("reveal.title"),
    kind: "sheet reveal",
    testid: "reveal-panel",
    onclose: () => {
      aborter.abort();
      onclose();
    },
    build: (close) => [
      h("div", { class: "reveal-head" }, picture, h("div", {}, h("h2", {}, t("reveal.title")), h("p", { class: "muted" }, t("reveal.text", { name })))),
      steps,
      h("div", { class: "actions" }, h("button", { class: "button plain", type: "button", onclick: close }, t("close"))),
    ],
  });
  app.model.addEventListener("room", ({ detail }) => detail.room === room && fill(), { signal: aborter.signal });
  fill();
  // Steps taken long ago lie further back than what is on the screen.
  app.client.reach(room, 1).then(fill, () => {});
}

function stepWords({ next, mine, theirs }, name) {
  if (next === null) return t("reveal.all");
  if (theirs) return t("reveal.theirs", { name });
  return mine ? t("reveal.mine", { name }) : t("reveal.offer.text", { step: t(`reveal.step.${next}`) });
}

function stepRow({ app, match, closed, name, step, now }) {
  const done = now.done.has(step);
  const isNext = step === now.next;
  const state = done ? "done" : isNext ? (now.theirs ? "theirs" : now.mine ? "mine" : "open") : "later";
  const sub = {
    done: step === "nickname" ? t("reveal.first") : "",
    theirs: t("reveal.theirs", { name }), mine: t("reveal.mine", { name }), open: t(`reveal.step.${step}.text`), later: t("reveal.later"),
  }[state];
  const act = (op) => async (event) => {
    const button = event.currentTarget;
    button.disabled = true;
    try {
      await app.client[`${op}Reveal`](match, step);
    } catch (error) {
      button.disabled = false;
      toast(step === "contact" && error.code === "conflict" ? t("reveal.contact.missing") : errorWords(error));
    }
  };
  const button = (op, kind) => h("button", { class: `button ${kind}`, type: "button", "data-testid": `reveal-${op}-${step}`, onclick: act(op) }, t(`reveal.${op}`));
  const buttons = closed ? [] : { open: [button("offer", "main")], mine: [button("withdraw", "plain")], theirs: [button("accept", "main")] }[state] ?? [];
  return h("li", { class: "reveal-step", "data-testid": `reveal-step-${step}`, "data-state": state, "aria-current": isNext ? "step" : null },
    h("span", { class: "reveal-mark" }, done ? icon("check") : null),
    h("div", { class: "reveal-words" },
      h("p", { class: "reveal-name" }, t(`reveal.step.${step}`), done && h("span", { class: "unseen" }, t("reveal.done"))),
      sub && h("p", { class: "row-sub" }, sub),
      done && facts(step, now.done.get(step)),
      done && step === "photo" && peerPhoto(app, match, name),
      buttons.length > 0 && h("div", { class: "reveal-buttons" }, buttons)));
}

/** What came with a step, as far as this client has words for it. */
function facts(step, peer) {
  const known = FACTS.filter((name) => peer[name] !== undefined && peer[name] !== null && String(peer[name]) !== "");
  const rows = known.map((name) => h("div", { class: "reveal-fact" }, h("dt", {}, t(`fact.${name}`)), h("dd", {}, factWords(name, peer[name]))));
  return rows.length > 0 && h("dl", { class: "reveal-facts" }, rows);
}

/** What the other one shows now: it may be another photo than at the reveal, or none. */
function peerPhoto(app, match, name) {
  const image = photoImage(() => app.client.rest.peerPhoto(match), { testid: "reveal-photo", alt: t("fact.photo.of", { name }) });
  const none = h("p", { class: "row-sub", hidden: true }, t("fact.photo.none"));
  image.show().then((shown) => { none.hidden = shown; }, (error) => toast(errorWords(error)));
  return h("div", {}, image, none);
}

function factWords(name, value) {
  if (name === "gender") return t(`person.gender.${value}`);
  if (name === "age_band") return t("person.age", { band: value });
  return Array.isArray(value) ? value.join(", ") : String(value);
}

/** One quiet line where the other has offered a step and waits. */
export function revealBanner({ log, name, onopen }) {
  const now = standing(log);
  if (now.next === null || !now.theirs) return null;
  return h("button", { class: "banner", type: "button", "data-testid": "reveal-banner", onclick: onopen },
    h("span", { class: "banner-text" }, t("reveal.banner", { name, step: t(`reveal.step.${now.next}`) })), icon("ahead"));
}
