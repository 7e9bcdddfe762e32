// Building the page: elements from data by textContent only, dialogs that trap and give back focus, words for the live regions.

const TOAST_MS = 5_000;

/** Attributes as written in HTML; `on…` are listeners, false and null leave the attribute out. */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === false || value === null || value === undefined) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
  element.append(...children);
  return element;
}

const ICONS = {
  groups: "M8 11a3.2 3.2 0 1 0 0-6.4A3.2 3.2 0 0 0 8 11Zm8 0a3.2 3.2 0 1 0 0-6.4 3.2 3.2 0 0 0 0 6.4ZM2.5 19c.4-3.3 2.6-5 5.5-5s5.1 1.7 5.5 5M14 14.4c.6-.3 1.3-.4 2-.4 2.9 0 5.1 1.7 5.5 5",
  matches: "M9.5 17a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Zm5 1a5.5 5.5 0 1 0 0-11 5.5 5.5 0 0 0 0 11Z",
  account: "M12 11.5a3.8 3.8 0 1 0 0-7.6 3.8 3.8 0 0 0 0 7.6ZM4.8 20c.6-3.8 3.4-5.8 7.2-5.8s6.6 2 7.2 5.8",
  back: "M14.5 5.5 8 12l6.5 6.5",
  send: "M12 19V5.5M6 11l6-6 6 6",
  more: "M5.5 12h.01M12 12h.01M18.5 12h.01",
  search: "M10.5 16.5a6 6 0 1 0 0-12 6 6 0 0 0 0 12Zm4.5-1.5 4.5 4.5",
  plus: "M12 5v14M5 12h14",
  down: "M6 9.5l6 6 6-6",
  close: "M6.5 6.5l11 11M17.5 6.5l-11 11",
  reply: "M10 6 4.5 11.5 10 17M5 11.5h8.5c3.6 0 6 2.2 6 6",
  copy: "M9 9h10v10.5H9zM6 15H5V4.5h10V6",
  bin: "M5 7h14M10 4.5h4M7 7l.8 12.5h8.4L17 7M10.5 11v5M13.5 11v5",
  sticker: "M20 12V7a3 3 0 0 0-3-3H7a3 3 0 0 0-3 3v10a3 3 0 0 0 3 3h5l8-8ZM12 20v-5a3 3 0 0 1 3-3h5M8.5 9v.5M14 9v.5",
  place: "M12 20.5c4-4.2 6-7.4 6-10a6 6 0 1 0-12 0c0 2.6 2 5.8 6 10ZM12 12.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z",
  image: "M5 5h14v14H5zM5 16l4.5-4.5 3.5 3.5 2-2 4 4M14.5 9.5h.01",
  voice: "M5 10v4M8.5 7v10M12 4.5v15M15.5 8v8M19 10.5v3",
  steps: "M4 19.5V15h4.5v-4H13V7h4.5V4M4 19.5h16V4",
  end: "M8 8l8 8M16 8l-8 8M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17Z",
  wait: "M12 20.5a8.5 8.5 0 1 0 0-17 8.5 8.5 0 0 0 0 17ZM12 7.5V12l3 2",
  flag: "M6.5 20.5v-16M6.5 5h11l-2.5 4 2.5 4h-11",
  check: "M5.5 12.5l4.5 4.5 8.5-10",
  ahead: "M9.5 5.5 16 12l-6.5 6.5",
};

export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: ICONS[name], fill: "none", stroke: "currentColor", "stroke-width": name === "more" ? 3 : 1.8, "stroke-linecap": "round", "stroke-linejoin": "round" }));
}

/** A modal dialog; the browser keeps focus inside and gives it back. `build(close)` returns its content. */
export function openDialog({ label, kind = "sheet", testid, build, onclose = () => {} }) {
  const close = () => dialog.close();
  const dialog = h("dialog", { class: `dialog ${kind}`, "aria-label": label, "data-testid": testid });
  dialog.append(h("div", { class: "dialog-body" }, ...[build(close)].flat()));
  // A tap beside the dialog lands on the dialog element itself, never on its body.
  dialog.addEventListener("click", (event) => event.target === dialog && close());
  dialog.addEventListener("close", () => {
    dialog.remove();
    onclose();
  });
  document.body.append(dialog);
  dialog.showModal();
  return { dialog, close };
}

/** `danger`: it cannot be undone. */
export function confirmDialog({ title, text, yes, no, testid, onyes, danger = true }) {
  return openDialog({
    label: title,
    testid,
    build: (close) => [
      h("h2", {}, title),
      h("p", { class: "muted" }, text),
      h("div", { class: "actions" },
        h("button", { class: `button ${danger ? "danger" : "main"}`, "data-testid": `${testid}-yes`, onclick: () => { close(); onyes(); } }, yes),
        h("button", { class: "button plain", autofocus: true, onclick: close }, no)),
    ],
  });
}

export function announce(text) {
  document.getElementById("announcer").textContent = text;
}

export function clearToasts() {
  document.getElementById("toasts").replaceChildren();
}

export function toast(text, action = null) {
  const note = h("div", { class: "toast" }, h("span", {}, text));
  if (action) note.append(h("button", { class: "toast-action", onclick: () => { note.remove(); action.run(); } }, action.label));
  const toasts = document.getElementById("toasts");
  toasts.replaceChildren(note);
  setTimeout(() => note.remove(), TOAST_MS);
}

/** Grey shapes of about the size of what will be there, so that nothing jumps. */
export function skeleton(kind, count) {
  return Array.from({ length: count }, () => h("div", { class: `skeleton skeleton-${kind}`, "aria-hidden": "true" }));
}

export function emptyState(title, text, action = null) {
  return h("div", { class: "empty" }, h("h2", {}, title), h("p", { class: "muted" }, text), action);
}

export function debounced(run, ms) {
  let timer = null;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => run(...args), ms);
  };
}
