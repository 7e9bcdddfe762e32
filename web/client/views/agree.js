// Consents: asked for by themselves where they are needed, and taken back in the settings.

import { h, openDialog, skeleton, toast } from "../dom.js";
import { errorWords, t } from "../i18n.js";

// Those that something in this client or in the app on a phone asks for; each may be refused and taken back.
const PURPOSES = ["sensitive", "location", "push", "overseas"];

/** Do what a romantic wish does; where it lacks the consent, ask for that and do it once more. */
export async function withConsent(app, run) {
  try {
    return await run();
  } catch (error) {
    if (error.code !== "consent_required" || !(await agreesNow(app))) throw error;
    return run();
  }
}

async function agreesNow(app) {
  if (!(await asked())) return false;
  const { items } = await app.client.rest.consents();
  const { version } = items.find((one) => one.purpose === "sensitive");
  await app.client.rest.sayConsent("sensitive", version, true);
  return true;
}

/** Nothing is ticked for anybody: one says yes to this and to nothing else, or goes back. */
function asked() {
  return new Promise((resolve) => {
    openDialog({
      label: t("agree.sensitive"),
      testid: "agree-dialog",
      onclose: () => resolve(false),
      build: (close) => [
        h("h2", {}, t("agree.sensitive")),
        h("p", { class: "muted" }, t("agree.sensitive.text")),
        h("div", { class: "actions" },
          h("button", { class: "button main", type: "button", "data-testid": "agree-yes", onclick: () => { resolve(true); close(); } }, t("agree.yes")),
          h("button", { class: "button plain", type: "button", autofocus: true, onclick: close }, t("cancel"))),
      ],
    });
  });
}

/** The line of the settings that leads to what one has agreed to. */
export function consentsSetting(app) {
  return h("div", { class: "setting" },
    h("span", { class: "setting-text" }, h("span", {}, t("agree.title")), h("span", { class: "row-sub" }, t("agree.text"))),
    h("button", { class: "button plain", type: "button", "data-testid": "consents-open", "aria-haspopup": "dialog", onclick: () => openConsents(app) }, t("agree.open")));
}

async function openConsents(app) {
  const list = h("div", { class: "lines" }, skeleton("row", 2));
  openDialog({
    label: t("agree.title"),
    testid: "consents",
    build: (close) => [h("h2", {}, t("agree.title")), list, h("button", { class: "button plain", type: "button", onclick: close }, t("close"))],
  });
  try {
    const { items } = await app.client.rest.consents();
    list.replaceChildren(...PURPOSES.map((purpose) => row(app, items.find((one) => one.purpose === purpose))));
  } catch (error) {
    list.replaceChildren(h("p", { class: "problem", role: "alert" }, errorWords(error)));
  }
}

function row(app, { purpose, version, granted }) {
  const toggle = h("input", { type: "checkbox", role: "switch", class: "switch", id: `consent-${purpose}`, checked: granted, "data-testid": `consent-${purpose}` });
  toggle.addEventListener("change", async () => {
    try {
      await app.client.rest.sayConsent(purpose, version, toggle.checked);
    } catch (error) {
      toggle.checked = !toggle.checked;
      toast(errorWords(error));
    }
  });
  return h("label", { class: "setting", for: toggle.id },
    h("span", { class: "setting-text" }, h("span", {}, t(`agree.${purpose}`)), h("span", { class: "row-sub" }, t(`agree.${purpose}.text`))),
    toggle);
}
