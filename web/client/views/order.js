// One order, where the browser comes back to from the page of the provider: what became of it, in words.

import { h, skeleton } from "../dom.js";
import { currentLanguage, dayName, errorWords, money, t } from "../i18n.js";
import { HISTORY, SUBSCRIPTION, hrefOf, outside } from "../router.js";
import { paneHead } from "./shell.js";

const ASK_EVERY_MS = 1_000;
// After a minute of asking the person says when to go on; the server asks the provider by itself.
const ASKED_TIMES_MAX = 60;
const OPEN = new Set(["created", "awaiting", "confirmed", "refunding"]);

export function orderView(app, id) {
  const said = h("div", { class: "order-said", role: "status", "data-testid": "order-state" });
  const facts = h("div", { class: "panel lines" }, skeleton("row", 3));
  const actions = h("div", { class: "bottom-bar shop-actions" });
  const screen = { app, id, said, facts, actions, timer: null, left: false, state: null };
  ask(screen, 0);
  return {
    node: h("div", { class: "pane" },
      paneHead(t("order.title"), { back: hrefOf("shop") }),
      h("div", { class: "people-body" }, h("div", { class: "shelves" }, said, facts)),
      actions),
    title: t("order.title"),
    leave: () => {
      screen.left = true;
      clearTimeout(screen.timer);
    },
  };
}

async function ask(screen, asked) {
  try {
    const order = await screen.app.client.rest.order(screen.id);
    if (!screen.left) show(screen, order, asked);
  } catch (error) {
    if (screen.left) return;
    say(screen, t("error.load"), errorWords(error));
    offer(screen, again(screen));
  }
}

function show(screen, order, asked) {
  const { app, state: before } = screen;
  const open = OPEN.has(order.state);
  screen.state = order.state;
  screen.facts.replaceChildren(...factsOf(order));
  const slow = open && asked + 1 >= ASKED_TIMES_MAX;
  say(screen, t(`order.${order.state}`), t(slow && order.state !== "refunding" ? "order.slow" : `order.${order.state}.text`, { provider: t(`provider.${order.provider}`) }));
  screen.said.dataset.state = order.state;
  offer(screen, slow ? again(screen) : order.renews && order.state === "applied" ? toSubscription() : null);
  if (open && !slow) screen.timer = setTimeout(() => ask(screen, asked + 1), ASK_EVERY_MS);
  if (before === order.state || open) return;
  // What I have is another now than what the other screens know.
  app.refreshPurse?.();
  app.model.loadMe().catch(() => {});
}

/** Said only when it changes, so that nobody hears the same words every second. */
function say({ said }, title, text) {
  if (said.firstChild?.textContent === title && said.lastChild?.textContent === text) return;
  said.replaceChildren(h("h2", {}, title), h("p", { class: "muted" }, text));
}

function again(screen) {
  return h("button", { class: "button main", type: "button", "data-testid": "order-again", onclick: () => ask(screen, 0) }, t("order.again"));
}

const toSubscription = () => h("a", { class: "button main", href: hrefOf("shop", SUBSCRIPTION), "data-testid": "subscription-open" }, t("subscription.open"));

function offer({ actions }, first) {
  const asked = first?.dataset.testid ?? "";
  if (actions.dataset.shows === asked) return;
  actions.dataset.shows = asked;
  actions.replaceChildren(
    ...(first ? [first] : []),
    h("a", { class: first ? "button plain" : "button main", href: hrefOf("shop"), "data-testid": "order-shop" }, t("order.shop")),
    h("a", { class: "button quiet", href: hrefOf("shop", HISTORY) }, t("shop.history")));
}

function factsOf({ names, price, provider, created_at: at, refunded, receipt }) {
  const fact = (name, value) => h("div", { class: "setting" }, h("span", {}, name), h("span", { class: "fact" }, value));
  return [
    fact(names[currentLanguage()], money(price)),
    fact(t("order.way"), t(`provider.${provider}`)),
    fact(t("order.when"), dayName(at)),
    ...(refunded ? [fact(t("order.back"), money({ ...price, amount: refunded }))] : []),
    ...(receipt && outside(receipt) ? [h("div", { class: "setting" }, h("span", {}, t("order.receipt")),
      h("a", { class: "button plain", href: outside(receipt), target: "_blank", rel: "noopener noreferrer", "data-testid": "order-receipt" }, t("order.receipt.open")))] : []),
  ];
}
