// The line one writes in: grows with the words, sends on Enter, and leaves Hangul that is still being composed alone.

import { h, icon } from "../dom.js";
import { t } from "../i18n.js";

const HEIGHT_MAX_PX = 144;
const TEXT_CHARS_MAX = 1_000;

/** `onsend(text)` says whether the text was taken; `ontyping(on)` may be called on every keystroke. */
export function composer({ onsend, ontyping }) {
  const input = h("textarea", { class: "input message-input", rows: 1, "aria-label": t("chat.input"), placeholder: t("chat.input"),
    maxlength: TEXT_CHARS_MAX, "data-testid": "message-input", enterkeyhint: "send" });
  const send = h("button", { class: "send", type: "submit", "aria-label": t("chat.send"), "data-testid": "message-send" }, icon("send"));
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
  input.addEventListener("input", () => {
    fit();
    ontyping(input.value.trim() !== "");
  });
  input.addEventListener("blur", () => ontyping(false));
  input.addEventListener("keydown", (event) => {
    // 229 is what some keyboards report while a syllable is unfinished.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    submit(event);
  });
  return h("form", { class: "composer", onsubmit: submit }, input, send);
}
