// What can be done with one message: answer with a feeling or with words, copy it, take one's own back.

import { h, icon, openDialog, toast } from "../dom.js";
import { t } from "../i18n.js";
import { summaryOf } from "./lines.js";
import { REACTIONS, reactionGlyph, reactionName } from "./stickers.js";

const WIDE = "(min-width: 900px)";
const GAP_PX = 8;

/** `may` is {remove, report}; `does` is {react(emoji, on), reply(), remove(), report(), closed()}. */
export function openMessageMenu(line, anchor, { may, does }) {
  const own = new Set(line.reactions.filter((reaction) => reaction.own).map(({ emoji }) => emoji));
  const { dialog } = openDialog({
    label: t("message.menu"),
    kind: "sheet menu",
    testid: "message-actions",
    onclose: does.closed,
    build: (close) => {
      const then = (run) => () => { close(); run(); };
      return [
        h("p", { class: "menu-quote one-line" }, summaryOf(line)),
        h("div", { class: "menu-reactions", role: "group", "aria-label": t("reaction.add") }, REACTIONS.map((emoji, n) =>
          h("button", { class: "menu-reaction", type: "button", "data-testid": `message-react-${n}`, "data-emoji": emoji, "aria-pressed": String(own.has(emoji)),
            "aria-label": reactionName(emoji), onclick: then(() => does.react(emoji, !own.has(emoji))) }, reactionGlyph(emoji)))),
        h("div", { class: "menu-items" },
          item("reply", "message-reply", t("message.reply"), then(does.reply)),
          line.kind === "text" && item("copy", "message-copy", t("message.copy"), then(() => copy(line.body))),
          may.report && item("flag", "message-report", t("report.open"), then(does.report), { danger: true }),
          may.remove && item("bin", "message-delete", t("message.delete"), then(does.remove), { sub: t("message.delete.text"), danger: true })),
      ];
    },
  });
  if (anchor && matchMedia(WIDE).matches) placeBeside(dialog, anchor);
}

function item(name, testid, label, run, { sub = "", danger = false } = {}) {
  return h("button", { class: `menu-item${danger ? " danger-text" : ""}`, type: "button", "data-testid": testid, onclick: run },
    icon(name), h("span", { class: "menu-words" }, h("span", {}, label), sub && h("span", { class: "row-sub" }, sub)));
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("message.copied"));
  } catch {
    toast(t("error.other"));
  }
}

/** On a wide screen beside what it belongs to, and always within the window. */
function placeBeside(dialog, anchor) {
  const from = anchor.getBoundingClientRect();
  const { width, height } = dialog.getBoundingClientRect();
  const left = from.left + width > innerWidth - GAP_PX ? from.right - width : from.left;
  const below = from.bottom + GAP_PX + height <= innerHeight - GAP_PX;
  dialog.classList.add("beside");
  dialog.style.left = `${Math.max(GAP_PX, left)}px`;
  dialog.style.top = `${Math.max(GAP_PX, below ? from.bottom + GAP_PX / 2 : from.top - height - GAP_PX / 2)}px`;
}
