// The way to the page where a thing is paid: once or by the period, and at whom.

import { h } from "../dom.js";
import { currentLanguage, errorWords, money, t } from "../i18n.js";
import { GlimpseError } from "../protocol.js";
import { outside } from "../router.js";
import { dialog } from "./meeting-doors.js";

/** `refresh` shows what is for sale anew, where it is no longer what the person saw. */
export function openCheckout(app, { version, providers, renewing = [], trying = [], trial_days: free }, item, refresh) {
  const price = money(item.price);
  const ways = picks("provider", providers.map((provider) => ({ value: provider, testid: `pay-${provider}`, text: t(`provider.${provider}`) })));
  // Not every way can charge again, or charge later: those that cannot are no choice then.
  const able = { once: providers, renews: renewing, trial: trying };
  const spans = item.plan && renewing.length > 0 ? SPANS.filter((value) => able[value].length > 0) : [];
  const span = picks("span", spans.map((value) => ({ value, testid: `span-${value}`, text: t(`shop.span.${value}`, { free }), hint: t(`shop.span.${value}.text`, { price, days: item.days, free }) })));
  const chosen = () => span.chosen() ?? "once";
  const words = () => t(chosen() === "trial" ? "shop.try" : "shop.pay", { price, free });
  // One key for each order that can be wished for: however often the button is pressed, there is one of it.
  const keys = new Map();
  const keyOf = (order) => {
    const name = JSON.stringify(order);
    if (!keys.has(name)) keys.set(name, app.client.rest.newId());
    return keys.get(name);
  };
  const { dialog: shown, close } = dialog({
    title: item.names[currentLanguage()],
    text: price,
    testid: "checkout",
    fields: [
      span.labels.length > 0 && h("fieldset", { class: "picks" }, h("legend", {}, t("shop.span")), span.labels),
      h("fieldset", { class: "picks" }, h("legend", {}, t("shop.way")), ways.labels),
      h("p", { class: "hint" }, t("shop.leaving")),
    ].filter(Boolean),
    submit: words(),
    run: async () => {
      const order = { product: item.product, provider: ways.chosen(), version, language: currentLanguage(), ...TERMS[chosen()] };
      const { pay_url: address } = await app.client.rest.createOrder(order, keyOf(order));
      const page = outside(address);
      if (page === null) throw new GlimpseError("unavailable");
      // The browser's way back leads to a shop without a dialog.
      close();
      location.assign(page);
    },
    words: (error) => {
      if (error.code === "conflict" && chosen() === "once") refresh();
      return { rate_limited: t("shop.many"), conflict: t(`shop.conflict.${chosen()}`) }[error.code] ?? errorWords(error);
    },
  });
  span.onchange(() => {
    ways.keep((provider) => able[chosen()].includes(provider));
    shown.querySelector("[type=submit]").textContent = words();
  });
}

/** For how long a plan is bought, and what the order says of that. */
const TERMS = { once: {}, renews: { renews: true }, trial: { renews: true, trial: true } };
const SPANS = Object.keys(TERMS);

/** Choices of which one is chosen; the first to begin with. */
function picks(name, choices) {
  const labels = choices.map(({ value, testid, text, hint }, at) => h("label", { class: "pick" },
    h("input", { type: "radio", name, value, checked: at === 0, "data-testid": testid }),
    h("span", {}, h("span", {}, text), hint && h("span", { class: "hint" }, hint))));
  const inputs = labels.map((label) => label.firstChild);
  return {
    labels,
    chosen: () => inputs.find((input) => input.checked)?.value,
    onchange: (run) => inputs.forEach((input) => input.addEventListener("change", run)),
    keep: (fits) => {
      inputs.forEach((input, at) => { labels[at].hidden = input.disabled = !fits(input.value); });
      const left = inputs.filter((input) => !input.disabled);
      if (!left.some((input) => input.checked)) left[0].checked = true;
    },
  };
}
