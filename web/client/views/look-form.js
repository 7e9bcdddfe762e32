// A look, said by picking: the same form for oneself and for somebody one saw; what is not picked is not said.

import { h } from "../dom.js";
import { t } from "../i18n.js";

export const COLOURS = ["black", "navy", "charcoal", "white", "ivory", "grey", "beige", "brown", "khaki", "red", "pink", "wine",
  "orange", "yellow", "blonde", "green", "mint", "blue", "sky", "purple", "lavender"];
export const UPPERS = ["tshirt", "shirt", "knit", "hoodie", "jacket", "coat", "dress"];
export const LOWERS = ["jeans", "trousers", "shorts", "skirt", "dress"];
export const HAIR = ["short", "medium", "long"];
export const HEIGHTS = ["short", "medium", "tall"];
export const ACCESSORIES = ["hat", "bag", "watch", "earrings", "necklace", "scarf", "mask"];

const FIELDS = {
  upper: ["look.kind", UPPERS], upper_colour: ["look.colour", COLOURS],
  lower: ["look.kind", LOWERS], lower_colour: ["look.colour", COLOURS],
  hair: ["look.hair", HAIR], hair_colour: ["look.colour", COLOURS],
  height: ["look.height", HEIGHTS], shoes: ["look.colour", COLOURS],
};
const ROWS = [["upper", "upper", "upper_colour"], ["lower", "lower", "lower_colour"], ["hair", "hair", "hair_colour"],
  ["glasses", "glasses"], ["height", "height"], ["shoes", "shoes"]];

/** `{node, read}`; `look` is what was said before. */
export function lookForm(look = {}) {
  const inputs = new Map();
  const node = h("div", { class: "look-form" },
    ROWS.map(([name, ...parts]) => h("fieldset", { class: "look-row" },
      h("legend", {}, t(`look.feature.${name}`)),
      h("div", { class: "look-picks" }, parts.map((part) => {
        const input = part === "glasses" ? glasses(look) : picker(part, look[part], name);
        inputs.set(part, input);
        return input;
      })))),
    accessories(look, inputs));
  return { node, read: () => read(inputs) };
}

function picker(part, value, name) {
  const [word, options] = FIELDS[part];
  return select(part, `${t(`look.feature.${name}`)}: ${t(word)}`, [["", t("look.unsaid")],
    ...options.map((option) => [option, t(`${word}.${option}`)])], value ?? "");
}

function glasses(look) {
  const said = look.glasses === undefined ? "" : String(look.glasses);
  return select("glasses", t("look.feature.glasses"), [["", t("look.unsaid")], ["true", t("look.glasses.yes")], ["false", t("look.glasses.no")]], said);
}

function select(part, label, options, value) {
  const input = h("select", { class: "input", "aria-label": label, "data-testid": `look-${part}` },
    options.map(([option, words]) => h("option", { value: option }, words)));
  input.value = value;
  return input;
}

function accessories(look, inputs) {
  const boxes = ACCESSORIES.map((one) => h("label", { class: "look-chip" },
    h("input", { type: "checkbox", value: one, checked: (look.accessories ?? []).includes(one), "data-testid": `look-${one}` }),
    h("span", {}, t(`look.accessory.${one}`))));
  inputs.set("accessories", boxes);
  return h("fieldset", { class: "look-row" }, h("legend", {}, t("look.feature.accessories")), h("div", { class: "look-chips" }, boxes));
}

function read(inputs) {
  const look = {};
  for (const [part, input] of inputs) {
    if (part === "accessories") {
      const worn = input.map((label) => label.firstChild).filter((box) => box.checked).map((box) => box.value);
      if (worn.length) look.accessories = worn;
    } else if (input.value !== "") look[part] = part === "glasses" ? input.value === "true" : input.value;
  }
  return look;
}

/** A look in a few words, feature by feature. */
export function lookWords(look) {
  const pair = (part, colour) => [look[colour] && t(`look.colour.${look[colour]}`), look[part] && t(`look.kind.${look[part]}`)].filter(Boolean).join(" ");
  const hair = [look.hair && t(`look.hair.${look.hair}`), look.hair_colour && t(`look.colour.${look.hair_colour}`)].filter(Boolean).join(" ");
  return [
    pair("upper", "upper_colour"),
    pair("lower", "lower_colour"),
    hair && t("look.hair.of", { hair }),
    look.glasses === undefined ? "" : t(look.glasses ? "look.glasses.yes" : "look.glasses.no"),
    look.height && t("look.height.of", { height: t(`look.height.${look.height}`) }),
    ...(look.accessories ?? []).map((one) => t(`look.accessory.${one}`)),
    look.shoes && t("look.shoes.of", { colour: t(`look.colour.${look.shoes}`) }),
  ].filter(Boolean);
}
