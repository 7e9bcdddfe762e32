// Pictures and voices of conversations: brought when they are looked at, and kept while they may be looked at again.

import { h, icon, openDialog } from "../dom.js";
import { t } from "../i18n.js";

const HELD_MAX = 60;

/** One node for each file: a line that is drawn anew neither flickers nor stops a voice that is heard. */
export class Media {
  #held = new Map();

  constructor(rest) {
    this.rest = rest;
  }

  /** The node of a message that shows a picture or says something; `onmore` opens what can be done with the message. */
  show(room, line, onmore) {
    const { file } = line.body;
    const held = this.#held.get(file) ?? this.#make(room, line);
    this.#held.delete(file);
    this.#held.set(file, held);
    Object.assign(held, { line, onmore });
    held.veil?.toggleAttribute("hidden", held.seen || !line.veiled);
    held.node.classList.toggle("veiled", !held.seen && line.veiled === true);
    this.#bound();
    return held.node;
  }

  #make(room, line) {
    const held = { seen: false, url: null };
    held.load = async () => {
      held.url ??= URL.createObjectURL(await this.rest.roomFile(room, line.body.file));
      return held.url;
    };
    if (line.kind === "image") makePicture(held, line.body, line);
    else makeVoice(held, line.body);
    return held;
  }

  /** Somebody else may sit here next. */
  forget() {
    for (const { url } of this.#held.values()) if (url) URL.revokeObjectURL(url);
    this.#held.clear();
  }

  /** The oldest go, but nothing that is on the screen. */
  #bound() {
    for (const [file, held] of this.#held) {
      if (this.#held.size <= HELD_MAX) return;
      if (held.node.isConnected) continue;
      if (held.url) URL.revokeObjectURL(held.url);
      this.#held.delete(file);
    }
  }
}

function makePicture(held, { w, h: tall }, line) {
  const alt = t("media.image", { who: line.own ? t("chat.you") : line.name });
  const image = h("img", { class: "media-image", alt, width: w ?? 4, height: tall ?? 3, "data-testid": "message-image" });
  const problem = h("button", { class: "media-problem", type: "button", tabindex: "-1", hidden: true });
  const bring = async () => {
    problem.hidden = true;
    try {
      image.src = await held.load();
      await image.decode();
    } catch (error) {
      problem.textContent = t(error.code === "not_found" ? "media.gone" : "media.failed");
      problem.hidden = false;
    }
  };
  problem.addEventListener("click", bring);
  held.veil = h("button", { class: "media-veil", type: "button", tabindex: "-1", hidden: true, "data-testid": "message-veil",
    onclick: () => {
      held.seen = true;
      held.veil.hidden = true;
      held.node.classList.remove("veiled");
    } }, icon("image"), h("span", {}, t("media.veil")));
  const open = h("button", { class: "media-open", type: "button", tabindex: "-1", "aria-label": alt, onclick: () => openLarge(held, alt) }, image);
  held.node = h("div", { class: "media", "data-kind": "image" }, open, problem, held.veil);
  bring();
}

function openLarge(held, alt) {
  if (!held.url) return;
  openDialog({
    label: alt,
    testid: "media-large",
    build: (close) => [
      h("img", { class: "media-large", src: held.url, alt }),
      h("div", { class: "actions" },
        h("button", { class: "button plain", type: "button", autofocus: true, onclick: close }, t("close")),
        held.line.mayAct && h("button", { class: "button quiet", type: "button", "data-testid": "media-more", onclick: () => { close(); held.onmore(); } }, t("message.menu"))),
    ],
  });
}

function makeVoice(held, { seconds }) {
  const sub = h("span", { class: "card-sub" }, seconds ? clock(seconds) : "");
  const card = h("button", { class: "bubble card-bubble media-voice", type: "button", tabindex: "-1", "data-kind": "voice", "data-testid": "message-voice",
    onclick: async (event) => {
      event.stopPropagation();
      card.disabled = true;
      try {
        const player = h("audio", { controls: true, src: await held.load(), "data-testid": "message-audio" });
        held.node.replaceChildren(player);
        await player.play();
      } catch (error) {
        sub.textContent = t(error.code === "not_found" ? "media.gone" : "media.failed");
        card.disabled = false;
      }
    } },
    h("span", { class: "card-icon" }, icon("voice")),
    h("span", { class: "card-words" }, h("span", { class: "card-title" }, t("media.play")), sub));
  held.node = h("div", { class: "media", "data-kind": "voice" }, card);
}

/** Minutes and seconds, as clocks say them. */
export function clock(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
