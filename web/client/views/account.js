// Oneself: language, nickname, read marks, and the two ways out.

import { confirmDialog, emptyState, h, skeleton, toast } from "../dom.js";
import { currentLanguage, dayName, errorWords, number, otherLanguage, t } from "../i18n.js";
import { hrefOf } from "../router.js";
import { consentsSetting } from "./agree.js";
import { devicesSetting } from "./devices.js";
import { exportSetting } from "./export.js";
import { pushesSetting } from "./pushes.js";
import { blocksSetting } from "./safety.js";
import { paneHead } from "./shell.js";

const NICKNAME_CHARS_MAX = 10;
const CONTACT_CHARS_MAX = 100;

export function accountView(app) {
  const body = h("div", { class: "list-body account" }, skeleton("row", 4));
  load(app, body);
  return { node: h("div", { class: "pane" }, paneHead(t("account.title")), body), title: t("account.title") };
}

async function load(app, body) {
  try {
    const me = app.model.me ?? (await app.model.loadMe());
    body.replaceChildren(
      textForm(app, "nickname", { value: me.nickname, maxlength: NICKNAME_CHARS_MAX }),
      settings(app, me),
      textForm(app, "contact", { value: me.contact, maxlength: CONTACT_CHARS_MAX, hint: t("account.contact.text") }),
      waysOut(app));
  } catch (error) {
    body.replaceChildren(
      emptyState(t("error.load"), errorWords(error), h("button", { class: "button plain", onclick: () => load(app, body) }, t("retry"))),
      waysOut(app));
  }
}

/** One line of oneself with a button that keeps it; an empty contact is none. */
function textForm(app, name, { value, maxlength, hint = "" }) {
  const id = `my-${name}`;
  const input = h("input", { class: "input", id, type: "text", maxlength, value: value ?? "", autocomplete: "off", "data-testid": `account-${name}`, "aria-describedby": hint && `${id}-hint` });
  const save = h("button", { class: "button plain", type: "submit", "data-testid": name === "nickname" ? "account-save" : `account-${name}-save` }, t("account.save"));
  const problem = h("p", { class: "problem", role: "alert" });
  const submit = async (event) => {
    event.preventDefault();
    problem.textContent = "";
    save.disabled = true;
    try {
      const said = input.value.trim();
      app.model.me = await app.client.rest.changeMe({ [name]: name === "contact" && said === "" ? null : said });
      toast(t("account.saved"));
    } catch (error) {
      problem.textContent = errorWords(error);
    } finally {
      save.disabled = false;
    }
  };
  return h("form", { class: "form panel", novalidate: true, onsubmit: submit },
    h("div", { class: "field" }, h("label", { for: id }, t(`account.${name}`)), h("div", { class: "field-with" }, input, save), hint && h("p", { class: "hint", id: `${id}-hint` }, hint)),
    problem);
}

function settings(app, me) {
  return h("div", { class: "panel lines" },
    h("div", { class: "setting" },
      h("span", { class: "setting-text" }, h("span", {}, t("language.label")), h("span", { class: "row-sub" }, currentLanguage() === "ko" ? "한국어" : "English")),
      h("button", { class: "button plain", "data-testid": "language-switch", lang: otherLanguage(), onclick: () => app.changeLanguage(otherLanguage()) }, t("language.other"))),
    readMarks(app, me),
    blocksSetting(app),
    devicesSetting(app),
    pushesSetting(app),
    consentsSetting(app),
    exportSetting(app),
    fact(t("account.birth"), String(me.birth_year ?? "")),
    toShop(app, me));
}

function readMarks(app, me) {
  const toggle = h("input", { type: "checkbox", role: "switch", class: "switch", id: "show-reads", checked: me.show_read_marks === true, "data-testid": "account-read-marks" });
  toggle.addEventListener("change", async () => {
    try {
      app.model.me = await app.client.rest.changeMe({ show_read_marks: toggle.checked });
    } catch (error) {
      toggle.checked = !toggle.checked;
      toast(errorWords(error));
    }
  });
  return h("label", { class: "setting", for: "show-reads" },
    h("span", { class: "setting-text" }, h("span", {}, t("account.reads")), h("span", { class: "row-sub" }, t("account.reads.text"))),
    toggle);
}

function toShop(app, me) {
  const credits = h("span", { class: "row-sub", "data-testid": "account-credits" }, number(me.credits ?? 0));
  // Likes have taken some since I was read; where asking fails the older number stays.
  app.client.rest.credits().then((mine) => { credits.textContent = number(mine.credits); }, () => {});
  return h("div", { class: "setting" },
    h("span", { class: "setting-text" }, h("span", {}, t("account.credits")), credits),
    h("a", { class: "button plain", href: hrefOf("shop"), "data-testid": "shop-open" }, t("shop.title")));
}

function fact(name, value) {
  return h("div", { class: "setting" }, h("span", {}, name), h("span", { class: "fact" }, value));
}

function waysOut(app) {
  const erase = async () => {
    try {
      const { erases_at: at } = await app.client.rest.eraseMe();
      await app.client.signOut();
      toast(t("account.deleted", { when: dayName(at) }));
    } catch (error) {
      toast(errorWords(error));
    }
  };
  return h("div", { class: "ways-out" },
    h("button", { class: "button plain", "data-testid": "sign-out", onclick: () => app.client.signOut() }, t("account.signout")),
    h("button", { class: "button quiet danger-text", "data-testid": "account-delete", onclick: () => confirmDialog({
      title: t("account.delete.title"), text: t("account.delete.text"), yes: t("account.delete.yes"), no: t("cancel"), testid: "account-delete-confirm", onyes: erase,
    }) }, t("account.delete")));
}
