// The frame around every screen: the connection line, the navigation and the two panes.

import { h, icon } from "../dom.js";
import { portrait } from "../glass.js";
import { number, t } from "../i18n.js";
import { hrefOf } from "../router.js";

const REPLACED = 4503;
// A blink of the road is not worth a word.
const SAY_AFTER_MS = 400;
// Sections that are reached from another one.
const UNDER = { shop: "account" };

export class Shell {
  #list = null;
  #content = null;
  #listKey = null;
  #contentKey = null;
  #sayTimer = null;
  #aborter = new AbortController();

  constructor(app, root) {
    this.app = app;
    this.root = root;
    const { signal } = this.#aborter;
    this.line = h("div", { class: "line", "data-testid": "connection-state", role: "status", "aria-live": "polite" });
    this.badge = h("span", { class: "count", hidden: true });
    this.nav = h("nav", { class: "nav", "aria-label": t("nav.label") },
      this.#link("groups"), this.#link("matches", this.badge), this.#link("account"));
    this.listPane = h("div", { class: "list-pane" });
    this.detailPane = h("div", { class: "detail-pane" });
    this.root.replaceChildren(this.line, this.nav, h("main", { class: "panes" }, this.listPane, this.detailPane));
    app.client.addEventListener("state", (event) => this.#onState(event.detail), { signal });
    app.model.addEventListener("rooms", () => this.#count(), { signal });
    this.#say({ state: app.client.state, code: null });
    this.#count();
  }

  #link(section, extra = null) {
    return h("a", { class: "nav-link", href: hrefOf(section), "data-testid": `nav-${section}`, "data-section": section },
      h("span", { class: "nav-icon" }, icon(section), extra), h("span", {}, t(`nav.${section}`)));
  }

  showAlone(view) {
    this.#leave();
    this.root.className = "shell alone";
    this.line.hidden = true;
    this.#list = view();
    this.listPane.replaceChildren(this.#list.node);
  }

  show({ section, detail, seq, list, content }) {
    const arrived = this.#contentKey !== null || this.#listKey !== null;
    this.line.hidden = false;
    this.root.className = `shell section-${section}${detail === null ? "" : " has-detail"}`;
    for (const link of this.nav.children) {
      if (link.dataset.section === (UNDER[section] ?? section)) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    if (this.#listKey !== section) {
      this.#list?.leave?.();
      this.#list = list();
      this.#listKey = section;
      this.listPane.replaceChildren(this.#list.node);
    }
    const key = `${section}/${detail}`;
    if (this.#contentKey !== key) {
      this.#content?.leave?.();
      this.#content = content ? content() : null;
      this.#contentKey = key;
      this.detailPane.replaceChildren(...(this.#content ? [this.#content.node] : []));
    }
    for (const item of this.listPane.querySelectorAll("[data-open]")) {
      item.toggleAttribute("data-chosen", item.dataset.open === detail);
    }
    document.title = `${(detail !== null && this.#content?.title) || t(`nav.${section}`)} · Glimpse`;
    if (seq !== null) this.#content?.jump?.(seq);
    else if (arrived) this.#focusHeading(detail === null ? this.listPane : this.detailPane);
  }

  discard() {
    this.#leave();
    this.#aborter.abort();
    clearTimeout(this.#sayTimer);
  }

  #leave() {
    this.#list?.leave?.();
    this.#content?.leave?.();
    this.#list = this.#content = this.#listKey = this.#contentKey = null;
    this.detailPane.replaceChildren();
  }

  // A reader hears where it is, and the keyboard starts there; a person who is already typing is left alone.
  #focusHeading(pane) {
    if (pane.contains(document.activeElement)) return;
    pane.querySelector("h1")?.focus({ preventScroll: true });
  }

  #onState(detail) {
    clearTimeout(this.#sayTimer);
    this.line.dataset.state = detail.state;
    if (detail.state === "connected" || detail.code === REPLACED) this.#say(detail);
    else this.#sayTimer = setTimeout(() => this.#say(detail), SAY_AFTER_MS);
  }

  #say({ state, code }) {
    this.line.dataset.state = state;
    const replaced = code === REPLACED;
    this.line.replaceChildren(h("span", { class: "dot" }), h("span", {}, t(replaced ? "state.replaced" : `state.${state}`)));
    if (replaced) this.line.append(h("button", { class: "line-action", onclick: () => this.app.client.start() }, t("state.here")));
  }

  #count() {
    const { unread } = this.app.model;
    this.badge.hidden = unread === 0;
    this.badge.replaceChildren(h("span", { "aria-hidden": "true" }, unread > 99 ? "99+" : number(unread)),
      h("span", { class: "unseen" }, t("nav.unread", { n: unread })));
  }
}

/** What the wide screen shows beside a list while nothing is chosen. */
export function placeholder(section) {
  return {
    node: h("div", { class: "placeholder" },
      h("div", { class: "placeholder-glass" }, portrait(`${section}-a`, { size: "l" }), portrait(`${section}-b`, { size: "l" })),
      h("h2", {}, t(`${section}.pick`)),
      h("p", { class: "muted" }, t(`${section}.pick.text`))),
  };
}

/** The head of a pane: a title that takes focus, a way back on the phone, and what belongs beside it. */
export function paneHead(title, { back = null, beside = [] } = {}) {
  return h("header", { class: "pane-head" },
    back && h("a", { class: "icon-button back", href: back, "aria-label": t("back") }, icon("back")),
    h("h1", { tabindex: "-1" }, title),
    ...beside);
}
