// The page on which a card is shown: it says what will be paid, and opens the window of the provider.

import { h } from "./dom.js";
import { money, setLanguage, t } from "./i18n.js";
import { hrefOf } from "./router.js";

const card = document.getElementById("card");
const form = JSON.parse(card.dataset.form);
setLanguage(form.language, { setItem: () => {} });

const problem = h("p", { class: "problem", role: "alert", "data-testid": "card-problem" });
const button = h("button", { class: "button main", type: "button", "data-testid": "card-open", onclick: open }, t(form.free ? "card.open.trial" : "card.open"));
card.append(
  h("h1", {}, t("card.title")),
  h("p", { class: "muted" }, t(form.free ? "card.text.trial" : "card.text", { price: money(form.price), days: form.days, free: form.free })),
  h("p", { class: "hint" }, t("card.whose")),
  problem,
  h("div", { class: "shop-actions" }, button, h("a", { class: "button plain", href: `/${hrefOf("shop")}` }, t("order.shop"))));

async function open() {
  button.disabled = true;
  problem.textContent = "";
  try {
    await load(form.script);
    const payment = window.TossPayments(form.shop).payment({ customerKey: form.customer });
    await payment.requestBillingAuth({ method: "CARD", successUrl: form.back, failUrl: form.failed, windowTarget: "self" });
  } catch {
    problem.textContent = t("card.problem");
  } finally {
    button.disabled = false;
  }
}

/** The script of the provider, once; a road that failed is tried again. */
function load(address) {
  if ("TossPayments" in window) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const script = h("script", { src: address, onload: resolve, onerror: () => { script.remove(); reject(new Error("the script did not come")); } });
    document.head.append(script);
  });
}
