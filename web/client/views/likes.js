// Likes on a card: what one costs, what it hopes for, and taking it back; nothing tells of the other side.

import { confirmDialog, h, openDialog, toast } from "../dom.js";
import { portrait } from "../glass.js";
import { t } from "../i18n.js";
import { hrefOf } from "../router.js";
import { withConsent } from "./agree.js";
import { sayRefusal } from "./refused.js";

const LINE_CHARS_MAX = 100;
const MINUTE_S = 60;
const DAY_S = 86_400;

/** Read what today's likes cost; `screen.purse` stays as it was where that fails. */
export async function readPurse(screen) {
  try {
    const { client: { rest }, model } = screen.app;
    model.config ??= await rest.config();
    screen.purse = { ...await rest.credits(), rules: model.config.likes };
  } catch {
    return;
  }
  showPrice(screen);
}

/** One quiet line: premium, the free like, credits, or tomorrow. */
export function showPrice(screen) {
  if (screen.signal.aborted || !screen.purse) return;
  screen.bar.hidden = false;
  const { plan, left_today: left, credits } = screen.purse;
  const spent = plan === "free" && left <= 0 && credits <= 0;
  screen.bar.replaceChildren(
    h("p", { class: "bar-note", "data-testid": "likes-left" }, priceOf(screen.purse)),
    ...(spent ? [h("a", { class: "button quiet", href: hrefOf("shop"), "data-testid": "likes-shop" }, t("shop.go"))] : []));
}

function priceOf(purse) {
  if (purse.plan !== "free") return t("likes.premium", { supers: purse.supers_left });
  if (purse.left_today > 0) return t("likes.free", { n: purse.left_today });
  return purse.credits > 0 ? t("likes.credits", { n: purse.credits, each: purse.rules.credits_each }) : t("likes.none");
}

export function likeDialog(screen, person, done) {
  const premium = screen.purse !== undefined && screen.purse.plan !== "free";
  const line = h("textarea", { class: "input", rows: 2, maxlength: LINE_CHARS_MAX, placeholder: t("like.super.line"), "aria-label": t("like.super.line"), "data-testid": "like-line", hidden: true });
  const grand = h("input", { type: "checkbox", "data-testid": "like-super", disabled: !(screen.purse?.supers_left > 0), onchange: () => { line.hidden = !grand.checked; } });
  const shown = h("input", { type: "checkbox", "data-testid": "like-shown" });
  const choose = (intent, close) => async () => {
    close();
    const more = { ...(shown.checked && { shown: true }), ...(grand.checked && { super: true, line: line.value.trim() }) };
    try {
      await withConsent(screen.app, () => screen.app.client.rest.like(screen.id, person.member, intent, more));
      person.liked = intent;
      // The card keeps what was said, and nothing about an answer: there is none before the next tick.
      done();
      toast(t("like.done"));
      readPurse(screen);
    } catch (error) {
      sayRefusal(error);
    }
  };
  openDialog({
    label: t("like.title", { name: person.nickname }),
    testid: "like-dialog",
    build: (close) => [
      h("div", { class: "dialog-person" }, portrait(person.member, { size: "m" }), h("h2", {}, t("like.title", { name: person.nickname }))),
      person.bio && h("p", {}, person.bio),
      h("p", { class: "muted" }, t("like.text")),
      h("p", { class: "muted", "data-testid": "like-price" }, screen.purse ? priceOf(screen.purse) : ""),
      premium && h("label", { class: "like-choice" }, grand, h("span", {}, t("like.super"))),
      line,
      h("label", { class: "like-choice" }, shown, h("span", {}, t("like.shown"))),
      h("div", { class: "actions" },
        h("button", { class: "button main", "data-testid": "like-friend", onclick: choose("friend", close) }, t("like.friend")),
        h("button", { class: "button main", "data-testid": "like-romantic", onclick: choose("romantic", close) }, t("like.romantic")),
        h("button", { class: "button plain", onclick: close }, t("cancel"))),
    ],
  });
}

/** What was noted, with the way back; whether it is a match by now only the server says. */
export function noted(screen, person, undone) {
  return [
    h("p", { class: "noted", "data-testid": "liked-note" }, t(`person.noted.${person.liked}`)),
    h("button", { class: "button plain", "data-testid": "like-back", "aria-label": t("like.back.of", { name: person.nickname }), onclick: () => backDialog(screen, person, undone) }, t("like.back")),
  ];
}

function wayBack(purse) {
  if (purse === undefined) return t("like.back.nobody");
  const { again_after_s: again, undo_within_s: undo } = purse.rules;
  return t(purse.plan === "free" ? "like.back.text" : "like.back.premium", { days: Math.ceil(again / DAY_S), minutes: Math.floor(undo / MINUTE_S) });
}

function backDialog(screen, person, undone) {
  const premium = screen.purse !== undefined && screen.purse.plan !== "free";
  confirmDialog({
    title: t("like.back.title"),
    text: wayBack(screen.purse),
    yes: t("like.back"),
    no: t("cancel"),
    testid: "take-back",
    onyes: async () => {
      try {
        await takeBack(screen.app.client.rest, screen.id, person.member, premium);
        delete person.liked;
        undone();
        toast(t("like.back.done"));
        readPurse(screen);
      } catch (error) {
        sayRefusal(error);
      }
    },
  });
}

/** Undo, which gives the credit back, where it may still be had; else cancel. */
async function takeBack(rest, group, member, premium) {
  let cursor;
  let mine;
  do {
    const page = await rest.sentLikes(group, cursor ? { cursor } : {});
    mine = page.items.find((one) => one.member === member);
    cursor = page.cursor;
  } while (!mine && cursor);
  if (!mine) return;
  if (premium) {
    try {
      await rest.undoLike(mine.like);
      return;
    } catch (error) {
      if (!["conflict", "window_over", "premium_required"].includes(error.code)) throw error;
    }
  }
  await rest.cancelLike(mine.like);
}

/** Roughly how many, as of the last of four moments a day. */
export async function readBand(screen) {
  try {
    const { count_band: band } = await screen.app.client.rest.likesReceived(screen.id);
    if (band) screen.app.model.bands.set(screen.id, band);
  } catch {
    return;
  }
}
