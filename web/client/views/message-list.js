// The messages of one room as a list that is mended rather than redrawn, so that nothing jumps and a reader hears only what is new.

import { h, icon } from "../dom.js";
import { clockTime, t } from "../i18n.js";
import { bubble, reactionChips } from "./bubble.js";
import { linesOf } from "./lines.js";
import { rove } from "./roving.js";

const FOUND_MS = 2_400;

/** `onmenu(line, anchor)`, `onquote(seq)`, `onreact(line, emoji, on)`, `media(line, onmore)` the node of a file; `outbox` sends again what failed. */
export class MessageList {
  #nodes = new Map();
  #foundTimer = null;

  constructor({ outbox, onmenu, onquote, onreact, media }) {
    Object.assign(this, { outbox, onmenu, onquote, onreact });
    this.onfile = (line) => media(line, () => this.#open(this.#nodes.get(line.key)?.node));
    this.node = h("ol", { class: "messages", role: "log", "aria-label": t("chat.log"), "aria-live": "polite", "aria-relevant": "additions" });
    this.roving = rove(this.node, ".message", { onopen: (item) => this.#open(item) });
    // Under a thumb there is no hovering: the message itself is the handle.
    this.node.addEventListener("click", (event) => {
      const touched = matchMedia("(hover: none)").matches && event.target.closest(".bubble, .sticker");
      if (touched && String(getSelection()) === "") this.#open(event.target.closest(".message"));
    });
  }

  update(room) {
    const wanted = linesOf(room);
    const keys = new Set(wanted.map((line) => line.key));
    for (const [key, held] of this.#nodes) {
      if (keys.has(key)) continue;
      held.node.remove();
      this.#nodes.delete(key);
    }
    let before = this.node.firstChild;
    for (const line of wanted) {
      const held = this.#nodes.get(line.key) ?? { node: h("li"), drawn: null };
      this.#nodes.set(line.key, held);
      const drawn = JSON.stringify(line);
      if (held.drawn !== drawn) {
        this.#fill(held.node, line);
        Object.assign(held, { drawn, line });
      }
      if (held.node === before) before = before.nextSibling;
      else this.node.insertBefore(held.node, before);
    }
    this.roving.refresh();
  }

  has(seq) {
    return this.#message(seq) !== null;
  }

  /** Brings a message to the middle of the screen and marks it for a moment. */
  show(seq) {
    const node = this.#message(seq);
    // At once: a long way scrolled past the eye tells nobody anything.
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    clearTimeout(this.#foundTimer);
    this.node.querySelector(".found")?.classList.remove("found");
    node.classList.add("found");
    this.#foundTimer = setTimeout(() => node.classList.remove("found"), FOUND_MS);
  }

  /** Where focus goes when what held it was redrawn. */
  focus(seq) {
    this.#message(seq)?.focus({ preventScroll: true });
  }

  #message(seq) {
    return this.node.querySelector(`.message[data-seq="${Number(seq)}"]`);
  }

  #open(item) {
    const held = [...this.#nodes.values()].find(({ node }) => node === item);
    if (held?.line.mayAct) this.onmenu(held.line, item.querySelector(".message-menu"));
  }

  #fill(node, line) {
    if (line.type !== "message") {
      node.className = line.type === "day" ? "day" : "note";
      node.replaceChildren(h("span", {}, line.text));
      return;
    }
    const emoji = node.contains(document.activeElement) && document.activeElement.dataset.emoji;
    const held = node !== document.activeElement && node.contains(document.activeElement);
    node.className = `message${line.own ? " own" : ""}${line.joined ? " joined" : ""}${node.classList.contains("found") ? " found" : ""}`;
    node.tabIndex = -1;
    const { seq, cid, state, own, kind, deleted } = line;
    Object.assign(node.dataset, { testid: "message", seq, cid, state, own: String(own), kind, deleted: String(deleted) });
    node.replaceChildren(
      ...(line.who ? [h("span", { class: "message-who" }, line.who)] : []),
      h("div", { class: "message-row" }, bubble(line, this), this.#meta(line), line.mayAct && this.#menu(line)),
      ...(line.reactions.length ? [reactionChips(line, (chosen, on) => this.onreact(line, chosen, on))] : []),
      ...(line.state === "failed" ? [this.#choices(line)] : []));
    if (held) (node.querySelector(emoji ? `[data-emoji="${CSS.escape(emoji)}"]` : ".none") ?? node).focus({ preventScroll: true });
  }

  #meta(line) {
    const state = line.readers > 1 ? t("chat.state.readers", { n: line.readers }) : t(`chat.state.${line.state}`);
    return h("span", { class: "message-meta" },
      line.own && !line.deleted && h("span", { class: line.showState ? "message-state" : "unseen" }, state),
      h("time", { datetime: new Date(line.at).toISOString() }, clockTime(line.at)));
  }

  #menu(line) {
    return h("button", { class: "message-menu", type: "button", tabindex: "-1", "data-testid": "message-menu", "aria-haspopup": "dialog",
      "aria-label": t("message.menu"), onclick: (event) => this.onmenu(line, event.currentTarget) }, icon("more"));
  }

  #choices({ cid, code }) {
    const why = t(`error.${code}`);
    return h("div", { class: "choices" },
      h("span", { class: "problem" }, why.startsWith("error.") ? t("error.other") : why),
      h("button", { class: "button plain", "data-testid": "message-resend", onclick: () => this.outbox.retry(cid) }, t("chat.resend")),
      h("button", { class: "button quiet", "data-testid": "message-discard", onclick: () => this.outbox.discard(cid) }, t("chat.discard")));
  }
}
