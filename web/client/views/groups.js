// Groups: mine first, then what else is around, a search over both, and a way to start one.

import { debounced, emptyState, h, icon, openDialog, skeleton, toast } from "../dom.js";
import { portrait } from "../glass.js";
import { errorWords, t } from "../i18n.js";
import { currentRoute, go, hrefOf } from "../router.js";
import { entryChoice } from "./doors.js";
import { meetingDoors } from "./meeting-doors.js";
import { openNewPlace } from "./proofs.js";
import { paneHead } from "./shell.js";

const SEARCH_WAIT_MS = 300;
const PAGE = 50;

export function groupsView(app) {
  const results = h("div", { class: "list-body" }, skeleton("row", 5));
  const search = h("input", { class: "input search", type: "search", placeholder: t("groups.search"), "aria-label": t("groups.search"),
    "data-testid": "group-search", autocomplete: "off" });
  const fill = () => fillGroups(app, results, search.value.trim());
  search.addEventListener("input", debounced(fill, SEARCH_WAIT_MS));
  const node = h("div", { class: "pane" },
    paneHead(t("groups.title")),
    h("div", { class: "search-box" }, icon("search"), search),
    results,
    h("div", { class: "bottom-bar" },
      meetingDoors(app),
      h("button", { class: "button main", "data-testid": "group-create", onclick: () => createDialog(app) }, icon("plus"), t("groups.new"))));
  app.refreshGroups = fill;
  fill();
  return { node, title: t("groups.title") };
}

let asked = 0;

async function fillGroups(app, results, query) {
  const turn = (asked += 1);
  try {
    const [mine, around] = await Promise.all([
      app.client.rest.groups({ mine: true, query, limit: PAGE }),
      app.client.rest.groups({ mine: false, query, limit: PAGE }),
    ]);
    // A slow answer to an old question must not cover the newer one.
    if (turn !== asked) return;
    app.model.keepGroups([...mine.items, ...around.items]);
    const own = new Set(mine.items.map((group) => group.group));
    const others = around.items.filter((group) => !own.has(group.group));
    results.replaceChildren(...sections(mine.items, others, query));
  } catch (error) {
    if (turn !== asked) return;
    results.replaceChildren(emptyState(t("error.load"), errorWords(error),
      h("button", { class: "button plain", onclick: () => fillGroups(app, results, query) }, t("retry"))));
  }
}

function sections(mine, others, query) {
  if (query && mine.length + others.length === 0) return [emptyState(t("groups.notfound"), t("groups.notfound.text"))];
  const parts = [];
  if (mine.length) parts.push(h("h2", { class: "section-name" }, t("groups.mine")), groupList(mine));
  else if (!query) parts.push(emptyState(t("groups.none"), t("groups.none.text")));
  if (others.length) parts.push(h("h2", { class: "section-name" }, t("groups.around")), groupList(others));
  return parts;
}

function groupList(groups) {
  const chosen = currentRoute().detail;
  return h("ul", { class: "rows" }, groups.map((group) => h("li", {},
    h("a", { class: "row", href: hrefOf("groups", group.group), "data-testid": "group-card", "data-group": group.group,
      "data-open": group.group, "data-chosen": group.group === chosen },
      h("span", { class: "row-glass" }, portrait(group.group, { size: "s" })),
      h("span", { class: "row-text" },
        h("span", { class: "row-title" }, group.name),
        h("span", { class: "row-sub" }, [t(`group.type.${group.type}`), t("group.people", { n: group.members }),
          group.me?.state === "pending" && t("group.pending")].filter(Boolean).join(" · ")))))));
}

function createDialog(app) {
  const name = h("input", { class: "input", type: "text", maxlength: 100, required: true, "data-testid": "group-name", id: "new-group-name", autofocus: true });
  const about = h("textarea", { class: "input", rows: 3, maxlength: 500, "data-testid": "group-description", id: "new-group-about" });
  const entry = entryChoice();
  const problem = h("p", { class: "problem", role: "alert" });
  openDialog({
    label: t("groups.new"),
    build: (close) => {
      const submit = h("button", { class: "button main", type: "submit", "data-testid": "group-create-submit" }, t("groups.create"));
      const create = async (event) => {
        event.preventDefault();
        if (submit.disabled || name.value.trim() === "") return name.focus();
        submit.disabled = true;
        try {
          const description = about.value.trim();
          if (entry.value() === "place") {
            close();
            return openNewPlace(app, name.value.trim(), description);
          }
          const group = await app.client.rest.createGroup({ name: name.value.trim(), entry: entry.value(), ...(description ? { description } : {}) });
          close();
          app.refreshGroups();
          app.model.loadRooms().catch(() => {});
          go("groups", group.group);
        } catch (error) {
          problem.textContent = errorWords(error);
        } finally {
          submit.disabled = false;
        }
      };
      return h("form", { class: "form", novalidate: true, onsubmit: create },
        h("h2", {}, t("groups.new")),
        h("div", { class: "field" }, h("label", { for: name.id }, t("groups.name")), name),
        h("div", { class: "field" }, h("label", { for: about.id }, t("groups.description")), about),
        entry.node,
        problem,
        h("div", { class: "actions" }, submit, h("button", { class: "button plain", type: "button", onclick: close }, t("cancel"))));
    },
  });
}

export async function joinGroup(app, group, body = {}) {
  try {
    await app.client.rest.join(group, body);
  } catch (error) {
    if (error.code !== "already_member") {
      toast(errorWords(error));
      return false;
    }
  }
  app.refreshGroups?.();
  // The group's room came with it.
  app.model.loadRooms().catch(() => {});
  return true;
}
