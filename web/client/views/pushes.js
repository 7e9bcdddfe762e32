// What one is told of by a push, and when not: kinds, and quiet hours by this device's clock.

import { h, openDialog, skeleton, toast } from "../dom.js";
import { currentLanguage, errorWords, t } from "../i18n.js";

const KINDS = ["message", "match", "likes", "invitation", "verification", "payment", "subscription", "system"];
const NIGHT = { start: 23 * 60, end: 8 * 60 };

/** The line of the settings that leads to them. */
export function pushesSetting(app) {
  return h("div", { class: "setting" },
    h("span", { class: "setting-text" }, h("span", {}, t("pushes.title")), h("span", { class: "row-sub" }, t("pushes.text"))),
    h("button", { class: "button plain", type: "button", "data-testid": "pushes-open", "aria-haspopup": "dialog", onclick: () => openPushes(app) }, t("pushes.open")));
}

async function openPushes(app) {
  const body = h("div", { class: "lines", "data-testid": "pushes-list" }, skeleton("row", 3));
  openDialog({
    label: t("pushes.title"),
    testid: "pushes",
    build: (close) => [h("h2", {}, t("pushes.title")), h("p", { class: "muted" }, t("pushes.hint")), body, h("button", { class: "button plain", type: "button", onclick: close }, t("close"))],
  });
  try {
    const { kinds, quiet } = await app.client.rest.pushes();
    body.replaceChildren(...KINDS.map((kind) => kindRow(app, kind, kinds[kind])), quietRow(app, quiet));
  } catch (error) {
    body.replaceChildren(h("p", { class: "problem", role: "alert" }, errorWords(error)));
  }
}

/** Keep a change, and with it the clock and the language that hold here. */
function keep(app, change) {
  return app.client.rest.changePushes({ ...change, offset_minutes: -new Date().getTimezoneOffset(), language: currentLanguage() });
}

function line(id, name, hint, on, run) {
  const toggle = h("input", { type: "checkbox", role: "switch", class: "switch", id, checked: on, "data-testid": id });
  toggle.addEventListener("change", async () => {
    try {
      await run(toggle.checked);
    } catch (error) {
      toggle.checked = !toggle.checked;
      toast(errorWords(error));
    }
  });
  return h("label", { class: "setting", for: id },
    h("span", { class: "setting-text" }, h("span", {}, name), hint && h("span", { class: "row-sub" }, hint)), toggle);
}

function kindRow(app, kind, on) {
  return line(`push-${kind}`, t(`pushes.${kind}`), "", on, (checked) => keep(app, { kinds: { [kind]: checked } }));
}

function quietRow(app, quiet) {
  const held = { ...(quiet ?? NIGHT) };
  const times = h("div", { class: "field-with", hidden: quiet === null },
    time("start", held, () => keep(app, { quiet: held })), time("end", held, () => keep(app, { quiet: held })));
  const toggle = line("push-quiet", t("pushes.quiet"), t("pushes.quiet.text"), quiet !== null, async (on) => {
    await keep(app, { quiet: on ? held : null });
    times.hidden = !on;
  });
  return h("div", {}, toggle, times);
}

function time(name, held, run) {
  const input = h("input", { class: "input", type: "time", value: clock(held[name]), "aria-label": t(`pushes.quiet.${name}`), "data-testid": `push-quiet-${name}` });
  input.addEventListener("change", async () => {
    const [hours, minutes] = input.value.split(":").map(Number);
    const before = held[name];
    if (!Number.isInteger(hours) || !Number.isInteger(minutes)) return;
    held[name] = hours * 60 + minutes;
    try {
      await run();
    } catch (error) {
      held[name] = before;
      input.value = clock(before);
      toast(errorWords(error));
    }
  });
  return input;
}

function clock(minutes) {
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
