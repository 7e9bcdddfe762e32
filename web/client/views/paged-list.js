// A list that grows by a page whenever somebody asks for more.

import { h, skeleton } from "../dom.js";
import { errorWords, t } from "../i18n.js";

/** `fetchPage(cursor)` answers `{items, cursor}`; `row(item)` draws one; `none` is said where there is nothing. */
export function pagedList(fetchPage, row, { testid, none }) {
  const list = h("ul", { class: "lines", "data-testid": testid });
  const foot = h("div", {}, skeleton("row", 2));
  const button = (label, cursor) => h("button", { class: "button plain more", type: "button", "data-testid": `${testid}-more`, onclick: () => read(cursor) }, label);
  const read = async (cursor) => {
    for (const pressed of foot.querySelectorAll("button")) pressed.disabled = true;
    try {
      const page = await fetchPage(cursor);
      const rows = page.items.map((item) => h("li", { class: "setting" }, row(item)));
      list.append(...rows);
      foot.replaceChildren(...(page.cursor ? [button(t("list.more"), page.cursor)] : []));
      if (list.children.length === 0) foot.replaceChildren(h("p", { class: "muted" }, none));
      // The button that was pressed is gone: the keyboard goes on at the first of what came.
      if (cursor !== undefined) rows[0]?.querySelector("a")?.focus();
    } catch (error) {
      foot.replaceChildren(h("p", { class: "problem", role: "alert" }, errorWords(error)), button(t("retry"), cursor));
    }
  };
  read();
  return h("div", {}, list, foot);
}
