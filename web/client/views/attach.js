// What is about to be shown or said: a photo made small, a voice that is recorded. It is seen or heard here first, and sent on a word.

import { h, icon, toast } from "../dom.js";
import { errorWords, t } from "../i18n.js";
import { clock } from "./media.js";
import { shrunk } from "./shrink.js";

const SIDE_PX = 1_600;
const VOICE_S_MAX = 600;
// Speech needs no more, and ten minutes stay under what a room takes.
const VOICE_BITS_PER_S = 24_000;
const RECORDINGS = ["audio/webm;codecs=opus", "audio/mp4", "audio/ogg;codecs=opus"];

/** `onsend({kind, file, seconds})` resolves when it is on its way; `onshut()` when nothing is about to be sent any more. */
export class Attachment {
  #recording = null;
  #url = null;

  constructor({ onsend, onshut }) {
    Object.assign(this, { onsend, onshut });
    this.node = h("div", { class: "attachment", hidden: true, role: "group", "aria-label": t("attach.label"), "data-testid": "attachment" });
    this.input = h("input", { type: "file", accept: "image/*", class: "unseen", tabindex: "-1", "aria-hidden": "true", "data-testid": "photo-input" });
    this.input.addEventListener("change", () => this.#chosen());
  }

  choosePhoto() {
    this.input.click();
  }

  async #chosen() {
    const [chosen] = this.input.files;
    this.input.value = "";
    if (!chosen) return;
    try {
      const file = await shrunk(chosen, SIDE_PX);
      this.#offer({ kind: "image", file }, (url) => h("img", { class: "attachment-image", src: url, alt: t("attach.photo"), "data-testid": "attachment-image" }));
    } catch {
      toast(t("attach.unreadable"));
    }
  }

  async recordVoice() {
    const kind = RECORDINGS.find((name) => globalThis.MediaRecorder?.isTypeSupported(name));
    try {
      if (!kind) throw new Error("nothing records here");
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      this.#record(new MediaRecorder(stream, { mimeType: kind, audioBitsPerSecond: VOICE_BITS_PER_S }));
    } catch {
      toast(t("attach.denied"));
    }
  }

  #record(recorder) {
    this.#clear();
    const parts = [];
    const began = performance.now();
    const seconds = () => Math.min(VOICE_S_MAX, (performance.now() - began) / 1000);
    const time = h("span", { class: "attachment-time", "data-testid": "voice-time" }, clock(0));
    const ticks = setInterval(() => {
      time.textContent = clock(seconds());
      if (seconds() >= VOICE_S_MAX) recorder.stop();
    }, 500);
    recorder.addEventListener("dataavailable", ({ data }) => parts.push(data));
    recorder.addEventListener("stop", () => {
      clearInterval(ticks);
      for (const track of recorder.stream.getTracks()) track.stop();
      if (this.#recording !== recorder) return;
      this.#recording = null;
      const file = new Blob(parts, { type: recorder.mimeType.split(";")[0] });
      this.#offer({ kind: "voice", file, seconds: Number(seconds().toFixed(1)) }, (url) => h("audio", { controls: true, src: url, "data-testid": "attachment-audio" }));
    });
    this.#recording = recorder;
    recorder.start();
    // The time stands beside what is announced: nobody wants to hear every second.
    this.#show(h("div", { class: "attachment-words" }, icon("voice"), h("span", { role: "status" }, t("attach.recording")), time),
      h("button", { class: "button main", type: "button", "data-testid": "voice-done", onclick: () => recorder.stop() }, t("attach.done")));
  }

  #offer(what, preview) {
    this.#clear();
    this.#url = URL.createObjectURL(what.file);
    const said = h("p", { class: "problem", role: "alert", "data-testid": "attachment-problem" });
    const send = h("button", { class: "button main", type: "button", "data-testid": "attachment-send" }, t("chat.send"));
    send.addEventListener("click", async () => {
      send.disabled = true;
      said.textContent = "";
      send.textContent = t("attach.sending");
      try {
        await this.onsend(what);
        if (this.#url) this.shut();
      } catch (error) {
        said.textContent = errorWords(error);
        send.textContent = t("chat.resend");
        send.disabled = false;
      }
    });
    this.#show(h("div", { class: "attachment-words" }, preview(this.#url), said), send);
    send.focus();
  }

  #show(...parts) {
    this.node.replaceChildren(...parts,
      h("button", { class: "icon-button", type: "button", "aria-label": t("attach.cancel"), "data-testid": "attachment-cancel", onclick: () => this.shut() }, icon("close")));
    this.node.hidden = false;
  }

  /** Nothing is sent. */
  shut() {
    this.leave();
    this.onshut();
  }

  /** The microphone is off, and nothing is left here. */
  leave() {
    this.#clear();
    this.node.hidden = true;
    this.node.replaceChildren();
  }

  #clear() {
    const recorder = this.#recording;
    this.#recording = null;
    if (recorder?.state === "recording") recorder.stop();
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = null;
  }
}
