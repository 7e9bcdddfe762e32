// The name somebody takes into a group.

import { h } from "../dom.js";
import { t } from "../i18n.js";

/** What one wants to be called in a group: another name there, and nobody knows one from here. */
export function nameChoice(app) {
  const own = app.model.me?.nickname ?? "";
  const input = h("input", { class: "input", id: "join-nickname", type: "text", maxlength: 10, value: own, autocomplete: "off", "data-testid": "join-nickname", "aria-describedby": "join-nickname-hint" });
  const node = h("div", { class: "field" }, h("label", { for: input.id }, t("group.name.here")), input, h("p", { class: "hint", id: "join-nickname-hint" }, t("group.name.hint")));
  const body = () => {
    const said = input.value.trim();
    return said === "" || said === own ? {} : { profile: { nickname: said } };
  };
  return { node, body };
}
