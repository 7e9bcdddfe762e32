// The photo of a person in a group: made small here before it leaves, drawn from bytes that only a token opens.

import { h, toast } from "../dom.js";
import { errorWords, t } from "../i18n.js";
import { shrunk } from "./shrink.js";

const SIDE_PX = 1024;

/** An image whose bytes `load` brings; it stays hidden where there are none. */
export function photoImage(load, { testid, alt }) {
  const image = h("img", { class: "photo", alt, hidden: true, "data-testid": testid });
  image.show = async () => {
    URL.revokeObjectURL(image.src);
    image.hidden = true;
    try {
      image.src = URL.createObjectURL(await load());
      await image.decode();
      image.hidden = false;
    } catch (error) {
      if (error.code !== "not_found") throw error;
    }
    return !image.hidden;
  };
  return image;
}

/** Choosing and taking away the one photo that a person has in a group. */
export function photoField(app, group) {
  const { rest } = app.client;
  const problem = h("p", { class: "problem", role: "alert", "data-testid": "photo-problem" });
  const image = photoImage(() => rest.photo(group), { testid: "photo-mine", alt: t("photo.mine") });
  const input = h("input", { type: "file", id: "photo-file", accept: "image/*", class: "visually-hidden", "data-testid": "photo-file" });
  const remove = h("button", { class: "button plain", type: "button", hidden: true, "data-testid": "photo-remove" }, t("photo.remove"));
  const show = async () => {
    remove.hidden = !(await image.show());
  };
  const attempt = (run) => async () => {
    problem.textContent = "";
    try {
      await run();
      await show();
    } catch (error) {
      problem.textContent = error instanceof DOMException ? t("photo.unreadable") : errorWords(error);
    }
  };
  input.addEventListener("change", attempt(async () => {
    const [file] = input.files;
    input.value = "";
    if (file) await rest.putPhoto(group, await shrunk(file, SIDE_PX));
  }));
  remove.addEventListener("click", attempt(() => rest.removePhoto(group)));
  show().catch((error) => toast(errorWords(error)));
  return h("div", { class: "field" },
    h("span", { class: "label" }, t("photo.title")), image,
    h("div", { class: "door-row" }, input, h("label", { class: "button plain", for: input.id }, t("photo.choose")), remove),
    h("p", { class: "hint" }, t("photo.hint")), problem);
}
