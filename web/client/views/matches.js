// Conversations: one row a room, the newest on top, with its last line and what is unread.

import { emptyState, h, skeleton } from "../dom.js";
import { portrait } from "../glass.js";
import { errorWords, number, shortWhen, t } from "../i18n.js";
import { currentRoute, hrefOf } from "../router.js";
import { summaryOf } from "./lines.js";
import { roomName, roomPortrait, roomStep } from "./room-face.js";
import { searchBox } from "./search.js";
import { paneHead } from "./shell.js";

export function matchesView(app) {
  const { model } = app;
  const aborter = new AbortController();
  const rows = h("ul", { class: "rows" });
  const body = h("div", { class: "list-body" }, skeleton("row", 5));
  const built = new Map();
  const fill = () => {
    if (!model.roomsLoaded) return;
    if (model.rooms.size === 0) return body.replaceChildren(nobodyYet());
    const sorted = model.sortedRooms;
    for (const room of [...built.keys()]) if (!model.rooms.has(room)) built.delete(room);
    // Rows are kept and refilled, so that focus stays where it is when a message moves its room up.
    const next = sorted.map((room) => {
      const row = built.get(room.room) ?? roomRow(app, room);
      built.set(room.room, row);
      row.fill(room);
      return row.node;
    });
    if (next.some((node, at) => rows.children[at] !== node) || rows.children.length !== next.length) {
      const focused = document.activeElement;
      rows.replaceChildren(...next);
      if (rows.contains(focused)) focused.focus({ preventScroll: true });
    }
    if (body.firstElementChild !== rows) body.replaceChildren(rows);
  };
  const search = searchBox(app, {
    label: t("search.all"),
    onquery: (on) => {
      body.hidden = on;
      found.hidden = !on;
    },
  });
  const found = h("div", { class: "list-body", hidden: true }, search.results);
  model.addEventListener("rooms", fill, { signal: aborter.signal });
  fill();
  if (!model.roomsLoaded) load(app, body);
  return {
    node: h("div", { class: "pane" }, paneHead(t("matches.title")), search.field, body, found),
    title: t("matches.title"),
    leave: () => aborter.abort(),
  };
}

async function load(app, body) {
  try {
    await app.model.loadRooms();
  } catch (error) {
    if (app.model.roomsLoaded) return;
    body.replaceChildren(emptyState(t("error.load"), errorWords(error),
      h("button", { class: "button plain", onclick: () => load(app, body) }, t("retry"))));
  }
}

function nobodyYet() {
  return h("div", { class: "nobody" },
    h("div", { class: "placeholder-glass" }, portrait("dawn", { size: "l" }), portrait("dusk", { size: "l" })),
    emptyState(t("matches.none"), t("matches.none.text"),
      h("a", { class: "button plain", href: hrefOf("groups") }, t("matches.none.go"))));
}

function roomRow(app, room) {
  const title = h("span", { class: "row-title" });
  const when = h("span", { class: "row-when" });
  const last = h("span", { class: "row-sub one-line" });
  const count = h("span", { class: "count", hidden: true });
  const link = h("a", { class: "row", href: hrefOf("matches", room.room), "data-testid": "room-item", "data-room": room.room, "data-kind": room.kind, "data-open": room.room },
    h("span", { class: "row-glass" }, roomPortrait(app, room, "s")),
    h("span", { class: "row-text" }, h("span", { class: "row-line" }, title, when), h("span", { class: "row-line" }, last, count)));
  const fill = (now) => {
    title.textContent = roomName(app, now);
    when.textContent = now.last ? shortWhen(now.last.at) : "";
    last.textContent = lastLine(now);
    link.querySelector(".portrait").dataset.step = roomStep(now);
    link.classList.toggle("ended", now.closed === true);
    link.toggleAttribute("data-chosen", currentRoute().detail === now.room);
    link.dataset.unread = now.unread ?? 0;
    count.hidden = !now.unread;
    if (now.unread) count.replaceChildren(h("span", { "aria-hidden": "true" }, now.unread > 99 ? "99+" : number(now.unread)),
      h("span", { class: "unseen" }, t("nav.unread", { n: now.unread })));
  };
  return { node: h("li", {}, link), fill };
}

function lastLine(room) {
  if (room.closed) return t("matches.ended");
  if (!room.last) return t("matches.new");
  if (room.last.ev && room.last.ev !== "msg.new") return t(`note.${room.last.ev}`, { name: t("chat.someone"), step: "" });
  return summaryOf(room.last);
}
