// The live pool of a group: joining it, waiting with an honest estimate, asking why, and leaving it.

import { h, icon, toast } from "../dom.js";
import { portrait } from "../glass.js";
import { errorWords, t } from "../i18n.js";
import { withConsent } from "./agree.js";
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
        h("button", { class: "button quiet", "data-testid": "pool-change", onclick: () => joinDialog(app, group) }, t("pool.change")),
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

async function joinDialog(app, group) {
  try {
    app.model.config ??= await app.client.rest.config();
  } catch (error) {
    toast(errorWords(error));
    return;
  }
  const rules = app.model.config.pools;
  const held = app.pools.of(group);
  const { me = {}, want = {} } = held?.said ?? {};
  const intents = radios("pool-intent", ["romantic", "friend"], (intent) => t(`meet.intent.${intent}`), want.intent ?? "friend");
  const sides = SIDES.map((side) => h("label", { class: "look-chip" },
    h("input", { type: "checkbox", value: side, checked: want.sides?.includes(side) ?? false, "data-testid": `pool-side-${side}` }), h("span", {}, t(`person.gender.${side}`))));
  const low = age("pool-age-low", want.ages?.low ?? AGE_MIN);
  const high = age("pool-age-high", want.ages?.high ?? "");
  const must = h("input", { type: "checkbox", id: "pool-age-must", checked: want.ages?.must ?? false, "data-testid": "pool-age-must" });
  const interests = h("input", { class: "input", id: "pool-interests", type: "text", autocomplete: "off", maxlength: 200, value: (me.interests ?? []).join(", "), "data-testid": "pool-interests" });
  const area = areas(rules.cells_across, me.area);
  const mine = features("pool-mine", rules.features, me.features);
  const theirs = features("pool-theirs", rules.features, want.features);
  dialog({
    title: held ? t("pool.change") : t("pool.join"),
    text: t("pool.join.text"),
    testid: "pool-dialog",
    fields: [
      h("fieldset", { class: "picks two" }, h("legend", {}, t("meet.intent")), intents),
      h("fieldset", { class: "look-row" }, h("legend", {}, t("pool.sides")), h("div", { class: "look-chips" }, sides)),
      h("fieldset", { class: "look-row" }, h("legend", {}, t("pool.ages")), h("div", { class: "pool-ages" }, low, h("span", { "aria-hidden": "true" }, "–"), high),
        h("label", { class: "pool-must", for: must.id }, must, t("pool.ages.must"))),
      h("div", { class: "field" }, h("label", { for: interests.id }, t("pool.interests")), interests, h("p", { class: "hint" }, t("pool.interests.text"))),
      h("div", { class: "field" }, h("label", { for: area.id }, t("pool.area")), area),
      more(t("pool.mine"), mine),
      more(t("pool.theirs"), theirs),
    ],
    submit: held ? t("pool.change.yes") : t("pool.start"),
    run: async () => {
      const words = [...new Set(interests.value.split(/[,\s]+/).filter(Boolean))].slice(0, INTERESTS_MAX);
      const chosen = checked(sides);
      const cell = area.value === "" ? {} : { area: JSON.parse(area.value) };
      const [has, needs] = [checked(mine), checked(theirs)];
      const ages = high.value !== "" ? { ages: { low: Number(low.value || AGE_MIN), high: Number(high.value), ...(must.checked ? { must: true } : {}) } } : {};
      await withConsent(app, () => app.pools.change(group, {
        me: { ...(words.length ? { interests: words } : {}), ...cell, ...(has.length ? { features: has } : {}) },
        want: { intent: intents.map((label) => label.firstChild).find((radio) => radio.checked).value, ...(chosen.length ? { sides: chosen } : {}), ...ages, ...(needs.length ? { features: needs } : {}) },
      }));
      return true;
    },
    words: errorWords,
  });
}

/** Roughly where: a ninth of the grid, by its middle cell. */
function areas(across, chosen) {
  const middle = (third) => Math.floor((across * (2 * third + 1)) / 6);
  const cells = [0, 1, 2].flatMap((y) => [0, 1, 2].map((x) => ({ x: middle(x), y: middle(y) })));
  return h("select", { class: "input", id: "pool-area", "data-testid": "pool-area" },
    h("option", { value: "" }, t("pool.area.any")),
    cells.map((cell, place) => h("option", { value: JSON.stringify(cell), selected: chosen?.x === cell.x && chosen?.y === cell.y }, t(`pool.area.${place}`))));
}

function features(testid, words, chosen = []) {
  return words.map((word) => h("label", { class: "look-chip" },
    h("input", { type: "checkbox", value: word, checked: chosen.includes(word), "data-testid": `${testid}-${word}` }), h("span", {}, t(`pool.feature.${word}`))));
}

/** What most people leave alone stays folded. */
function more(title, boxes) {
  return h("details", { class: "look-row", open: checked(boxes).length > 0 }, h("summary", {}, title), h("div", { class: "look-chips" }, boxes));
}

function checked(labels) {
  return labels.map((label) => label.firstChild).filter((box) => box.checked).map((box) => box.value);
}

function radios(name, values, words, first) {
  return values.map((value) => h("label", { class: "pick" },
    h("input", { type: "radio", name, value, checked: value === first, "data-testid": `${name}-${value}` }), h("span", {}, words(value))));
}

function age(id, value) {
  const word = id.endsWith("low") ? "pool.ages.low" : "pool.ages.high";
  return h("input", { class: "input", id, type: "number", inputmode: "numeric", min: AGE_MIN, max: AGE_MAX, value, "aria-label": t(word), placeholder: t(word), "data-testid": id });
}
