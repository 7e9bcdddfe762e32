// One conversation: opens the room, follows its end while it is looked at, pages back on scroll, jumps, and writes.

import { announce, emptyState, h, icon, skeleton, toast } from "../dom.js";
import { MATCH_STEP } from "../glass.js";
import { errorWords, t } from "../i18n.js";
import { REVEAL_STEPS } from "../protocol.js";
import { forgetSeq } from "../router.js";
import { ChatHead } from "./chat-head.js";
import { composer } from "./composer.js";
import { summaryOf } from "./lines.js";
import { MessageList } from "./message-list.js";
import { openMessageMenu } from "./message-menu.js";
import { openReveal, revealBanner } from "./reveal.js";
import { roomName } from "./room-face.js";
import { openReport } from "./safety.js";
import { searchBox } from "./search.js";

const FIRST_PAGE = 50;
// Within this many pixels of the end, the eye is at the end.
const NEAR_END_PX = 80;
const TYPISTS_NAMED_MAX = 2;
const PHOTO_STEP = MATCH_STEP + REVEAL_STEPS.indexOf("photo");

export function chatView(app, room) {
  const screen = new ChatScreen(app, room);
  screen.start();
  return { node: screen.node, title: screen.name, leave: () => screen.leave(), jump: (seq) => screen.jump(seq) };
}

class ChatScreen {
  #aborter = new AbortController();
  #loadingOlder = false;
  #sizes = null;
  #replyTo = null;
  #opened = null;
  #banner = null;

  constructor(app, room) {
    Object.assign(this, { app, room });
    this.list = new MessageList({
      outbox: app.client.outbox,
      onmenu: (line, anchor) => this.#openMenu(line, anchor),
      onquote: (seq) => this.jump(seq),
      onreact: (line, emoji, on) => this.#react(line, emoji, on),
      media: (line, onmore) => app.media.show(room, line, onmore),
    });
    this.head = new ChatHead({ app, room, onsearch: () => this.#openSearch(), onreveal: () => this.#openReveal() });
    this.scroller = h("div", { class: "chat-scroll" }, skeleton("message", 5));
    this.typing = h("p", { class: "typing", "data-testid": "typing-indicator", "aria-live": "polite", "data-on": "false" });
    this.newer = h("button", { class: "newer", type: "button", hidden: true, "data-testid": "to-newest", onclick: () => this.#toEnd() }, icon("down"), h("span"));
    this.banner = h("div", { class: "banner-place", hidden: true });
    this.search = h("div", { class: "chat-search", hidden: true });
    this.foot = h("div", { class: "chat-foot" });
    this.node = h("div", { class: "pane chat" }, this.head.node, this.search, this.banner, this.scroller, h("div", { class: "newer-place" }, this.newer), this.typing, this.foot);
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
    client.addEventListener("refused", mine(({ op, code }) => toast(op === "msg.react" && code === "conflict" ? t("reaction.full") : errorWords({ code }))), { signal });
    client.addEventListener("typing", mine(() => this.#drawTyping()), { signal });
    client.addEventListener("room-gone", mine(() => this.#gone()), { signal });
    client.addEventListener("state", () => this.#drawHead(), { signal });
    model.addEventListener("room", mine(() => this.#draw()), { signal });
    model.addEventListener("rooms", () => this.#drawHead(), { signal });
    document.addEventListener("visibilitychange", () => this.#see(), { signal });
    this.search.addEventListener("keydown", (event) => event.key === "Escape" && this.#closeSearch(true));
    this.scroller.addEventListener("scroll", () => this.#onScroll(), { signal, passive: true });
    // A keyboard that opens, a font that arrives, a first layout: whoever was at the end stays there.
    this.#sizes = new ResizeObserver(() => this.atEnd && this.#toEnd());
    this.#sizes.observe(this.scroller);
    this.#sizes.observe(this.list.node);
    this.atEnd = true;
    this.#drawHead();
    this.#opened = this.#open();
  }

  leave() {
    this.#aborter.abort();
    this.#sizes.disconnect();
    this.app.client.typing(this.room, false);
    this.composer?.leave();
  }

  /** To a message, however far back it is, and to the keyboard as well as to the eye. */
  async jump(seq) {
    this.#closeSearch();
    await this.#opened;
    // From here on nothing pulls the eye back to the end.
    this.atEnd = false;
    try {
      await this.app.client.reach(this.room, seq);
    } catch (error) {
      toast(errorWords(error));
    }
    if (this.#aborter.signal.aborted) return;
    this.#draw();
    forgetSeq();
    if (!this.list.has(seq)) return toast(t("chat.far"));
    this.list.show(seq);
    this.#onScroll();
    if (!this.atEnd) this.#offerEnd("chat.latest");
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
    this.head.draw(this.name);
    const closed = this.summary?.closed === true;
    if (this.foot.dataset.closed === String(closed)) return;
    this.foot.dataset.closed = String(closed);
    this.#replyTo = null;
    this.composer?.leave();
    this.composer = closed ? null : composer({
      onsend: (text) => this.#send((client, options) => client.sendText(this.room, text, options)),
      onsticker: (id) => this.#send((client, options) => client.sendSticker(this.room, id, options)),
      onplace: (place) => this.#send((client, options) => client.sendLocation(this.room, place, options)),
      onfile: (file) => this.#sendFile(file),
      ontyping: (on) => this.app.client.typing(this.room, on),
      onunreply: () => this.#reply(null),
    });
    this.foot.replaceChildren(this.composer?.node ?? h("p", { class: "bar-note", "data-testid": "room-closed" }, t("chat.closed")));
  }

  #draw() {
    if (this.#aborter.signal.aborted || !this.log) return;
    this.#drawHead();
    this.#drawBanner();
    this.list.update({
      log: this.log,
      name: this.name,
      group: this.summary?.kind === "group",
      closed: this.summary?.closed === true,
      // Until both show their photos, what the other shows is behind glass until it is asked for.
      veiled: this.summary?.kind === "match" && this.app.model.stepIn(this.room) < PHOTO_STEP,
      unsent: this.app.client.outbox.entries(this.room),
      asked: this.app.client.outbox.asked(this.room),
    });
    if (this.scroller.firstElementChild !== this.list.node) this.scroller.replaceChildren(this.list.node);
    if (this.atEnd) this.#toEnd();
    this.#see();
  }

  #drawBanner() {
    const wanted = this.summary?.kind === "match" && !this.summary.closed
      ? revealBanner({ log: this.log, name: this.name, onopen: () => this.head.onreveal() }) : null;
    const words = wanted?.textContent ?? null;
    if (words === this.#banner) return;
    this.#banner = words;
    this.banner.hidden = wanted === null;
    this.banner.replaceChildren(...(wanted ? [wanted] : []));
    if (wanted) announce(words);
  }

  #onEvents(fresh) {
    const fromOthers = fresh.some((event) => event.ev === "msg.new" && event.from !== this.log?.me);
    if (fromOthers && !this.atEnd) this.#offerEnd("chat.newer");
    // Whoever is answering a message that is taken back answers nobody.
    if (fresh.some((event) => event.ev === "msg.deleted" && event.target === this.#replyTo?.seq)) this.#reply(null);
    this.#draw();
  }

  #send(send) {
    try {
      send(this.app.client, { replyTo: this.#replyTo?.seq });
    } catch (error) {
      toast(errorWords(error));
      return false;
    }
    this.#reply(null);
    this.app.client.typing(this.room, false);
    this.#toEnd();
    return true;
  }

  async #sendFile(file) {
    await this.app.client.sendFile(this.room, file, { replyTo: this.#replyTo?.seq });
    if (this.#aborter.signal.aborted) return;
    this.#reply(null);
    this.#toEnd();
  }

  #reply(line) {
    this.#replyTo = line;
    this.composer?.setReply(line && { who: line.own ? t("chat.you") : line.name, text: summaryOf(line) });
  }

  #react(line, emoji, on) {
    try {
      this.app.client.askReaction(this.room, line.seq, emoji, on);
    } catch (error) {
      toast(errorWords(error));
    }
  }

  #remove(line) {
    this.app.client.askDeletion(this.room, line.seq);
    announce(t("chat.deleted"));
  }

  #openMenu(line, anchor) {
    openMessageMenu(line, anchor, {
      may: { remove: line.own && this.app.client.mayDelete(line), report: !line.own },
      does: {
        react: (emoji, on) => this.#react(line, emoji, on),
        reply: () => this.#reply(line),
        remove: () => this.#remove(line),
        report: () => openReport({ app: this.app, room: this.room, member: { alias: line.from, nickname: line.name }, line }),
        // The button that was pressed may have been redrawn meanwhile.
        closed: () => document.activeElement === document.body && this.list.focus(line.seq),
      },
    });
  }

  #openReveal() {
    openReveal({
      app: this.app, room: this.room, name: this.name,
      onclose: () => document.activeElement === document.body && this.head.face.focus(),
    });
  }

  #openSearch() {
    if (!this.search.hidden) return this.#closeSearch();
    const box = searchBox(this.app, {
      room: this.room,
      label: t("search.room"),
      onquery: (on) => this.node.classList.toggle("searching", on),
    });
    this.search.replaceChildren(
      h("div", { class: "search-line" }, box.field, h("button", { class: "icon-button", type: "button", "aria-label": t("close"), "data-testid": "search-close", onclick: () => this.#closeSearch(true) }, icon("close"))),
      box.results);
    this.search.hidden = false;
    box.focus();
  }

  #closeSearch(back = false) {
    this.search.hidden = true;
    this.search.replaceChildren();
    this.node.classList.remove("searching");
    if (back) this.head.find.focus();
  }

  #drawTyping() {
    const { log } = this;
    const names = this.app.client.typists.in(this.room).filter((alias) => alias !== log?.me).map((alias) => log?.member(alias)?.nickname ?? this.name);
    this.typing.dataset.on = String(names.length > 0);
    if (names.length === 0) this.typing.textContent = "";
    else if (names.length > TYPISTS_NAMED_MAX) this.typing.textContent = t("chat.typing.many", { n: names.length });
    else this.typing.textContent = t("chat.typing", { name: names.join(", "), n: names.length });
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

  #offerEnd(words) {
    this.newer.lastChild.textContent = t(words);
    this.newer.hidden = false;
  }

  #toEnd() {
    this.atEnd = true;
    this.newer.hidden = true;
    this.scroller.scrollTop = this.scroller.scrollHeight;
  }

  #gone() {
    this.scroller.replaceChildren(emptyState(t("chat.gone"), ""));
    this.foot.replaceChildren();
    this.foot.dataset.closed = "gone";
    this.head.gone();
  }
}
