// The line one writes in: grows with the words, sends on Enter, and leaves Hangul that is still being composed alone.

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";
import { Attachment } from "./attach.js";
import { openLocation } from "./location.js";
import { STICKER_IDS, sticker, stickerName } from "./stickers.js";

const HEIGHT_MAX_PX = 144;
const TEXT_CHARS_MAX = 1_000;

/**
 * `onsend(text)`, `onsticker(id)` and `onplace({lat, lng, label})` say whether it was taken, `onfile({kind, file, seconds})` resolves then; `ontyping(on)` may be called on
 * every keystroke; `onunreply()` when an answer becomes an ordinary message again.
 */
export function composer({ onsend, onsticker, onplace, onfile, ontyping, onunreply }) {
  const input = h("textarea", { class: "input message-input", rows: 1, "aria-label": t("chat.input"), placeholder: t("chat.input"),
    maxlength: TEXT_CHARS_MAX, "data-testid": "message-input", enterkeyhint: "send" });
  const send = h("button", { class: "send", type: "submit", "aria-label": t("chat.send"), "data-testid": "message-send" }, icon("send"));
  const reply = h("div", { class: "replying", hidden: true, "data-testid": "reply-strip" });
  const attachment = new Attachment({ onsend: onfile, onshut: () => input.focus() });
  const tray = new Tray({ onsticker, onplace, attachment, onshut: () => input.focus() });
  const fit = () => {
    input.style.height = "auto";
    input.style.height = `${Math.min(input.scrollHeight, HEIGHT_MAX_PX)}px`;
    send.toggleAttribute("data-ready", input.value.trim() !== "");
  };
  const submit = (event) => {
    event?.preventDefault();
    if (input.value.trim() === "" || !onsend(input.value)) return;
    input.value = "";
    fit();
    input.focus();
  };
  const unreply = () => {
    onunreply();
    input.focus();
  };
  input.addEventListener("input", () => {
    fit();
    ontyping(input.value.trim() !== "");
  });
  input.addEventListener("blur", () => ontyping(false));
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !reply.hidden) return unreply();
    // 229 is what some keyboards report while a syllable is unfinished.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    submit(event);
  });
  return {
    node: h("div", { class: "writing" }, tray.node, reply, attachment.node, attachment.input, h("form", { class: "composer", onsubmit: submit }, tray.button, input, send)),
    focus: () => input.focus(),
    leave: () => attachment.leave(),
    /** `to` is {who, text}, or null for no answer. */
    setReply(to) {
      reply.hidden = to === null;
      if (to === null) return reply.replaceChildren();
      reply.replaceChildren(
        h("div", { class: "replying-words" }, h("span", { class: "quote-who" }, t("chat.replying", { who: to.who })), h("span", { class: "quote-text" }, to.text)),
        h("button", { class: "icon-button", type: "button", "data-testid": "reply-cancel", "aria-label": t("chat.unreply"), onclick: unreply }, icon("close")));
      input.focus();
    },
  };
}

/** What is not words: a few stickers, and where one is. */
class Tray {
  constructor({ onsticker, onplace, attachment, onshut }) {
    Object.assign(this, { onsticker, onplace, attachment, onshut });
    this.button = h("button", { class: "icon-button tray-button", type: "button", "data-testid": "sticker-open", "aria-label": t("sticker.open"), "aria-expanded": "false",
      onclick: () => this.#toggle() }, icon("sticker"));
    this.node = h("div", { class: "tray", hidden: true, role: "group", "aria-label": t("sticker.open"), "data-testid": "sticker-tray" });
    this.node.addEventListener("keydown", (event) => event.key === "Escape" && this.#shut());
  }

  #toggle() {
    if (!this.node.hidden) return this.#shut();
    this.node.replaceChildren(
      h("div", { class: "sticker-grid" }, STICKER_IDS.map((id) =>
        h("button", { class: "sticker-choice", type: "button", "data-testid": `sticker-${id}`, "aria-label": stickerName(id), onclick: () => this.#send(id) }, sticker(id, { named: false })))),
      this.#item("image", "photo-open", "attach.photo", () => this.attachment.choosePhoto()),
      this.#item("voice", "voice-open", "attach.voice", () => this.attachment.recordVoice()),
      h("button", { class: "menu-item", type: "button", "data-testid": "location-open", onclick: () => openLocation({ onplace: (place) => this.onplace(place) && this.#shut() }) },
        icon("place"), h("span", {}, t("location.open"))));
    this.node.hidden = false;
    this.button.setAttribute("aria-expanded", "true");
    this.node.querySelector("button").focus();
  }

  #item(name, testid, words, run) {
    return h("button", { class: "menu-item", type: "button", "data-testid": testid, onclick: () => { this.#shut(); run(); } }, icon(name), h("span", {}, t(words)));
  }

  #send(id) {
    if (this.onsticker(id)) this.#shut();
  }

  #shut() {
    this.node.hidden = true;
    this.node.replaceChildren();
    this.button.setAttribute("aria-expanded", "false");
    this.onshut();
  }
}
