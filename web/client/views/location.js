// Saying where one is: asked for each time, about a kilometre wide, and only after a plain yes.

import { h, openDialog } from "../dom.js";
import { t } from "../i18n.js";

const LABEL_CHARS_MAX = 60;
const WAIT_MS = 15_000;

/** `onplace({lat, lng, label})` once the person has agreed and the device has answered. */
export function openLocation({ onplace }) {
  const label = h("input", { class: "input", id: "place-label", type: "text", maxlength: LABEL_CHARS_MAX, autocomplete: "off", "data-testid": "location-label", placeholder: t("location.label.hint") });
  const problem = h("p", { class: "problem", role: "alert" });
  openDialog({
    label: t("location.title"),
    testid: "location-dialog",
    build: (close) => {
      const share = h("button", { class: "button main", type: "button", "data-testid": "location-share" }, t("location.share"));
      share.addEventListener("click", async () => {
        share.disabled = true;
        problem.textContent = "";
        try {
          const { latitude: lat, longitude: lng } = await here();
          // Closed meanwhile is a no.
          if (!share.isConnected) return;
          close();
          onplace({ lat, lng, label: label.value });
        } catch (error) {
          // 1 is the person's own no to the browser.
          problem.textContent = t(error?.code === 1 ? "location.refused" : "location.unknown");
          share.disabled = false;
        }
      });
      return [
        h("h2", {}, t("location.title")),
        h("p", { class: "muted" }, t("location.text")),
        h("div", { class: "field" }, h("label", { for: label.id }, t("location.label")), label),
        problem,
        h("div", { class: "actions" }, share,
          h("button", { class: "button plain", type: "button", autofocus: true, "data-testid": "location-cancel", onclick: close }, t("cancel"))),
      ];
    },
  });
}

function here() {
  return new Promise((resolve, reject) => {
    if (!navigator.geolocation) return reject(new Error("no geolocation"));
    navigator.geolocation.getCurrentPosition(({ coords }) => resolve(coords), reject, { enableHighAccuracy: false, timeout: WAIT_MS, maximumAge: 60_000 });
  });
}
