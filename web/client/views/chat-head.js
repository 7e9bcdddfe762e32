// The head of a conversation: who it is, whether they are here, and the ways to search, to reveal and to end it.

import { confirmDialog, h, icon, openDialog, toast } from "../dom.js";
import { errorWords, t } from "../i18n.js";
import { go, hrefOf } from "../router.js";
import { openExtend } from "./extend.js";
import { askBlock, openPerson, openReport } from "./safety.js";
import { roomPortrait, roomStep } from "./room-face.js";

export class ChatHead {
  /** `onsearch()` and `onreveal()` open what they name. */
  constructor({ app, room, onsearch, onreveal }) {
    Object.assign(this, { app, room, onsearch, onreveal });
    this.title = h("h1", { tabindex: "-1" });
    this.sub = h("p", { class: "presence", "data-testid": "presence", "data-online": "unknown", hidden: true });
    this.face = h("button", { class: "face-button", type: "button", "data-testid": "reveal-open", "aria-label": t("reveal.open"), hidden: true, onclick: onreveal });
    this.menu = h("button", { class: "icon-button", type: "button", "aria-label": t("chat.menu"), "data-testid": "chat-menu", "aria-haspopup": "dialog", hidden: true, onclick: () => this.#openMenu() }, icon("more"));
    this.find = h("button", { class: "icon-button", type: "button", "aria-label": t("search.room"), "data-testid": "search-open", onclick: onsearch }, icon("search"));
    this.node = h("header", { class: "pane-head" },
      h("a", { class: "icon-button back", href: hrefOf("matches"), "aria-label": t("back") }, icon("back")),
      this.face, h("div", { class: "head-text" }, this.title, this.sub), this.find, this.menu);
  }

  get summary() { return this.app.model.rooms.get(this.room); }
  get log() { return this.app.client.rooms.get(this.room); }

  draw(name) {
    const { summary } = this;
    this.title.textContent = name;
    this.menu.hidden = !summary || (summary.kind !== "group" && (!summary.match || summary.closed));
    this.face.hidden = summary?.kind !== "match";
    if (!this.face.hidden) {
      if (!this.face.firstChild) this.face.append(roomPortrait(this.app, summary, "s"));
      this.face.firstChild.dataset.step = roomStep(summary);
    }
    this.#drawSub(summary);
  }

  gone() {
    this.menu.hidden = this.find.hidden = this.face.hidden = true;
    this.sub.hidden = true;
  }

  #drawSub(summary) {
    if (summary?.kind === "group") {
      this.sub.hidden = !this.log?.members.length;
      this.sub.replaceChildren(t("group.people", { n: this.log?.members.length ?? 0 }));
      return;
    }
    const online = this.log?.members.find((member) => member.alias !== this.log.me)?.online;
    // What was true before the road was lost is not known to be true now.
    const known = typeof online === "boolean" && this.app.client.state === "connected" && !summary?.closed;
    const word = known ? String(online) : "unknown";
    this.sub.hidden = !known;
    if (this.sub.dataset.online === word) return;
    this.sub.dataset.online = word;
    this.sub.replaceChildren(...(known ? [h("span", { class: "dot", "aria-hidden": "true" }), t(online ? "presence.here" : "presence.away")] : []));
  }

  #openMenu() {
    const group = this.summary.kind === "group";
    // Only a match in which nobody has spoken ends by itself.
    const waits = !group && !this.summary.last;
    const item = (name, testid, label, run, more = "") => h("button", { class: `menu-item${more}`, type: "button", "data-testid": testid, onclick: run }, icon(name), h("span", {}, label));
    openDialog({
      label: t("chat.menu"),
      kind: "sheet menu",
      build: (close) => {
        const then = (run) => () => { close(); run(); };
        return h("div", { class: "menu-items" },
          group ? item("groups", "members-open", t("chat.members"), then(() => this.#openMembers())) : item("steps", "menu-reveal", t("reveal.open"), then(this.onreveal)),
          waits && item("wait", "extend", t("extend.open"), then(() => openExtend(this.app, this.summary.match))),
          !group && item("flag", "report", t("report.open"), then(() => openReport({ app: this.app, room: this.room, member: this.app.model.peerOf(this.room) })), " danger-text"),
          !group && item("close", "block", t("chat.block"), then(() => this.#askBlock()), " danger-text"),
          !group && item("end", "unmatch", t("chat.unmatch"), then(() => this.#askUnmatch()), " danger-text"),
          h("button", { class: "button plain", type: "button", onclick: close }, t("close")));
      },
    });
  }

  #openMembers() {
    const { members = [], me } = this.log ?? {};
    const { app, room } = this;
    openDialog({
      label: t("chat.members"),
      testid: "members",
      build: (close) => [
        h("h2", {}, t("chat.members")),
        h("ul", { class: "member-names" }, members.map((member) => (member.alias === me
          ? h("li", {}, `${member.nickname} (${t("person.me")})`)
          : h("li", {}, h("span", {}, member.nickname), h("button", { class: "icon-button", type: "button", "data-testid": "member-menu", "aria-haspopup": "dialog",
            "aria-label": t("person.more", { name: member.nickname }), onclick: () => { close(); openPerson({ app, room, member }); } }, icon("more")))))),
        h("button", { class: "button plain", type: "button", onclick: close }, t("close")),
      ],
    });
  }

  #askBlock() {
    const peer = this.app.model.peerOf(this.room);
    askBlock({ app: this.app, room: this.room, member: peer, text: t("chat.block.text"), onblocked: () => go("matches") });
  }

  #askUnmatch() {
    const unmatch = async () => {
      try {
        await this.app.client.rest.unmatch(this.summary.match);
        await this.app.model.loadRooms();
        go("matches");
      } catch (error) {
        toast(errorWords(error));
      }
    };
    confirmDialog({ title: t("chat.unmatch.title"), text: t("chat.unmatch.text"), yes: t("chat.unmatch.yes"), no: t("cancel"), testid: "unmatch-confirm", onyes: unmatch });
  }
}
