// Stickers and reactions, drawn by us from a few soft shapes: the same on every device, in daylight and in the dark.

import { h, svg } from "../dom.js";
import { t } from "../i18n.js";

const shape = (tag, attributes) => [tag, attributes];
const disc = (cx, cy, r, fill) => shape("circle", { cx, cy, r, fill });
const line = (d, stroke = "#2f4a3d", width = 3.5) => shape("path", { d, fill: "none", stroke, "stroke-width": width, "stroke-linecap": "round", "stroke-linejoin": "round" });
const area = (d, fill) => shape("path", { d, fill });

const INK = "#2f4a3d";
const eyes = (x, y, gap = 16) => [disc(x - gap / 2, y, 2.6, INK), disc(x + gap / 2, y, 2.6, INK)];
const smile = (x, y, w = 14) => line(`M${x - w / 2} ${y}q${w / 2} ${w / 2} ${w} 0`, INK, 3);

/** By id, in the order of the tray. The ids travel; the drawings are this client's own. */
const STICKERS = {
  hello: [disc(54, 66, 36, "#6d4f43"), disc(54, 70, 29, "#f1c9a5"), area("M25 66c4-16 14-24 30-25 16 0 26 10 28 25-12-1-20-7-25-15-6 9-18 15-33 15Z", "#6d4f43"),
    disc(40, 82, 4.5, "#e9a98a"), disc(68, 82, 4.5, "#e9a98a"), ...eyes(54, 75), smile(54, 83, 12), area("M84 58c-3-9 3-12 6-5l3 7 2-11c1-7 9-5 8 2l-1 14c-1 9-8 14-16 11Z", "#f1c9a5"), line("M104 34l4-6M110 44l7-2", "#5fae86")],
  tea: [area("M30 56h52v20a20 20 0 0 1-20 20H50a20 20 0 0 1-20-20Z", "#5fae86"), line("M82 62h6a9 9 0 0 1 0 18h-7", "#5fae86", 6), area("M36 56h40l-2 7H38Z", "#c98a55"),
    ...eyes(56, 76), smile(56, 82, 10), line("M46 46c-4-6 4-8 0-15M62 46c-4-6 4-8 0-15", "#b9cbbf"), area("M22 100h68a34 7 0 0 1-68 0Z", "#dfe8e2")],
  sprout: [area("M34 78h52l-6 26H40Z", "#d08a62"), area("M30 70h60v10H30Z", "#e0a17b"), line("M60 70V44", "#3f8f67", 4),
    area("M60 52C40 52 32 40 32 26c18 0 28 10 28 26Z", "#5fae86"), area("M60 46c0-14 10-22 28-22 0 14-10 22-28 22Z", "#86cfa6"), ...eyes(60, 89), smile(60, 95, 9)],
  sun: [...[0, 45, 90, 135, 180, 225, 270, 315].map((turn) => shape("path", { d: "M60 14v10", stroke: "#e9b44c", "stroke-width": 6, "stroke-linecap": "round", transform: `rotate(${turn} 60 60)` })),
    disc(60, 60, 28, "#f4cf6f"), disc(44, 66, 5, "#efaf7a"), disc(76, 66, 5, "#efaf7a"), ...eyes(60, 57, 18), smile(60, 66)],
  rain: [area("M34 68a18 18 0 0 1 3-36 24 24 0 0 1 45 5 16 16 0 0 1 2 31Z", "#a9c3cf"), line("M44 80l-5 12M60 80l-5 12M76 80l-5 12", "#6fa3bd", 5), ...eyes(58, 52), line("M53 62q5-4 10 0", INK, 3)],
  moon: [disc(60, 60, 42, "#31465c"), area("M70 28a32 32 0 1 0 16 46 26 26 0 0 1-16-46Z", "#f3e2a9"), line("M44 62q4 4 8 0M54 60q4 4 8 0", INK, 2.6), line("M50 74q4 3 8 0", INK, 2.6),
    disc(82, 40, 2.6, "#f3e2a9"), disc(90, 58, 1.8, "#f3e2a9"), disc(76, 54, 1.6, "#f3e2a9")],
  window: [area("M26 20h68v78H26Z", "#8f6f57"), area("M32 26h26v32H32ZM62 26h26v32H62ZM32 62h26v30H32ZM62 62h26v30H62Z", "#cfe5e6"), area("M62 92V74c10-6 20-2 26 6v12Z", "#86cfa6"),
    disc(75, 40, 8, "#f4cf6f"), area("M32 92V80c8-8 18-8 26-2v14Z", "#5fae86"), area("M20 96h80v8H20Z", "#a98468")],
  sorry: [disc(60, 62, 36, "#b9d8c7"), disc(43, 74, 5, "#9cc6ae"), disc(77, 74, 5, "#9cc6ae"), line("M42 55l10-5M78 55l-10-5", INK, 3), line("M45 64q5 4 10 0M65 64q5 4 10 0", INK, 3), line("M55 82q5-5 10 0", INK, 3),
    area("M88 40c5 8 6 12 1 13s-8-4-1-13Z", "#7fb7d6")],
};

export const STICKER_IDS = Object.keys(STICKERS);
export const stickerName = (id) => (Object.hasOwn(STICKERS, id) ? t(`sticker.${id}`) : t("kind.sticker"));

/** A picture with a name; a sticker of another client's set is named, not guessed. */
export function sticker(id, { named = true } = {}) {
  if (!Object.hasOwn(STICKERS, id)) return h("p", { class: "bubble faint" }, t("kind.sticker"));
  const label = named ? { role: "img", "aria-label": stickerName(id) } : { "aria-hidden": "true" };
  return svg("svg", { viewBox: "8 8 104 104", class: "sticker", focusable: "false", ...label }, ...STICKERS[id].map(([tag, attributes]) => svg(tag, attributes)));
}

const face = (mouth, more = "") => `M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM9.2 10v.3M14.8 10v.3${mouth}${more}`;
const GLYPHS = {
  "👍": "M8 11l3.4-6.7c1.7.2 2.5 1.3 2.2 2.8L13 10h4.3c1.5 0 2.2 1.1 1.9 2.4l-1.2 5c-.3 1.1-1 1.6-2 1.6H8ZM8 11H4.8v8H8",
  "🙂": face("M8.5 14c1.9 2.3 5.1 2.3 7 0"),
  "😄": face("M8.2 13.3h7.6c-.3 2.5-1.8 3.8-3.8 3.8s-3.5-1.3-3.8-3.8Z"),
  "😮": face("M12 16.8a1.9 2.3 0 1 0 0-4.6 1.9 2.3 0 0 0 0 4.6Z"),
  "😢": face("M9 16c1.7-1.7 4.3-1.7 6 0", "M16.5 12.2c1 1.6 1.2 2.5.2 2.7"),
  "🌿": "M6 20C7.5 12 11 7.5 18.5 5c1 8-2 12.5-9 12.5M8.5 14.5c1.5-2.5 3-4 5.5-5.5",
};

export const REACTIONS = Object.keys(GLYPHS);

/** A reaction in our own line; one from another client's set is shown as it came. */
export function reactionGlyph(emoji) {
  if (!Object.hasOwn(GLYPHS, emoji)) return h("span", { class: "glyph-text", "aria-hidden": "true" }, emoji);
  return svg("svg", { viewBox: "0 0 24 24", class: "glyph", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: GLYPHS[emoji], fill: "none", stroke: "currentColor", "stroke-width": 1.8, "stroke-linecap": "round", "stroke-linejoin": "round" }));
}

export const reactionName = (emoji) => (Object.hasOwn(GLYPHS, emoji) ? t(`reaction.${REACTIONS.indexOf(emoji)}`) : emoji);
