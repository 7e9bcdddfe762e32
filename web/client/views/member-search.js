// Looking for people of a group by what their cards show: a name, and if one likes an interest, an age and a gender.

import { debounced, h, icon } from "../dom.js";
import { t } from "../i18n.js";

const SEARCH_WAIT_MS = 300;
const NICKNAME_CHARS_MAX = 10;
const INTEREST_CHARS_MAX = 20;
const GENDERS = ["female", "male", "other"];
// As the cards say it; who is 19 stands alone.
const AGE_BANDS = ["19", "20-24", "25-29", "30-34", "35-39", "40-44", "45-49", "50-54", "55-59", "60+"];

/** `onsearch(wanted)` is told {nickname, interest, age_band, gender}, whichever were given. */
export function memberSearch(onsearch) {
  const nickname = h("input", { class: "input search", type: "search", placeholder: t("people.search"), "aria-label": t("people.search"), maxlength: NICKNAME_CHARS_MAX,
    autocomplete: "off", enterkeyhint: "search", "data-testid": "people-search" });
  const interest = h("input", { class: "input", id: "people-interest", type: "text", maxlength: INTEREST_CHARS_MAX, autocomplete: "off", "data-testid": "people-interest" });
  const age = choice("people-age", AGE_BANDS.map((band) => [band, t("person.age", { band: band.replace("-", "–") })]));
  const gender = choice("people-gender", GENDERS.map((name) => [name, t(`person.gender.${name}`)]));
  const said = h("p", { class: "unseen", role: "status", "aria-live": "polite", "data-testid": "people-found" });
  const wanted = () => ({ nickname: nickname.value.trim(), interest: interest.value.trim(), age_band: age.value, gender: gender.value });
  const search = () => onsearch(wanted());
  const later = debounced(search, SEARCH_WAIT_MS);
  for (const input of [nickname, interest]) input.addEventListener("input", later);
  for (const select of [age, gender]) select.addEventListener("change", search);
  const field = (input, label) => h("div", { class: "field" }, h("label", { for: input.id }, label), input);
  return {
    node: h("div", { class: "people-search", role: "search" },
      h("div", { class: "search-box" }, icon("search"), nickname, said),
      h("details", { class: "people-filters" }, h("summary", { "data-testid": "people-filters" }, t("people.filters"), icon("down")),
        h("div", { class: "people-filter-row" }, field(interest, t("people.interest")), field(age, t("people.age")), field(gender, t("people.gender"))))),
    /** Say how many were found, to whom looks and to whom listens. */
    say(count, more) {
      said.textContent = Object.values(wanted()).some(Boolean) ? t("people.found", { n: count, more }) : "";
    },
  };
}

function choice(id, options) {
  return h("select", { class: "input", id, "data-testid": id }, h("option", { value: "" }, t("people.any")), options.map(([value, label]) => h("option", { value }, label)));
}
