// One message as it is seen: words, a sticker, a place, a picture, a voice, or an honest stand-in for what this client cannot show.

import { h, icon } from "../dom.js";
import { number, t } from "../i18n.js";
import { reactionGlyph, reactionName, sticker } from "./stickers.js";

/** `onquote(seq)` jumps to what was answered; `onfile(line)` is the node of a picture or a voice. */
export function bubble(line, { onquote, onfile }) {
  return h("div", { class: "stack" }, line.quote && quote(line.quote, onquote), content(line, onfile),
    line.caution && h("p", { class: "row-sub", "data-testid": "message-caution" }, t("chat.caution")));
}

function content(line, onfile) {
  const { kind, body, deleted } = line;
  if (deleted) return h("p", { class: "bubble faint", "data-deleted": "true" }, t("chat.deleted"));
  if (kind === "text") return h("p", { class: "bubble" }, body);
  const draw = { sticker: () => sticker(body?.sticker), location: () => place(body), image: () => onfile(line), voice: () => onfile(line) }[kind];
  return draw ? draw() : h("p", { class: "bubble faint" }, t("chat.other"));
}

function quote({ seq, who, text }, onquote) {
  return h("button", { class: "quote", type: "button", tabindex: "-1", "data-testid": "message-quote", "data-target": seq,
    "aria-label": t("chat.quote.label", { who, text }), onclick: () => onquote(seq) },
    who && h("span", { class: "quote-who" }, who), h("span", { class: "quote-text" }, text));
}

/** No map: nobody else's server learns where two people meet. */
function place({ lat, lng, label }) {
  return h("div", { class: "bubble card-bubble", "data-kind": "location" },
    h("span", { class: "card-icon" }, icon("place")),
    h("span", { class: "card-words" }, h("span", { class: "card-title" }, label || t("kind.location")),
      h("span", { class: "card-sub" }, t("location.band", { lat: degrees(lat), lng: degrees(lng) }))));
}

const degrees = (value) => (Number.isFinite(value) ? new Intl.NumberFormat("en", { maximumFractionDigits: 2, minimumFractionDigits: 2 }).format(value) : "?");

/** `ontoggle(emoji, on)`; a closed conversation shows its reactions and takes no more. */
export function reactionChips(line, ontoggle) {
  return h("div", { class: "reactions", role: "group", "aria-label": t("reaction.all") }, line.reactions.map(({ emoji, count, own, names }) =>
    h("button", { class: "reaction", type: "button", tabindex: "-1", "data-testid": "reaction", "data-emoji": emoji, "data-own": String(own), "data-count": count,
      "aria-pressed": String(own), "aria-label": t("reaction.label", { name: reactionName(emoji), who: names.join(", "), n: count }), title: names.join(", "),
      disabled: !line.mayAct, onclick: () => ontoggle(emoji, !own) },
      reactionGlyph(emoji), h("span", { class: "reaction-count" }, number(count)))));
}
