// The live pool of a group: joining it, waiting with an honest estimate, asking why, and leaving it.

import { h, icon, toast } from "../dom.js";
import { portrait } from "../glass.js";
import { errorWords, t } from "../i18n.js";
import { dialog } from "./meeting-doors.js";

const AGE_MIN = 19;
const AGE_MAX = 99;
const INTERESTS_MAX = 20;
const SIDES = ["female", "male", "other"];

/** A strip above the people of a group; it lives as long as `signal` lets it. */
export function poolPanel(app, group, signal) {
  const node = h("section", { class: "pool", "data-testid": "pool" });
  const draw = () => node.replaceChildren(...(app.pools.of(group) ? waiting(app, group) : idle(app, group)));
  app.pools.addEventListener("pool", ({ detail }) => detail.pool === group && draw(), { signal });
  const timer = setInterval(() => node.dataset.waits !== String(app.pools.of(group) !== null) && draw(), 1_000);
  signal.addEventListener("abort", () => clearInterval(timer));
  draw();
  return node;

  function idle() {
    node.dataset.waits = "false";
    return [
      h("div", { class: "pool-text" }, h("strong", {}, t("pool.title")), h("span", { class: "muted" }, t("pool.text"))),
      h("button", { class: "button plain", "data-testid": "pool-open", onclick: () => joinDialog(app, group) }, t("pool.join")),
    ];
  }

  function waiting() {
    node.dataset.waits = "true";
    const held = app.pools.of(group);
    const why = h("p", { class: "hint", role: "status", "data-testid": "pool-why" });
    return [
      h("div", { class: "pool-glass", "aria-hidden": "true" }, portrait(`${held.ticket}-a`, { size: "m" }), portrait(`${held.ticket}-b`, { size: "m" })),
      h("div", { class: "pool-text", role: "status", "data-testid": "pool-waiting" }, h("strong", {}, t("pool.waiting")),
        h("span", { class: "muted", "data-testid": "pool-estimate" }, t(`pool.wait.${held.waitBand}`)),
        h("span", { class: "hint" }, t("pool.away"))),
      why,
      h("div", { class: "pool-acts" },
        h("button", { class: "button quiet", "data-testid": "pool-explain", onclick: () => explain(app, group, why) }, t("pool.why")),
        h("button", { class: "button plain", "data-testid": "pool-leave", onclick: (event) => leave(app, group, event.currentTarget) }, icon("close"), t("pool.leave"))),
    ];
  }
}

async function leave(app, group, button) {
  button.disabled = true;
  try {
    await app.pools.leave(group);
  } catch (error) {
    button.disabled = false;
    toast(errorWords(error));
  }
}

async function explain(app, group, place) {
  try {
    const said = await app.pools.explain(group);
    if (said === null) return;
    // The estimate may have moved with it, and this strip been drawn anew.
    const shown = place.isConnected ? place : document.querySelector('[data-testid="pool-why"]');
    const words = [t(`pool.considered.${said.considered_band}`),
      ...said.blocked_by.map(({ constraint, share_band: share }) => t("pool.blocked", { constraint: t(`pool.constraint.${constraint}`), share: t(`pool.share.${share}`) }))];
    shown?.replaceChildren(...words.map((word) => h("span", {}, word)));
  } catch (error) {
    toast(errorWords(error));
  }
}

function joinDialog(app, group) {
  const intents = radios("pool-intent", ["romantic", "friend"], (intent) => t(`meet.intent.${intent}`), "friend");
  const sides = SIDES.map((side) => h("label", { class: "look-chip" },
    h("input", { type: "checkbox", value: side, "data-testid": `pool-side-${side}` }), h("span", {}, t(`person.gender.${side}`))));
  const low = age("pool-age-low", AGE_MIN);
  const high = age("pool-age-high", "");
  const must = h("input", { type: "checkbox", id: "pool-age-must", "data-testid": "pool-age-must" });
  const interests = h("input", { class: "input", id: "pool-interests", type: "text", autocomplete: "off", maxlength: 200, "data-testid": "pool-interests" });
  dialog({
    title: t("pool.join"),
    text: t("pool.join.text"),
    testid: "pool-dialog",
    fields: [
      h("fieldset", { class: "picks two" }, h("legend", {}, t("meet.intent")), intents),
      h("fieldset", { class: "look-row" }, h("legend", {}, t("pool.sides")), h("div", { class: "look-chips" }, sides)),
      h("fieldset", { class: "look-row" }, h("legend", {}, t("pool.ages")), h("div", { class: "pool-ages" }, low, h("span", { "aria-hidden": "true" }, "–"), high),
        h("label", { class: "pool-must", for: must.id }, must, t("pool.ages.must"))),
      h("div", { class: "field" }, h("label", { for: interests.id }, t("pool.interests")), interests, h("p", { class: "hint" }, t("pool.interests.text"))),
    ],
    submit: t("pool.start"),
    run: async () => {
      const words = [...new Set(interests.value.split(/[,\s]+/).filter(Boolean))].slice(0, INTERESTS_MAX);
      const chosen = sides.map((label) => label.firstChild).filter((box) => box.checked).map((box) => box.value);
      const ages = high.value !== "" ? { ages: { low: Number(low.value || AGE_MIN), high: Number(high.value), ...(must.checked ? { must: true } : {}) } } : {};
      await app.pools.join(group, {
        me: words.length ? { interests: words } : {},
        want: { intent: intents.map((label) => label.firstChild).find((radio) => radio.checked).value, ...(chosen.length ? { sides: chosen } : {}), ...ages },
      });
      return true;
    },
    words: errorWords,
  });
}

function radios(name, values, words, first) {
  return values.map((value) => h("label", { class: "pick" },
    h("input", { type: "radio", name, value, checked: value === first, "data-testid": `${name}-${value}` }), h("span", {}, words(value))));
}

function age(id, value) {
  const word = id.endsWith("low") ? "pool.ages.low" : "pool.ages.high";
  return h("input", { class: "input", id, type: "number", inputmode: "numeric", min: AGE_MIN, max: AGE_MAX, value, "aria-label": t(word), placeholder: t(word), "data-testid": id });
}
