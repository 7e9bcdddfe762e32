// Searching what was said in one's own rooms: results as rows that lead to the message itself.

import { debounced, emptyState, h, icon, skeleton } from "../dom.js";
import { portrait } from "../glass.js";
import { errorWords, shortWhen, t } from "../i18n.js";
import { hrefOf } from "../router.js";
import { summaryOf } from "./lines.js";
import { roomName, roomPortrait } from "./room-face.js";

const SEARCH_WAIT_MS = 300;
// The index knows pairs of letters: less than two finds nothing.
const QUERY_CHARS_MIN = 2;
const PAGE = 20;
// A page may be short, even empty, while there is more behind it: so many are asked for before a person is.
const PAGES_AT_ONCE = 5;
const AROUND_CHARS = 24;

/** `room` limits it to one; `onquery(on)` says whether there is something to show. */
export function searchBox(app, { room = null, label, onquery = () => {} }) {
  const input = h("input", { class: "input search", type: "search", placeholder: label, "aria-label": label, "data-testid": "search-input", autocomplete: "off", enterkeyhint: "search" });
  const said = h("p", { class: "unseen", role: "status", "aria-live": "polite" });
  const results = h("div", { class: "search-results", "data-testid": "search-results" });
  const found = new Results(app, { room, results, said });
  const later = debounced(() => found.run(input.value.trim()), SEARCH_WAIT_MS);
  input.addEventListener("input", () => {
    const query = input.value.trim();
    onquery(query !== "");
    if (query === "") found.forget();
    else later();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.isComposing) found.run(input.value.trim());
    if (event.key === "ArrowDown") results.querySelector("a")?.focus();
  });
  results.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const rows = [...results.querySelectorAll("a")];
    (rows[rows.indexOf(document.activeElement) + step] ?? input).focus();
  });
  return { field: h("div", { class: "search-box" }, icon("search"), input, said), results, focus: () => input.focus() };
}

class Results {
  #turn = 0;
  #query = "";

  constructor(app, { room, results, said }) {
    Object.assign(this, { app, room, results, said });
  }

  forget() {
    this.#turn += 1;
    this.#query = "";
    this.results.replaceChildren();
    this.said.textContent = "";
  }

  async run(query) {
    if (query === "" || query === this.#query) return;
    this.#query = query;
    const turn = (this.#turn += 1);
    if ([...query].length < QUERY_CHARS_MIN) return this.#say(t("search.short"));
    if (!this.results.firstChild) this.results.replaceChildren(...skeleton("row", 3));
    try {
      const page = await this.#page(query);
      if (turn !== this.#turn) return;
      if (page.items.length === 0 && !page.cursor) return this.#say(t("search.none"), t("search.none.text"));
      const rows = h("ul", { class: "rows" });
      this.results.replaceChildren(rows);
      this.#add(rows, query, page);
      this.said.textContent = t("search.found", { n: page.items.length, more: Boolean(page.cursor) });
    } catch (error) {
      if (turn !== this.#turn) return;
      this.#query = "";
      this.results.replaceChildren(emptyState(t("error.load"), errorWords(error), h("button", { class: "button plain", onclick: () => this.run(query) }, t("retry"))));
    }
  }

  async #page(query, cursor) {
    const items = [];
    for (let asked = 0; asked === 0 || (cursor && asked < PAGES_AT_ONCE && items.length < PAGE / 2); asked += 1) {
      const page = await this.app.client.rest.searchMessages({ query, room: this.room, limit: PAGE, cursor });
      items.push(...page.items);
      cursor = page.cursor;
    }
    return { items, cursor };
  }

  #say(title, text = "") {
    this.results.replaceChildren(emptyState(title, text));
    this.said.textContent = title;
  }

  #add(rows, query, { items, cursor }) {
    rows.append(...items.map((item) => this.#row(query, item)));
    if (!cursor) return;
    const more = h("button", { class: "button plain more", "data-testid": "search-more" }, t("search.more"));
    more.addEventListener("click", async () => {
      more.disabled = true;
      try {
        const page = await this.#page(query, cursor);
        more.remove();
        const last = rows.lastElementChild;
        this.#add(rows, query, page);
        (last?.nextElementSibling ?? rows.firstElementChild)?.querySelector("a").focus();
      } catch {
        more.disabled = false;
      }
    });
    this.results.append(more);
  }

  #row(query, { room, event }) {
    const summary = this.app.model.rooms.get(room);
    const member = summary?.members?.find(({ alias }) => alias === event.from);
    const own = summary?.me !== null && summary?.me === event.from;
    const who = own ? t("chat.you") : member?.nickname ?? t("chat.someone");
    const title = this.room || !summary ? who : roomName(this.app, summary);
    const from = this.room || title === who ? "" : `${who}: `;
    return h("li", {}, h("a", { class: "row", href: hrefOf("matches", room, event.seq), "data-testid": "search-result", "data-room": room, "data-seq": event.seq },
      h("span", { class: "row-glass" }, this.room || !summary ? portrait(event.from, { step: this.app.model.stepIn(room), size: "s" }) : roomPortrait(this.app, summary, "s")),
      h("span", { class: "row-text" },
        h("span", { class: "row-line" }, h("span", { class: "row-title" }, title), h("span", { class: "row-when" }, shortWhen(event.at))),
        h("span", { class: "row-sub snippet" }, from, ...marked(snippet(summaryOf(event), query), query)))));
  }
}

function snippet(text, query) {
  const at = text.toLowerCase().indexOf(query.toLowerCase());
  const from = Math.max(0, at - AROUND_CHARS);
  return from > 0 ? `…${text.slice(from)}` : text;
}

/** The words that were looked for, wherever they stand; a match of another spelling is shown unmarked. */
function marked(text, query) {
  const at = text.toLowerCase().indexOf(query.toLowerCase());
  if (at < 0) return [text];
  const end = at + query.length;
  return [text.slice(0, at), h("mark", {}, text.slice(at, end)), text.slice(end)];
}
