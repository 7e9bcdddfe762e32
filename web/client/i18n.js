// Words, dates and numbers in the person's language: chosen once, remembered, changed without a reload.

import en from "./words/en.js";
import ko from "./words/ko.js";

const WORDS = { ko, en };
const KEY = "glimpse.language";

let language = "en";

export function startLanguage(storage) {
  const kept = storage.getItem(KEY);
  const preferred = navigator.language?.toLowerCase().startsWith("ko") ? "ko" : "en";
  use(kept in WORDS ? kept : preferred);
}

export function setLanguage(next, storage) {
  storage.setItem(KEY, next);
  use(next);
}

export const currentLanguage = () => language;
export const otherLanguage = () => (language === "ko" ? "en" : "ko");

function use(next) {
  language = next;
  document.documentElement.lang = next;
}

/** A word that is missing shows its key: ugly enough to be found, harmless to read. */
export function t(key, values = {}) {
  const word = WORDS[language][key] ?? WORDS.en[key] ?? key;
  return typeof word === "function" ? word(values) : word;
}

export function number(value) {
  return new Intl.NumberFormat(language).format(value);
}

/** An amount in the smallest unit of its currency, as the server tells it. */
export function money({ amount, currency, digits }) {
  const options = { style: "currency", currency, currencyDisplay: "narrowSymbol", minimumFractionDigits: digits, maximumFractionDigits: digits };
  return new Intl.NumberFormat(language, options).format(amount / 10 ** digits);
}

export function clockTime(ms) {
  return new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" }).format(ms);
}

export function dayName(ms) {
  const options = { month: "long", day: "numeric", weekday: "long" };
  if (new Date(ms).getFullYear() !== new Date().getFullYear()) options.year = "numeric";
  return new Intl.DateTimeFormat(language, options).format(ms);
}

/** For lists: the hour today, the date before. */
export function shortWhen(ms) {
  if (new Date(ms).toDateString() === new Date().toDateString()) return clockTime(ms);
  return new Intl.DateTimeFormat(language, { month: "short", day: "numeric" }).format(ms);
}

/** What to say about an error: what happened and what to do, never whose fault it is. */
export function errorWords(error) {
  const key = `error.${error?.code}`;
  return key in WORDS.en ? t(key) : t("error.other");
}
