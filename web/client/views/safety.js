// Keeping away from somebody: report what they said or who they are, block them, and the list of whom one has blocked.

import { confirmDialog, h, icon, openDialog, toast } from "../dom.js";
import { dayName, errorWords, t } from "../i18n.js";
import { summaryOf } from "./lines.js";
import { openUndoList } from "./undo-list.js";

const CATEGORIES = ["harassment", "sexual", "threat", "fraud", "minor", "pretence", "spam", "other"];
const TEXT_CHARS_MAX = 500;

/** Reports `member` of a room, or their `line` there. */
export function openReport({ app, room, member, line = null }) {
  const picks = CATEGORIES.map((category, n) => h("label", { class: "pick" },
    h("input", { type: "radio", name: "report-category", value: category, checked: n === 0, "data-testid": `report-${category}` }),
    h("span", {}, t(`report.category.${category}`))));
  const text = h("textarea", { class: "input", id: "report-text", rows: 3, maxlength: TEXT_CHARS_MAX, "data-testid": "report-text" });
  const problem = h("p", { class: "problem", role: "alert" });
  openDialog({
    label: t("report.title"),
    testid: "report-dialog",
    build: (close) => {
      const send = h("button", { class: "button danger", type: "submit", "data-testid": "report-send" }, t("report.send"));
      const submit = async (event) => {
        event.preventDefault();
        problem.textContent = "";
        send.disabled = true;
        try {
          const category = picks.map((pick) => pick.firstChild).find((radio) => radio.checked).value;
          await app.client.rest.report(room, { member: member.alias, category, text: text.value, ...(line && { seq: line.seq }) });
          close();
          toast(t("report.done"));
        } catch (error) {
          problem.textContent = errorWords(error);
          send.disabled = false;
        }
      };
      return h("form", { class: "form", novalidate: true, onsubmit: submit },
        h("h2", {}, t("report.title")),
        h("p", { class: "muted" }, t("report.text", { name: member.nickname })),
        line && h("p", { class: "menu-quote one-line" }, summaryOf(line)),
        h("fieldset", { class: "picks" }, h("legend", {}, t("report.category")), picks),
        h("div", { class: "field" }, h("label", { for: "report-text" }, t("report.more")), text),
        problem,
        h("div", { class: "actions" }, send, h("button", { class: "button plain", type: "button", onclick: close }, t("cancel"))));
    },
  });
}

/** Asks, then blocks `member` of a room; `onblocked` says where to go on. */
export function askBlock({ app, room, member, text, onblocked }) {
  const block = async () => {
    try {
      await app.client.rest.block(room, member.alias);
      await app.model.loadRooms();
      onblocked();
    } catch (error) {
      toast(errorWords(error));
    }
  };
  confirmDialog({ title: t("chat.block.title"), text, yes: t("chat.block.yes"), no: t("cancel"), testid: "block-confirm", onyes: block });
}

/** What can be done about one person of a group's room. */
export function openPerson({ app, room, member }) {
  const item = (name, testid, label, run) => h("button", { class: "menu-item danger-text", type: "button", "data-testid": testid, onclick: run }, icon(name), h("span", {}, label));
  openDialog({
    label: member.nickname,
    kind: "sheet menu",
    testid: "person-menu",
    build: (close) => {
      const then = (run) => () => { close(); run(); };
      return [
        h("p", { class: "menu-quote one-line" }, member.nickname),
        h("div", { class: "menu-items" },
          item("flag", "person-report", t("report.open"), then(() => openReport({ app, room, member }))),
          item("close", "person-block", t("chat.block"), then(() => askBlock({ app, room, member, text: t("blocks.ask.text"), onblocked: () => toast(t("blocks.done")) }))),
          h("button", { class: "button plain", type: "button", onclick: close }, t("close"))),
      ];
    },
  });
}

/** The line of the settings that leads to the list. */
export function blocksSetting(app) {
  return h("div", { class: "setting" },
    h("span", { class: "setting-text" }, h("span", {}, t("blocks.title")), h("span", { class: "row-sub" }, t("blocks.text"))),
    h("button", { class: "button plain", type: "button", "data-testid": "blocks-open", "aria-haspopup": "dialog", onclick: () => openBlocks(app) }, t("blocks.open")));
}

function openBlocks(app) {
  openUndoList({
    testids: { list: "blocks", item: "block-item", undo: "unblock" },
    words: { title: t("blocks.title"), none: t("blocks.none"), undo: t("blocks.undo"), of: ({ name }) => t("blocks.undo.of", { name }), done: () => t("blocks.undone") },
    page: (cursor) => app.client.rest.blocks({ cursor }),
    show: ({ nickname, at }) => ({ name: nickname, sub: dayName(at) }),
    undo: ({ block }) => app.client.rest.unblock(block),
    undone: () => app.model.loadRooms().catch(() => {}),
  });
}
