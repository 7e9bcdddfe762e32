// A dialog of what can be taken back, line by line: whom one has blocked, who was put out of a group.

import { emptyState, h, openDialog, skeleton, toast } from "../dom.js";
import { errorWords, t } from "../i18n.js";

/**
 * `page(cursor)` asks for the next lines, `show(item)` says what one of them is: {name, sub}; `undo(item)` takes it back, and
 * `undone(item)` is told of it. `words` are {title, text?, none, undo, of({name}), done({name})}; `testids` {list, item, undo}.
 */
export function openUndoList(list) {
  const { words, testids } = list;
  const body = h("div", { class: "lines" }, skeleton("row", 2));
  openDialog({
    label: words.title,
    testid: testids.list,
    build: (close) => [
      h("h2", {}, words.title),
      words.text && h("p", { class: "muted" }, words.text),
      body,
      h("button", { class: "button plain", type: "button", onclick: close }, t("close")),
    ].filter(Boolean),
  });
  fill(list, body);
}

async function fill(list, body, cursor = null) {
  try {
    const page = await list.page(cursor);
    if (cursor === null) body.replaceChildren();
    else body.lastChild.remove();
    body.append(...page.items.map((item) => line(list, body, item)));
    if (page.cursor) body.append(h("button", { class: "button quiet", type: "button", onclick: () => fill(list, body, page.cursor) }, t("search.more")));
    sayIfNone(list, body);
  } catch (error) {
    body.replaceChildren(emptyState(t("error.load"), errorWords(error), h("button", { class: "button plain", type: "button", onclick: () => fill(list, body) }, t("retry"))));
  }
}

function sayIfNone({ words }, body) {
  if (!body.firstChild) body.append(h("p", { class: "muted" }, words.none));
}

function line(list, body, item) {
  const { words, testids } = list;
  const { name, sub } = list.show(item);
  const undo = h("button", { class: "button plain", type: "button", "data-testid": testids.undo, "aria-label": words.of({ name }) }, words.undo);
  const row = h("div", { class: "setting", "data-testid": testids.item },
    h("span", { class: "setting-text" }, h("span", {}, name), sub && h("span", { class: "row-sub" }, sub)), undo);
  undo.addEventListener("click", async () => {
    undo.disabled = true;
    try {
      await list.undo(item);
      row.remove();
      sayIfNone(list, body);
      toast(words.done({ name }));
      list.undone(item);
    } catch (error) {
      undo.disabled = false;
      toast(errorWords(error));
    }
  });
  return row;
}
