// One's devices: where one is signed in, each with a way out, and one for all.

import { confirmDialog, h, openDialog, skeleton, toast } from "../dom.js";
import { dayName, errorWords, t } from "../i18n.js";

const PLATFORMS = ["android", "ios", "windows", "mac", "linux"];

/** The line of the settings that leads to the list. */
export function devicesSetting(app) {
  return h("div", { class: "setting" },
    h("span", { class: "setting-text" }, h("span", {}, t("devices.title")), h("span", { class: "row-sub" }, t("devices.text"))),
    h("button", { class: "button plain", type: "button", "data-testid": "devices-open", "aria-haspopup": "dialog", onclick: () => openDevices(app) }, t("devices.open")));
}

function openDevices(app) {
  const list = h("div", { class: "lines", "data-testid": "devices-list" }, skeleton("row", 2));
  openDialog({
    label: t("devices.title"),
    testid: "devices",
    build: (close) => [
      h("h2", {}, t("devices.title")),
      list,
      h("div", { class: "actions" },
        h("button", { class: "button quiet danger-text", type: "button", "data-testid": "devices-all-out", onclick: () => { close(); askAll(app); } }, t("devices.all")),
        h("button", { class: "button plain", type: "button", onclick: close }, t("close"))),
    ],
  });
  fill(app, list);
}

async function fill(app, list) {
  try {
    const { items } = await app.client.rest.devices();
    list.replaceChildren(...items.map((one) => row(app, list, one)));
  } catch (error) {
    list.replaceChildren(h("p", { class: "problem", role: "alert" }, errorWords(error)));
  }
}

function row(app, list, { device, platform, signed_in_at: at, here }) {
  const name = t(PLATFORMS.includes(platform) ? `devices.${platform}` : "devices.other");
  const signOut = async () => {
    try {
      await app.client.rest.signOutDevice(device);
      toast(t("devices.done"));
    } catch (error) {
      toast(errorWords(error));
    }
    fill(app, list);
  };
  return h("div", { class: "setting", "data-testid": "device" },
    h("span", { class: "setting-text" }, h("span", {}, name), h("span", { class: "row-sub" }, here ? t("devices.here") : t("devices.since", { when: dayName(at) }))),
    !here && h("button", { class: "button plain", type: "button", "data-testid": "device-out", onclick: signOut }, t("account.signout")));
}

function askAll(app) {
  const leave = () => app.client.signOutEverywhere().catch((error) => toast(errorWords(error)));
  confirmDialog({ title: t("devices.all.title"), text: t("devices.all.text"), yes: t("devices.all"), no: t("cancel"), testid: "devices-all-confirm", onyes: leave });
}
