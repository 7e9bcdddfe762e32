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

// Pairs that sit well together, a cooler and a warmer hue; chance alone makes green faces under violet light.
const PAIRS = [[158, 28], [196, 18], [214, 40], [176, 352], [262, 24], [140, 46], [232, 8], [188, 58], [285, 34], [120, 20]];

function shapes(seed) {
  const chance = seeded(seed);
  const between = (low, high) => low + chance() * (high - low);
  const [cool, warm] = PAIRS[Math.floor(chance() * PAIRS.length)].map((hue) => hue + between(-12, 12) + 360);
  const [cloth, light] = chance() < 0.5 ? [cool, warm] : [warm, cool];
  const id = `glass-${(pictures += 1)}`;
  const lean = between(-7, 7);
  const hairLength = between(22, 44);
  const hair = hsl(chance() < 0.5 ? warm : cool, between(10, 24), between(20, 40));
  const sky = svg("linearGradient", { id, x1: chance().toFixed(2), y1: 0, x2: chance().toFixed(2), y2: 1 },
    svg("stop", { offset: 0, "stop-color": hsl(light, 32, 84) }),
    svg("stop", { offset: 1, "stop-color": hsl(cool, 26, 66) }));
  return [
    svg("defs", {}, sky),
    svg("rect", { x: -20, y: -20, width: 160, height: 160, fill: `url(#${id})` }),
    svg("circle", { cx: between(0, 120), cy: between(0, 50), r: between(20, 38), fill: hsl(light, 52, 88) }),
    svg("ellipse", { cx: 60 + lean, cy: 40 + hairLength / 2, rx: between(24, 30), ry: 22 + hairLength / 2, fill: hair }),
    svg("ellipse", { cx: 60 + lean / 2, cy: 128, rx: between(44, 56), ry: between(38, 46), fill: hsl(cloth, between(26, 40), between(36, 52)) }),
    svg("ellipse", { cx: 60 + lean, cy: 58, rx: between(17, 20), ry: between(22, 25), fill: hsl(warm, between(26, 40), between(70, 82)) }),
    svg("ellipse", { cx: 60 + lean * 1.6, cy: 37, rx: between(20, 24), ry: between(10, 15), fill: hair }),
    svg("circle", { cx: between(10, 110), cy: between(80, 118), r: between(9, 20), fill: hsl(light, 44, 74), opacity: 0.7 }),
  ];
}

// A match has cleared the glass by one step.
export const MATCH_STEP = 1;

/** `step` 0 is a stranger, 1 a match; every further step is one mutual reveal. */
export function portrait(seed, { step = 0, size = "m" } = {}) {
  return h("div", { class: `portrait portrait-${size}`, "data-step": step, "aria-hidden": "true" },
    svg("svg", { viewBox: "0 0 120 120", preserveAspectRatio: "xMidYMid slice", focusable: "false" }, ...shapes(String(seed))));
}

/** One slow clearing; the style sheet owns the 600 ms and skips them where motion is not wanted. */
export function clear(picture, step) {
  requestAnimationFrame(() => requestAnimationFrame(() => picture.setAttribute("data-step", step)));
}
