// All that is held about oneself, as a file.

import { h, toast } from "../dom.js";
import { errorWords, t } from "../i18n.js";

const FILE = "glimpse-export.jsonl";

/** The line of the settings with the button that saves the file. */
export function exportSetting(app) {
  const button = h("button", { class: "button plain", type: "button", "data-testid": "export-save", onclick: () => save(app, button) }, t("export.save"));
  return h("div", { class: "setting" },
    h("span", { class: "setting-text" }, h("span", {}, t("export.title")), h("span", { class: "row-sub" }, t("export.text"))),
    button);
}

async function save(app, button) {
  button.disabled = true;
  try {
    const text = await app.client.rest.exportMe();
    const url = URL.createObjectURL(new Blob([text], { type: "application/x-ndjson" }));
    h("a", { href: url, download: FILE }).click();
    URL.revokeObjectURL(url);
    toast(t("export.done"));
  } catch (error) {
    toast(errorWords(error));
  } finally {
    button.disabled = false;
  }
}
