// What was refused for want of credits or premium is said with the way to the shop.

import { h, toast } from "../dom.js";
import { errorWords, t } from "../i18n.js";
import { go, hrefOf } from "../router.js";

const FOR_SALE = new Set(["not_enough_credits", "premium_required"]);

export function sayRefusal(error) {
  toast(errorWords(error), FOR_SALE.has(error?.code) ? { label: t("shop.go"), run: () => go("shop") } : null);
}

/** For a line inside a dialog, which `close` shuts on the way. */
export function wayToShop(error, close) {
  if (!FOR_SALE.has(error?.code)) return [];
  return [h("a", { class: "button quiet", href: hrefOf("shop"), "data-testid": "refused-shop", onclick: close }, t("shop.go"))];
}
