// Keeping order in a group: roles seen and given, putting somebody out, and letting them in again.

import { confirmDialog, h, icon, openDialog, toast } from "../dom.js";
import { errorWords, t } from "../i18n.js";
import { openUndoList } from "./undo-list.js";

// From the highest on, as the server ranks them.
const ROLES = ["owner", "admin", "moderator", "member"];

/** Moderators and above ban whoever is below them; the server asks the same. */
const mayBan = (mine, theirs) => mine !== "member" && ROLES.indexOf(mine) < ROLES.indexOf(theirs);

export function roleMark({ role }) {
  return role && role !== "member" && h("span", { class: "mark", "data-testid": "role" }, t(`role.${role}`));
}

/** The way to what one can do about a person: keep away from them, and keep order as one's role allows. */
export function orderButton(screen, person) {
  if (person.me) return null;
  const testid = mayBan(screen.group.me.role, person.role) ? "person-order" : "person-more";
  return h("button", { class: "icon-button card-more", type: "button", "data-testid": testid, "aria-haspopup": "dialog",
    "aria-label": t("person.more", { name: person.nickname }), onclick: () => openOrder(screen, person) }, icon("more"));
}

/** Admins and above give roles below their own, and an owner can hand the group over. */
function rolesToGive(mine, theirs) {
  if (mine === "owner") return [...ROLES.slice(1), "owner"].filter((role) => role !== theirs);
  return mine === "admin" ? ROLES.slice(ROLES.indexOf("admin") + 1).filter((role) => role !== theirs) : [];
}

function openOrder(screen, person) {
  const item = (name, testid, label, run, more = "") => h("button", { class: `menu-item${more}`, type: "button", "data-testid": testid, onclick: run }, icon(name), h("span", {}, label));
  openDialog({
    label: person.nickname,
    kind: "sheet menu",
    testid: "order-menu",
    build: (close) => {
      const then = (run) => () => { close(); run(); };
      return [
        h("p", { class: "menu-quote one-line" }, person.nickname),
        h("div", { class: "menu-items" },
          rolesToGive(screen.group.me.role, person.role).map((role) => (role === "owner"
            ? item("ahead", "role-owner", t("role.give.owner"), then(() => askHandOver(screen, person)), " danger-text")
            : item("steps", `role-${role}`, t(`role.give.${role}`), then(() => give(screen, person, role))))),
          item("close", "person-hide", t("hide.open"), then(() => askHide(screen, person))),
          mayBan(screen.group.me.role, person.role) && item("end", "person-ban", t("ban.open"), then(() => askBan(screen, person)), " danger-text"),
          h("button", { class: "button plain", type: "button", onclick: close }, t("close"))),
      ];
    },
  });
}

async function give(screen, person, role) {
  try {
    await screen.app.client.rest.appoint(screen.id, person.member, role);
    toast(t("role.given", { name: person.nickname }));
    await screen.reload();
  } catch (error) {
    toast(errorWords(error));
  }
}

function askHandOver(screen, person) {
  confirmDialog({ title: t("role.over.title", { name: person.nickname }), text: t("role.over.text"), yes: t("role.over.yes"), no: t("cancel"), testid: "hand-over",
    onyes: () => give(screen, person, "owner") });
}

function askHide(screen, person) {
  const hide = async () => {
    try {
      await screen.app.client.rest.hideFrom(screen.id, person.member);
      toast(t("blocks.done"));
      screen.app.model.loadRooms().catch(() => {});
      await screen.reload();
    } catch (error) {
      toast(errorWords(error));
    }
  };
  confirmDialog({ title: t("hide.title", { name: person.nickname }), text: t("hide.text"), yes: t("hide.yes"), no: t("cancel"), testid: "hide-confirm", onyes: hide });
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

/** The way to whom a group has put out, for who may let them in again; nothing for others. */
export function bansButton(screen) {
  if (screen.group.me.role === "member") return null;
  return h("button", { class: "button quiet more", type: "button", "data-testid": "bans-open", "aria-haspopup": "dialog", onclick: () => openBans(screen) }, t("bans.open"));
}

function openBans({ app, id }) {
  openUndoList({
    testids: { list: "bans", item: "ban-item", undo: "ban-lift" },
    words: { title: t("bans.title"), text: t("bans.text"), none: t("bans.none"), undo: t("bans.lift"), of: ({ name }) => t("bans.lift.of", { name }), done: ({ name }) => t("bans.lifted", { name }) },
    page: () => app.client.rest.bans(id),
    show: ({ nickname }) => ({ name: nickname }),
    undo: ({ member }) => app.client.rest.liftBan(id, member),
    undone: () => {},
  });
}
