// Signing in: a number, a code, and the first time a few words about oneself.

import { h } from "../dom.js";
import { portrait } from "../glass.js";
import { currentLanguage, errorWords, otherLanguage, t } from "../i18n.js";

export function signInView(app) {
  const step = h("div", { class: "signin-step" });
  const node = h("div", { class: "signin" },
    h("div", { class: "signin-top" },
      h("span", { class: "wordmark" }, "Glimpse"),
      h("button", { class: "button quiet", "data-testid": "language-switch", lang: otherLanguage(),
        onclick: () => app.changeLanguage(otherLanguage()) }, t("language.other"))),
    h("div", { class: "signin-glass" }, ["leaf", "window", "harbour"].map((seed) => portrait(seed, { size: "l" }))),
    step);
  const flow = { app, step, phone: "", code: "" };
  askPhone(flow);
  return { node };
}

function form({ children, onsubmit }) {
  const problem = h("p", { class: "problem", role: "alert" });
  const element = h("form", { class: "form", novalidate: true }, ...children, problem);
  const button = element.querySelector("button[type=submit]");
  element.insertBefore(problem, button);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    problem.textContent = "";
    try {
      await onsubmit();
    } catch (error) {
      problem.textContent = error.words ?? errorWords(error);
    } finally {
      button.disabled = false;
    }
  });
  return element;
}

function field(label, input, hint = "") {
  const id = `field-${input.dataset.testid}`;
  input.id = id;
  if (hint) input.setAttribute("aria-describedby", `${id}-hint`);
  return h("div", { class: "field" },
    h("label", { for: id }, label), input, hint && h("p", { class: "hint", id: `${id}-hint` }, hint));
}

function askPhone(flow) {
  const input = h("input", { class: "input", type: "tel", inputmode: "tel", autocomplete: "tel", placeholder: "010-1234-5678",
    "data-testid": "phone-input", required: true, value: flow.phone });
  flow.step.replaceChildren(
    h("h1", { tabindex: "-1" }, t("signin.headline")),
    h("p", { class: "muted" }, t("signin.intro")),
    form({
      children: [
        field(t("signin.phone"), input, t("signin.phone.hint")),
        h("button", { class: "button main", type: "submit", "data-testid": "phone-submit" }, t("signin.phone.submit")),
      ],
      onsubmit: async () => {
        flow.phone = input.value.trim();
        await flow.app.client.rest.requestCode(flow.phone);
        askCode(flow);
      },
    }));
}

function askCode(flow) {
  const input = h("input", { class: "input code", type: "text", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 6,
    "data-testid": "code-input", required: true });
  const hint = h("div", { class: "dev-hint" });
  flow.step.replaceChildren(
    h("h1", { tabindex: "-1" }, t("signin.code")),
    h("p", { class: "muted" }, t("signin.code.hint", { phone: flow.phone })),
    form({
      children: [
        field(t("signin.code"), input),
        hint,
        h("button", { class: "button main", type: "submit", "data-testid": "code-submit" }, t("signin.code.submit")),
        h("button", { class: "button quiet", type: "button", onclick: () => askPhone(flow) }, t("signin.code.again")),
      ],
      onsubmit: async () => {
        flow.code = input.value.trim();
        await verify(flow);
      },
    }));
  input.focus();
  showDevCode(flow, hint, input);
}

/** Only a development server has an outbox; elsewhere this line stays empty. */
async function showDevCode({ app, phone }, hint, input) {
  try {
    app.model.config ??= await app.client.rest.config();
    if (app.model.config.environment !== "dev") return;
    const { items } = await app.client.rest.devOutbox(phone);
    if (!items.length) return;
    const { code } = items[0];
    hint.replaceChildren(h("span", {}, t("signin.dev", { code })),
      h("button", { class: "button quiet", type: "button", "data-testid": "dev-code", "data-code": code,
        onclick: () => { input.value = code; input.focus(); } }, t("signin.dev.use")));
  } catch {
    // A hint that does not come is no hint; the code by text message still is.
  }
}

async function verify(flow, profile = null) {
  try {
    await flow.app.client.rest.verifyCode(flow.phone, flow.code, profile);
  } catch (error) {
    if (error.code === "profile_required" && profile === null) return askProfile(flow);
    if (error.code === "unauthenticated") error.words = t("signin.code.wrong");
    if (error.code === "forbidden" && profile !== null) error.words = t("error.age");
    throw error;
  }
  flow.app.signedIn();
}

function askProfile(flow) {
  const nickname = h("input", { class: "input", type: "text", autocomplete: "nickname", maxlength: 10, "data-testid": "profile-nickname", required: true });
  const birth = h("input", { class: "input", type: "text", inputmode: "numeric", autocomplete: "bday-year", maxlength: 4,
    placeholder: currentLanguage() === "ko" ? "예: 1996" : "e.g. 1996", "data-testid": "profile-birth-year", required: true });
  const gender = h("select", { class: "input", "data-testid": "profile-gender", required: true },
    h("option", { value: "", disabled: true, selected: true }, t("profile.gender.choose")),
    ["female", "male", "other"].map((value) => h("option", { value }, t(`profile.gender.${value}`))));
  flow.step.replaceChildren(
    h("h1", { tabindex: "-1" }, t("profile.headline")),
    h("p", { class: "muted" }, t("profile.intro")),
    form({
      children: [
        field(t("profile.nickname"), nickname, t("profile.nickname.hint")),
        h("div", { class: "field-row" }, field(t("profile.birth"), birth), field(t("profile.gender"), gender)),
        h("button", { class: "button main", type: "submit", "data-testid": "profile-submit" }, t("profile.submit")),
      ],
      onsubmit: () => verify(flow, { nickname: nickname.value.trim(), birth_year: Number(birth.value), gender: gender.value }),
    }));
  nickname.focus();
}
