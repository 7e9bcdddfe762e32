// What was bought: one order and what became of it, all of them with what came and went of the credits, or what renews.

import { h } from "../dom.js";
import { currentLanguage, money, number, shortWhen, t } from "../i18n.js";
import { HISTORY, SUBSCRIPTION, hrefOf } from "../router.js";
import { orderView } from "./order.js";
import { pagedList } from "./paged-list.js";
import { paneHead } from "./shell.js";
import { subscriptionView } from "./subscription.js";

const PAGE = 20;

export function boughtView(app, detail) {
  if (detail === SUBSCRIPTION) return subscriptionView(app);
  return detail === null || detail === HISTORY ? historyView(app) : orderView(app, detail);
}

function historyView(app) {
  const { rest } = app.client;
  const section = (title, list) => h("section", { class: "panel", "aria-label": title }, h("h2", {}, title), list);
  const orders = pagedList((cursor) => rest.orders({ limit: PAGE, cursor }), orderRow, { testid: "orders", none: t("orders.none") });
  const moves = pagedList((cursor) => rest.creditMoves({ limit: PAGE, cursor }), moveRow, { testid: "credit-moves", none: t("moves.none") });
  return {
    node: h("div", { class: "pane" },
      paneHead(t("shop.history"), { back: hrefOf("shop") }),
      h("div", { class: "people-body" }, h("div", { class: "shelves" }, section(t("orders.title"), orders), section(t("moves.title"), moves)))),
    title: t("shop.history"),
  };
}

function orderRow({ order, names, price, state, created_at: at, renews }) {
  const name = names[currentLanguage()];
  return [
    h("a", { class: "setting-text", href: hrefOf("shop", order), "data-testid": "order-open" },
      h("span", {}, renews ? t("orders.renewing", { name }) : name),
      h("span", { class: "row-sub" }, `${t(`order.${state}`)} · ${shortWhen(at)}`)),
    h("span", { class: "fact" }, money(price)),
  ];
}

function moveRow({ cause, wallet, at }) {
  return [
    h("span", { class: "setting-text" }, h("span", {}, t(`moves.${cause}`)), h("span", { class: "row-sub" }, shortWhen(at))),
    h("span", { class: "fact" }, `${wallet > 0 ? "+" : ""}${number(wallet)}`),
  ];
}
