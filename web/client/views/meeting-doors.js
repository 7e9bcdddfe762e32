// The ways into a meeting: opening one for some hours, and coming in by its code or by the link of its QR.

import { h, openDialog } from "../dom.js";
import { errorWords, t } from "../i18n.js";
import { go } from "../router.js";
import { wayToShop } from "./refused.js";

const HOURS = [1, 2, 3, 4, 6, 8, 12];

/** The two buttons below the list of groups. */
export function meetingDoors(app) {
  return h("div", { class: "door-row" },
    h("button", { class: "button plain", "data-testid": "meeting-join", onclick: () => openJoin(app) }, t("meet.join")),
    h("button", { class: "button plain", "data-testid": "meeting-create", onclick: () => openCreate(app) }, t("meet.create")));
}

/** A link `#/meet/CODE` was followed. */
export function openJoin(app, code = "") {
  const input = h("input", { class: "input code", id: "meeting-code", type: "text", maxlength: 12, autocomplete: "off", autocapitalize: "characters",
    spellcheck: false, value: code, autofocus: code === "", "data-testid": "meeting-code" });
  const nickname = h("input", { class: "input", id: "meeting-nickname", type: "text", maxlength: 10, autocomplete: "off", "data-testid": "meeting-nickname",
    placeholder: app.model.me?.nickname ?? "" });
  dialog({
    title: t("meet.join"),
    text: t("meet.join.text"),
    testid: "meeting-join-dialog",
    fields: [field(input, t("meet.code")), field(nickname, t("meet.nickname"))],
    submit: t("group.join"),
    run: async () => {
      if (input.value.trim() === "") return input.focus();
      const name = nickname.value.trim();
      const place = await app.client.rest.joinMeeting({ code: input.value, ...(name ? { nickname: name } : {}) });
      return arrive(app, place.group);
    },
    words: (error) => t(error.code === "not_found" ? "meet.code.wrong" : error.code === "window_over" ? "meet.over" : `error.${error.code}`),
  });
}

function openCreate(app) {
  const name = h("input", { class: "input", id: "meeting-name", type: "text", maxlength: 100, autofocus: true, "data-testid": "meeting-name" });
  const hours = h("select", { class: "input", id: "meeting-hours", "data-testid": "meeting-hours" },
    HOURS.map((n) => h("option", { value: n, selected: n === 3 }, t("meet.hours.of", { n }))));
  const modes = ["interest", "auto"].map((mode) => h("label", { class: "pick" },
    h("input", { type: "radio", name: "meeting-mode", value: mode, checked: mode === "interest", "data-testid": `meeting-mode-${mode}` }),
    h("span", {}, h("strong", {}, t(`meet.mode.${mode}`)), h("span", { class: "hint" }, t(`meet.mode.${mode}.text`)))));
  dialog({
    title: t("meet.create"),
    text: t("meet.create.text"),
    testid: "meeting-create-dialog",
    fields: [field(name, t("groups.name")), field(hours, t("meet.hours")),
      h("fieldset", { class: "picks" }, h("legend", {}, t("meet.mode")), modes)],
    submit: t("groups.create"),
    run: async () => {
      if (name.value.trim() === "") return name.focus();
      const mode = modes.map((label) => label.firstChild).find((radio) => radio.checked).value;
      const group = await app.client.rest.createGroup({ type: "instance", name: name.value.trim(), mode, hours: Number(hours.value) });
      return arrive(app, group.group);
    },
    words: errorWords,
  });
}

function arrive(app, group) {
  app.refreshGroups?.();
  go("groups", group);
  return true;
}

const field = (input, label) => h("div", { class: "field" }, h("label", { for: input.id }, label), input);

/** A form in a dialog: `run` answers true when it is done, and throws what `words` turns into a sentence. */
export function dialog({ title, text, testid, fields, submit, run, words }) {
  const problem = h("p", { class: "problem", role: "alert", "data-testid": `${testid}-problem` });
  return openDialog({
    label: title,
    testid,
    build: (close) => {
      const button = h("button", { class: "button main", type: "submit", "data-testid": `${testid}-submit` }, submit);
      const onsubmit = async (event) => {
        event.preventDefault();
        if (button.disabled) return;
        button.disabled = true;
        problem.textContent = "";
        try {
          if ((await run()) === true) close();
        } catch (error) {
          problem.replaceChildren(words(error), ...wayToShop(error, close));
        } finally {
          button.disabled = false;
        }
      };
      return h("form", { class: "form", novalidate: true, onsubmit },
        h("h2", {}, title), text && h("p", { class: "muted" }, text), fields, problem,
        h("div", { class: "actions" }, button, h("button", { class: "button plain", type: "button", onclick: close }, t("cancel"))));
    },
  });
}
