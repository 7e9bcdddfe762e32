// The doors of a group: coming in by an invite, and for who moderates it making one and answering who asks.

import { h, openDialog, toast } from "../dom.js";
import { errorWords, t } from "../i18n.js";
import { go } from "../router.js";
import { nameChoice } from "./join-name.js";
import { dialog } from "./meeting-doors.js";
import { openPlaceCode } from "./proofs.js";

const ENTRIES = ["open", "approval", "invite", "place"];
const USES = [1, 5, 20, 100];
const field = (input, label) => h("div", { class: "field" }, h("label", { for: input.id }, label), input);

/** How a new group is entered. */
export function entryChoice() {
  const choice = h("select", { class: "input", id: "new-group-entry", "data-testid": "group-entry" },
    ENTRIES.map((entry) => h("option", { value: entry }, t(`door.entry.${entry}`))));
  return { node: field(choice, t("door.entry")), value: () => choice.value };
}

/** A link `#/invite/GROUP/CODE` was followed, or a group asks for a code. */
export function openInvite(app, group, code = "", arrived = () => go("groups", group)) {
  const input = h("input", { class: "input code", id: "invite-code", type: "text", maxlength: 12, autocomplete: "off", autocapitalize: "characters",
    spellcheck: false, value: code, autofocus: code === "", "data-testid": "invite-code" });
  const name = nameChoice(app);
  dialog({
    title: t("door.title"),
    text: t("group.join.text"),
    testid: "invite-dialog",
    fields: [field(input, t("door.code")), name.node],
    submit: t("group.join"),
    run: async () => {
      if (input.value.trim() === "") return input.focus();
      await app.client.rest.join(group, { ...name.body(), proof: { invite: input.value } });
      app.refreshGroups?.();
      // The group's room came with it.
      app.model.loadRooms().catch(() => {});
      await arrived();
      return true;
    },
    words: (error) => (["not_found", "verification_required"].includes(error.code) ? t("door.wrong") : errorWords(error)),
  });
}

/** What who moderates a group sees above its people; nothing for others. */
export async function doorPanel(screen) {
  const { app, id, group } = screen;
  const make = h("div", { class: "door-row" },
    h("button", { class: "button plain", "data-testid": "invite-make", onclick: () => openMake(app, id) }, t("door.make")));
  if (group.type === "official") return [make];
  if (group.me.role === "member") return [];
  if (group.type === "location") {
    return [h("div", { class: "door-row" },
      h("button", { class: "button plain", "data-testid": "place-show", onclick: () => openPlaceCode(app, id) }, t("proof.show")))];
  }
  if (group.type !== "created") return [];
  const list = h("ul", { class: "rows", "data-testid": "applicants" });
  const { items } = await app.client.rest.applicants(id);
  list.append(...items.map((person) => applicantRow(screen, person)));
  return [
    make,
    ...(items.length ? [h("h2", { class: "section-name" }, t("door.asks")), list] : []),
  ];
}

function applicantRow(screen, person) {
  const answer = (admit) => async () => {
    try {
      await screen.app.client.rest.answerApplicant(screen.id, person.member, admit);
      screen.app.refreshGroups?.();
      await screen.reload();
    } catch (error) {
      toast(errorWords(error));
    }
  };
  return h("li", { class: "row", "data-testid": "applicant" },
    h("span", { class: "row-text" }, h("span", { class: "row-title" }, person.nickname),
      h("span", { class: "row-sub" }, [person.interests.join(", "), person.bio].filter(Boolean).join(" · "))),
    h("button", { class: "button plain", "data-testid": "applicant-admit", onclick: answer(true) }, t("door.admit")),
    h("button", { class: "button plain", "data-testid": "applicant-refuse", onclick: answer(false) }, t("door.refuse")));
}

function openMake(app, group) {
  const uses = h("select", { class: "input", id: "invite-uses", "data-testid": "invite-uses" }, USES.map((n) => h("option", { value: n }, t("group.people", { n }))));
  dialog({
    title: t("door.make"),
    text: t("door.make.text"),
    testid: "invite-make-dialog",
    fields: [field(uses, t("door.uses"))],
    submit: t("door.make"),
    run: async () => {
      showMade(await app.client.rest.invite(group, Number(uses.value)));
      return true;
    },
    words: errorWords,
  });
}

function showMade({ code, link }) {
  // The first dialog closes after this one has opened.
  setTimeout(() => openDialog({
    label: t("door.made"),
    testid: "invite-made",
    build: (close) => h("div", { class: "form" },
      h("h2", {}, t("door.made")),
      h("p", { class: "muted" }, t("door.made.text")),
      field(h("input", { class: "input code", id: "invite-made-code", readonly: true, value: code, "data-testid": "invite-made-code" }), t("door.code")),
      field(h("input", { class: "input", id: "invite-made-link", readonly: true, value: link, "data-testid": "invite-made-link" }), t("door.link")),
      h("div", { class: "actions" }, h("button", { class: "button main", type: "button", onclick: close }, t("door.done")))),
  }));
}
