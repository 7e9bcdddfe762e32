// What renews: where it stands, when it is charged next, and what can be done about it.

import { confirmDialog, emptyState, h, skeleton, toast } from "../dom.js";
import { currentLanguage, dayName, errorWords, money, t } from "../i18n.js";
import { GlimpseError } from "../protocol.js";
import { HISTORY, hrefOf, outside } from "../router.js";
import { paneHead } from "./shell.js";

/**
 * Every state by its name: which of its days is told (`charged` next or first, `paid` until, `late` until), and what can be done.
 * A new one is a line here and its two sentences, `subscription.NAME` and `subscription.NAME.text`.
 */
const STATES = {
  trial: { day: "charged", acts: ["cancel"] },
  active: { day: "charged", acts: ["pause", "cancel"] },
  past_due: { day: "late", acts: ["cancel"] },
  paused: { day: "paid", acts: ["resume", "cancel"] },
  cancelled: { day: "paid", acts: ["resume"] },
  expired: { acts: [] },
};
const UNKNOWN = { day: "paid", acts: ["cancel"] };

/** Those with a page of their own for cards and invoices. */
const PORTALS = new Set(["stripe"]);

const DAYS = { charged: "paid_until", paid: "paid_until", late: "pay_by" };

/** What renews for me, or null. */
export async function ownSubscription(app) {
  try {
    return await app.client.rest.subscription();
  } catch (error) {
    if (error.code === "not_found") return null;
    throw error;
  }
}

/** A state that this page does not know yet is told as what it is: something that goes on. */
export function stateWords(state) {
  const name = state in STATES ? state : "unknown";
  return { title: t(`subscription.${name}`), text: (values) => t(`subscription.${name}.text`, values) };
}

export function subscriptionView(app) {
  const said = h("div", { class: "order-said", role: "status", "data-testid": "subscription-state" });
  const facts = h("div", { class: "panel lines" }, skeleton("row", 3));
  const actions = h("div", { class: "bottom-bar shop-actions" });
  const screen = { app, said, facts, actions, left: false };
  read(screen);
  return {
    node: h("div", { class: "pane" },
      paneHead(t("subscription.title"), { back: hrefOf("shop") }),
      h("div", { class: "people-body" }, h("div", { class: "shelves" }, said, facts)),
      actions),
    title: t("subscription.title"),
    leave: () => { screen.left = true; },
  };
}

async function read(screen) {
  try {
    const one = await ownSubscription(screen.app);
    if (!screen.left) show(screen, one);
  } catch (error) {
    if (screen.left) return;
    screen.facts.replaceChildren(emptyState(t("error.load"), errorWords(error),
      h("button", { class: "button plain", type: "button", "data-testid": "subscription-retry", onclick: () => read(screen) }, t("retry"))));
  }
}

function show(screen, one) {
  const { said, facts, actions } = screen;
  if (one === null) {
    delete said.dataset.state;
    said.replaceChildren(h("h2", {}, t("subscription.none")), h("p", { class: "muted" }, t("subscription.none.text")));
    facts.replaceChildren();
    facts.hidden = true;
    actions.replaceChildren(toShop("main"), toHistory());
    return;
  }
  const { day, acts } = STATES[one.state] ?? UNKNOWN;
  const provider = t(`provider.${one.provider}`);
  const when = day && dayName(one[DAYS[day]] ?? one.paid_until);
  const words = stateWords(one.state);
  said.dataset.state = one.state;
  said.replaceChildren(h("h2", {}, words.title), h("p", { class: "muted" }, words.text({ when, provider, price: money(one.price) })));
  facts.hidden = false;
  facts.replaceChildren(
    fact(one.names[currentLanguage()], money(one.price)),
    fact(t("order.way"), provider),
    ...(day ? [fact(t(`subscription.day.${day}`), when, "subscription-day")] : []));
  actions.replaceChildren(...[
    ...acts.map((change, at) => button(screen, one, change, at === 0 ? "plain" : "quiet")),
    PORTALS.has(one.provider) && toPortal(screen, provider),
    toHistory(),
  ].filter(Boolean));
}

function fact(name, value, testid = null) {
  return h("div", { class: "setting" }, h("span", {}, name), h("span", { class: "fact", "data-testid": testid }, value));
}

const toShop = (look) => h("a", { class: `button ${look}`, href: hrefOf("shop"), "data-testid": "subscription-shop" }, t("order.shop"));
const toHistory = () => h("a", { class: "button quiet", href: hrefOf("shop", HISTORY), "data-testid": "subscription-history" }, t("subscription.history"));

function toPortal(screen, provider) {
  return h("button", { class: "button quiet", type: "button", "data-testid": "subscription-portal", onclick: () => pressing(screen, async () => {
    const { url } = await screen.app.client.rest.subscriptionPortal();
    const page = outside(url);
    if (page === null) throw new GlimpseError("unavailable");
    location.assign(page);
  }) }, t("subscription.portal", { provider }));
}

function button(screen, one, change, look) {
  const act = () => run(screen, change);
  const question = questionOf(one, change);
  const ask = () => confirmDialog({
    title: t(`subscription.${change}.title`),
    text: t(question, { when: dayName(one.paid_until), price: money(one.price) }),
    yes: t(`subscription.${change}`),
    no: t("subscription.keep"),
    testid: `subscription-${change}-sure`,
    danger: question === "subscription.cancel.over",
    onyes: act,
  });
  return h("button", { class: `button ${change === "resume" ? "main" : look}`, type: "button", "data-testid": `subscription-${change}`, onclick: question ? ask : act }, t(`subscription.${change}`));
}

/** What is asked first: nothing where pressing costs nothing and can be taken back at once. */
function questionOf(one, change) {
  const over = one.state === "past_due" || one.paid_until <= Date.now();
  if (change === "resume") return over ? "subscription.resume.over" : null;
  return change === "cancel" && over ? "subscription.cancel.over" : `subscription.${change}.sure`;
}

function run(screen, change) {
  return pressing(screen, async () => {
    const one = await screen.app.client.rest.changeSubscription(change);
    if (!screen.left) show(screen, one.state === "expired" ? null : one);
    screen.app.refreshPurse?.();
  });
}

/** One thing at a time; what failed says so, and can be pressed again. */
async function pressing(screen, act) {
  const buttons = screen.actions.querySelectorAll("button");
  for (const each of buttons) each.disabled = true;
  try {
    await act();
  } catch (error) {
    toast(errorWords(error));
    // It has changed by itself meanwhile: what can be done is another now.
    if (error.code === "conflict" || error.code === "not_found") read(screen);
  } finally {
    for (const each of buttons) each.disabled = false;
  }
}
