// Keeping order in a group: the roles on its cards, and putting somebody out for good.

import { confirmDialog, h, icon, openDialog, toast } from "../dom.js";
import { errorWords, t } from "../i18n.js";

// From the highest on, as the server ranks them.
const ROLES = ["owner", "admin", "moderator", "member"];

/** Moderators and above ban whoever is below them; the server asks the same. */
const mayBan = (mine, theirs) => mine !== "member" && ROLES.indexOf(mine) < ROLES.indexOf(theirs);

export function roleMark({ role }) {
  return role && role !== "member" && h("span", { class: "mark", "data-testid": "role" }, t(`role.${role}`));
}

/** The way to what a moderator can do about one person; nothing for others. */
export function orderButton(screen, person) {
  if (person.me || !mayBan(screen.group.me.role, person.role)) return null;
  return h("button", { class: "icon-button card-more", type: "button", "data-testid": "person-order", "aria-haspopup": "dialog",
    "aria-label": t("person.more", { name: person.nickname }), onclick: () => openOrder(screen, person) }, icon("more"));
}

function openOrder(screen, person) {
  openDialog({
    label: person.nickname,
    kind: "sheet menu",
    testid: "order-menu",
    build: (close) => [
      h("p", { class: "menu-quote one-line" }, person.nickname),
      h("div", { class: "menu-items" },
        h("button", { class: "menu-item danger-text", type: "button", "data-testid": "person-ban", onclick: () => { close(); askBan(screen, person); } },
          icon("end"), h("span", {}, t("ban.open"))),
        h("button", { class: "button plain", type: "button", onclick: close }, t("close"))),
    ],
  });
}

function askBan(screen, person) {
  const ban = async () => {
    try {
      await screen.app.client.rest.ban(screen.id, person.member);
      toast(t("ban.done", { name: person.nickname }));
      screen.app.refreshGroups?.();
      await screen.reload();
    } catch (error) {
      toast(errorWords(error));
    }
  };
  confirmDialog({ title: t("ban.title", { name: person.nickname }), text: t("ban.text"), yes: t("ban.yes"), no: t("cancel"), testid: "ban-confirm", onyes: ban });
}
