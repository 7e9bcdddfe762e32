// The shop: what I have, what renews for me, and what is for sale at which price.

import { emptyState, h, skeleton } from "../dom.js";
import { currentLanguage, dayName, errorWords, money, t } from "../i18n.js";
import { HISTORY, SUBSCRIPTION, hrefOf } from "../router.js";
import { openCheckout } from "./checkout.js";
import { paneHead } from "./shell.js";
import { ownSubscription, stateWords } from "./subscription.js";

export function shopView(app) {
  const purse = h("section", { class: "panel", "data-testid": "purse", "aria-label": t("shop.mine") }, skeleton("row", 1));
  const shelves = h("div", { class: "shelves" }, skeleton("row", 5));
  const readPurse = () => showPurse(app, purse);
  // What was bought on the pane beside changes what I have on this one.
  app.refreshPurse = readPurse;
  readPurse();
  showShelves(app, shelves);
  return {
    node: h("div", { class: "pane" },
      paneHead(t("shop.title"), { back: hrefOf("account") }),
      h("div", { class: "list-body account" }, purse, shelves,
        h("a", { class: "button plain", href: hrefOf("shop", HISTORY), "data-testid": "shop-history" }, t("shop.history")))),
    title: t("shop.title"),
    leave: () => { app.refreshPurse = undefined; },
  };
}

async function showPurse(app, purse) {
  try {
    const [mine, subscription] = await Promise.all([app.client.rest.credits(), ownSubscription(app)]);
    purse.replaceChildren(h("div", {},
      h("p", { class: "purse-credits" }, t("shop.credits", { n: mine.credits })),
      mine.held > 0 && h("p", { class: "row-sub" }, t("shop.held", { n: mine.held })),
      mine.owed > 0 && h("p", { class: "row-sub", "data-testid": "owed" }, t("shop.owed", { n: mine.owed })),
      h("p", { class: "row-sub", "data-testid": "plan" }, planWords(mine)),
      subscription && toSubscription(subscription)));
  } catch (error) {
    purse.replaceChildren(h("p", { class: "problem", role: "alert" }, errorWords(error)));
  }
}

function planWords({ plan, premium_until: until }) {
  const name = t(`plan.${plan}`);
  return until ? t("shop.until", { plan: name, when: dayName(until) }) : name;
}

function toSubscription({ names, state }) {
  return h("div", { class: "setting" },
    h("span", { class: "setting-text" }, h("span", {}, names[currentLanguage()]), h("span", { class: "row-sub" }, stateWords(state).title)),
    h("a", { class: "button plain", href: hrefOf("shop", SUBSCRIPTION), "aria-label": t("subscription.open"), "data-testid": "subscription-open" }, t("order.receipt.open")));
}

async function showShelves(app, shelves) {
  try {
    const catalogue = await app.client.rest.catalogue();
    const { items, providers } = catalogue;
    const shelf = (title, text, sold) => h("section", { class: "panel", "aria-label": title },
      h("h2", {}, title), h("p", { class: "row-sub" }, text),
      h("ul", {}, sold.map((item) => h("li", { class: "setting" }, forSale(app, shelves, catalogue, item)))));
    const plans = [...new Set(items.filter((item) => item.plan).map((item) => item.plan))];
    shelves.replaceChildren(
      ...(providers.length === 0 ? [h("p", { class: "notice", "data-testid": "shop-closed" }, t("shop.closed"))] : []),
      shelf(t("account.credits"), t("shop.credits.text"), items.filter((item) => item.credits)),
      ...plans.map((plan) => shelf(t(`plan.${plan}`), t(`plan.${plan}.text`), items.filter((item) => item.plan === plan))));
  } catch (error) {
    shelves.replaceChildren(emptyState(t("error.load"), errorWords(error),
      h("button", { class: "button plain", type: "button", onclick: () => showShelves(app, shelves) }, t("retry"))));
  }
}

function forSale(app, shelves, catalogue, item) {
  const name = item.names[currentLanguage()];
  const price = money(item.price);
  return [
    h("span", {}, item.credits ? t("shop.credits.of", { n: item.credits }) : name),
    h("button", { class: "button plain", type: "button", "aria-haspopup": "dialog", "aria-label": t("shop.buy.of", { name, price }), disabled: catalogue.providers.length === 0,
      "data-testid": `buy-${item.product}`, onclick: () => openCheckout(app, catalogue, item, () => showShelves(app, shelves)) }, price),
  ];
}
