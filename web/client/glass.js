// The brand: a person as soft shapes in two hues, drawn from an alias alone and seen through glass that clears by steps.

import { h, svg } from "./dom.js";

let pictures = 0;

/** Chance that is the same for the same alias, on every device. */
function seeded(seed) {
  let state = 2166136261;
  for (let i = 0; i < seed.length; i += 1) state = Math.imul(state ^ seed.charCodeAt(i), 16777619);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

const hsl = (hue, saturation, lightness) => `hsl(${Math.round(hue) % 360} ${saturation}% ${lightness}%)`;

function shapes(seed) {
  const chance = seeded(seed);
  const between = (low, high) => low + chance() * (high - low);
  const hue = between(0, 360);
  const other = hue + between(50, 150);
  const id = `glass-${(pictures += 1)}`;
  const lean = between(-7, 7);
  const hairLength = between(22, 44);
  const sky = svg("linearGradient", { id, x1: chance().toFixed(2), y1: 0, x2: chance().toFixed(2), y2: 1 },
    svg("stop", { offset: 0, "stop-color": hsl(hue, 38, 80) }),
    svg("stop", { offset: 1, "stop-color": hsl(other, 34, 62) }));
  return [
    svg("defs", {}, sky),
    svg("rect", { x: -20, y: -20, width: 160, height: 160, fill: `url(#${id})` }),
    svg("circle", { cx: between(0, 120), cy: between(0, 50), r: between(20, 38), fill: hsl(other, 55, 84) }),
    svg("ellipse", { cx: 60 + lean, cy: 40 + hairLength / 2, rx: between(24, 30), ry: 22 + hairLength / 2, fill: hsl(hue, 26, between(22, 40)) }),
    svg("ellipse", { cx: 60 + lean / 2, cy: 128, rx: between(44, 56), ry: between(38, 46), fill: hsl(other, between(30, 46), between(34, 50)) }),
    svg("ellipse", { cx: 60 + lean, cy: 58, rx: between(17, 20), ry: between(22, 25), fill: hsl(hue, 36, between(72, 80)) }),
    svg("ellipse", { cx: 60 + lean * 1.6, cy: 37, rx: between(20, 24), ry: between(10, 15), fill: hsl(hue, 26, between(24, 38)) }),
    svg("circle", { cx: between(10, 110), cy: between(80, 118), r: between(9, 20), fill: hsl(hue, 48, 72), opacity: 0.7 }),
  ];
}

/** `step` 0 is a stranger, 1 a match; every further step is one mutual reveal. */
export function portrait(seed, { step = 0, size = "m" } = {}) {
  return h("div", { class: `portrait portrait-${size}`, "data-step": step, "aria-hidden": "true" },
    svg("svg", { viewBox: "0 0 120 120", preserveAspectRatio: "xMidYMid slice", focusable: "false" }, ...shapes(String(seed))));
}

/** One slow clearing; the style sheet owns the 600 ms and skips them where motion is not wanted. */
export function clear(picture, step) {
  requestAnimationFrame(() => requestAnimationFrame(() => picture.setAttribute("data-step", step)));
}
