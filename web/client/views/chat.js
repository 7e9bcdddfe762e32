// One conversation: opens the room, follows its end while it is looked at, pages back on scroll, and writes.

import { confirmDialog, emptyState, h, icon, openDialog, skeleton, toast } from "../dom.js";
import { errorWords, t } from "../i18n.js";
import { go, hrefOf } from "../router.js";
import { composer } from "./composer.js";
import { MessageList } from "./message-list.js";
import { roomName, roomPortrait } from "./matches.js";

const FIRST_PAGE = 50;
// Within this many pixels of the end, the eye is at the end.
const NEAR_END_PX = 80;
// The server shows typing for 5 s; a lost "off" must not leave it standing.
const TYPING_SHOWN_MS = 6_000;

export function chatView(app, room) {
  const screen = new ChatScreen(app, room);
  screen.start();
  return { node: screen.node, title: screen.name, leave: () => screen.leave() };
}

class ChatScreen {
  #aborter = new AbortController();
  #loadingOlder = false;
  #typingTimer = null;
  #sizes = null;

  constructor(app, room) {
    Object.assign(this, { app, room });
    this.list = new MessageList({ app, room });
    this.scroller = h("div", { class: "chat-scroll", tabindex: "0", role: "region", "aria-label": t("chat.log") }, skeleton("message", 5));
    this.typing = h("p", { class: "typing", "data-testid": "typing-indicator", "aria-live": "polite", "data-on": "false" });
    this.newer = h("button", { class: "newer", hidden: true, onclick: () => this.#toEnd() }, icon("down"), t("chat.newer"));
    this.foot = h("div", { class: "chat-foot" });
    this.title = h("h1", { tabindex: "-1" });
    this.face = h("span", { class: "row-glass" });
    this.menu = h("button", { class: "icon-button", "aria-label": t("chat.menu"), "data-testid": "chat-menu", hidden: true, onclick: () => this.#openMenu() }, icon("more"));
    this.node = h("div", { class: "pane chat" },
      h("header", { class: "pane-head" },
        h("a", { class: "icon-button back", href: hrefOf("matches"), "aria-label": t("back") }, icon("back")),
        this.face, this.title, this.menu),
      this.scroller, this.newer, this.typing, this.foot);
  }

  get summary() { return this.app.model.rooms.get(this.room); }
  get log() { return this.app.client.rooms.get(this.room); }
  get name() { return this.summary ? roomName(this.app, this.summary) : this.log?.members.find((member) => member.alias !== this.log.me)?.nickname ?? ""; }

  start() {
    const { signal } = this.#aborter;
    const { client, model } = this.app;
    const mine = (run) => ({ detail }) => detail.room === this.room && run(detail);
    client.addEventListener("room", mine(({ fresh }) => this.#onEvents(fresh)), { signal });
    client.addEventListener("outbox", mine(() => this.#draw()), { signal });
    client.addEventListener("typing", mine((detail) => this.#onTyping(detail)), { signal });
    client.addEventListener("room-gone", mine(() => this.#gone()), { signal });
    model.addEventListener("room", mine(() => this.#draw()), { signal });
    model.addEventListener("rooms", () => this.#drawHead(), { signal });
    document.addEventListener("visibilitychange", () => this.#see(), { signal });
    this.scroller.addEventListener("scroll", () => this.#onScroll(), { signal, passive: true });
    // A keyboard that opens, a font that arrives, a first layout: whoever was at the end stays there.
    this.#sizes = new ResizeObserver(() => this.atEnd && this.#toEnd());
    this.#sizes.observe(this.scroller);
    this.#sizes.observe(this.list.node);
    this.atEnd = true;
    this.#drawHead();
    this.#open();
  }

  leave() {
    this.#aborter.abort();
    this.#sizes.disconnect();
    clearTimeout(this.#typingTimer);
    this.app.client.typing(this.room, false);
  }

  async #open() {
    try {
      if (!this.log?.position) await this.app.client.openRoom(this.room, { limit: FIRST_PAGE });
      if (this.log && this.log.events.length < FIRST_PAGE) await this.app.client.loadOlder(this.room, FIRST_PAGE);
    } catch (error) {
      if (this.#aborter.signal.aborted) return;
      if (error.code === "not_found") return this.#gone();
      // Without a road the room opens by itself when the road is back; what is held is shown meanwhile.
      if (error.code !== "offline") toast(errorWords(error));
    }
    if (this.#aborter.signal.aborted || !this.log) return;
    if (this.log.position || this.app.client.outbox.entries(this.room).length) {
      this.#draw();
      this.#toEnd();
    }
  }

  #drawHead() {
    if (this.#aborter.signal.aborted) return;
    this.title.textContent = this.name;
    const { summary } = this;
    if (summary && !this.face.firstChild) this.face.replaceChildren(roomPortrait(this.app, summary, "s"));
    this.menu.hidden = !summary?.match || summary.closed;
    const closed = summary?.closed === true;
    if (this.foot.dataset.closed === String(closed)) return;
    this.foot.dataset.closed = String(closed);
    this.foot.replaceChildren(closed ? h("p", { class: "bar-note" }, t("chat.closed")) : composer({
      onsend: (text) => this.#send(text),
      ontyping: (on) => this.app.client.typing(this.room, on),
    }));
  }

  #draw() {
    if (this.#aborter.signal.aborted || !this.log) return;
    this.#drawHead();
    this.list.update({
      log: this.log,
      name: this.name,
      peerRead: this.summary?.peerRead ?? 0,
      group: this.summary?.kind === "group",
      unsent: this.app.client.outbox.entries(this.room),
    });
    if (this.scroller.firstElementChild !== this.list.node) this.scroller.replaceChildren(this.list.node);
    if (this.atEnd) this.#toEnd();
    this.#see();
  }

  #onEvents(fresh) {
    const fromOthers = fresh.some((event) => event.ev === "msg.new" && event.from !== this.log?.me);
    if (fromOthers) {
      this.#onTyping({ on: false });
      if (!this.atEnd) this.newer.hidden = false;
    }
    this.#draw();
  }

  #send(text) {
    try {
      this.app.client.sendText(this.room, text);
    } catch (error) {
      toast(errorWords(error));
      return false;
    }
    this.app.client.typing(this.room, false);
    this.#toEnd();
    return true;
  }

  #onTyping({ from, on }) {
    clearTimeout(this.#typingTimer);
    if (on && from === this.log?.me) return;
    const who = this.log?.members.find((member) => member.alias === from)?.nickname ?? this.name;
    this.typing.dataset.on = String(on);
    this.typing.textContent = on ? t("chat.typing", { name: who }) : "";
    if (on) this.#typingTimer = setTimeout(() => this.#onTyping({ on: false }), TYPING_SHOWN_MS);
  }

  #onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.atEnd) {
      this.newer.hidden = true;
      this.#see();
    }
    if (scrollTop < clientHeight) this.#loadOlder();
  }

  async #loadOlder() {
    if (this.#loadingOlder || !this.log?.position || this.log.reachedStart) return;
    this.#loadingOlder = true;
    try {
      await this.app.client.loadOlder(this.room, FIRST_PAGE);
      if (this.#aborter.signal.aborted) return;
      const fromEnd = this.scroller.scrollHeight - this.scroller.scrollTop;
      this.#draw();
      // What is being read stays where it is; the older page grows above it.
      if (!this.atEnd) this.scroller.scrollTop = this.scroller.scrollHeight - fromEnd;
    } catch {
      // Scrolling on asks again.
    } finally {
      this.#loadingOlder = false;
    }
  }

  #see() {
    if (document.visibilityState !== "visible" || !this.atEnd || !this.log?.lastSeq) return;
    this.app.model.seen(this.room, this.log.lastSeq);
  }

  #toEnd() {
    this.atEnd = true;
    this.newer.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #gone() {
    this.scroller.replaceChildren(emptyState(t("chat.gone"), ""));
    this.foot.replaceChildren();
    this.menu.hidden = true;
  }

  #openMenu() {
    openDialog({
      label: t("chat.menu"),
      build: (close) => h("div", { class: "actions" },
        h("button", { class: "button danger-text plain", "data-testid": "unmatch", onclick: () => { close(); this.#askUnmatch(); } }, t("chat.unmatch")),
        h("button", { class: "button plain", onclick: close }, t("close"))),
    });
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
