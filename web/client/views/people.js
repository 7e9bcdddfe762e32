// One group: its people as cards behind glass, and a like that says nothing about the other side.

import { confirmDialog, emptyState, h, icon, skeleton, toast } from "../dom.js";
import { portrait } from "../glass.js";
import { errorWords, t } from "../i18n.js";
import { go, hrefOf } from "../router.js";
import { bansButton, orderButton, roleMark } from "./bans.js";
import { doorPanel, openInvite } from "./doors.js";
import { joinGroup } from "./groups.js";
import { nameChoice } from "./join-name.js";
import { likeDialog, noted, readBand, readPurse } from "./likes.js";
import { showMeeting } from "./meeting.js";
import { memberSearch } from "./member-search.js";
import { openPaper, paperNote } from "./papers.js";
import { poolPanel } from "./pool.js";
import { profileButton } from "./profile.js";
import { openMail, openPlace } from "./proofs.js";
import { paneHead } from "./shell.js";

const PAGE = 60;

export function peopleView(app, id) {
  const aborter = new AbortController();
  const screen = { app, id, signal: aborter.signal, body: h("div", { class: "people-body" }), bar: h("div", { class: "bottom-bar", hidden: true }) };
  const known = app.model.groups.get(id);
  screen.title = h("h1", { tabindex: "-1" }, known?.name ?? "");
  screen.sub = h("p", { class: "row-sub" });
  screen.menu = h("button", { class: "icon-button", "aria-label": t("chat.menu"), hidden: true, onclick: () => leaveDialog(screen) }, icon("more"));
  screen.note = h("p", { class: "quiet-note", "data-testid": "likes-band", hidden: true });
  screen.body.append(h("div", { class: "cards" }, skeleton("card", 6)));
  const head = paneHead("", { back: hrefOf("groups"), beside: [screen.menu] });
  head.querySelector("h1").replaceWith(h("div", { class: "head-text" }, screen.title, screen.sub));
  app.model.addEventListener("likes", () => showBand(screen), { signal: aborter.signal });
  app.client.addEventListener("matching", ({ detail }) => detail.group === id && detail.matching_open !== screen.group?.matching_open && load(screen), { signal: aborter.signal });
  app.client.addEventListener("review", ({ detail }) => detail.group === id && load(screen), { signal: aborter.signal });
  load(screen);
  return {
    node: h("div", { class: "pane" }, head, screen.note, screen.body, screen.bar),
    title: known?.name,
    leave: () => aborter.abort(),
  };
}

async function load(screen) {
  const { app, id } = screen;
  try {
    const group = await app.model.group(id);
    if (screen.signal.aborted) return;
    screen.group = group;
    screen.title.textContent = group.name;
    screen.sub.textContent = `${t(`group.type.${group.type}`)} · ${t("group.people", { n: group.members })}`;
    const state = group.me?.state;
    screen.menu.hidden = state === undefined || state === "banned";
    screen.bar.hidden = true;
    if (!group.me) return await showJoin(screen);
    if (state === "banned") return screen.body.replaceChildren(emptyState(t("ban.mine"), t("ban.mine.text")));
    if (state !== "active") return await showPending(screen);
    if (group.type === "instance") return await showMeeting(screen);
    await showPeople(screen);
  } catch (error) {
    if (screen.signal.aborted) return;
    screen.body.replaceChildren(emptyState(t("error.load"), errorWords(error),
      h("button", { class: "button plain", onclick: () => load(screen) }, t("retry"))));
  }
}

async function showPending(screen) {
  const note = screen.group.type === "official" ? await paperNote(screen.app, screen.id) : null;
  if (screen.signal.aborted) return;
  screen.body.replaceChildren(emptyState(t("group.pending"), t("group.pending.text"), note));
  screen.bar.hidden = false;
  screen.bar.replaceChildren(profileButton(screen, () => load(screen)));
}

async function showJoin(screen) {
  const { group } = screen;
  const official = group.type === "official";
  const note = official ? await paperNote(screen.app, screen.id) : null;
  if (screen.signal.aborted) return;
  const name = nameChoice(screen.app);
  const join = h("button", { class: "button main", "data-testid": "group-join",
    onclick: async () => {
      if (official) return openMail(screen.app, screen.id, () => load(screen));
      if (group.type === "location") return openPlace(screen.app, screen.id, "", () => load(screen));
      if (group.entry === "invite") return openInvite(screen.app, screen.id, "", () => load(screen));
      join.disabled = true;
      const joined = await joinGroup(screen.app, screen.id, name.body());
      join.disabled = false;
      if (joined) await load(screen);
    } }, t("group.join"));
  screen.body.replaceChildren(h("div", { class: "invite" },
    h("div", { class: "placeholder-glass" }, portrait(`${group.group}-1`, { size: "l" }), portrait(`${group.group}-2`, { size: "l" })),
    group.description && h("p", { class: "about" }, group.description), note,
    h("p", { class: "muted" }, t(["official", "location"].includes(group.type) ? `proof.join.${group.type}` : "group.join.text")),
    group.type === "created" && group.entry !== "invite" && name.node));
  screen.bar.hidden = false;
  const invited = h("button", { class: "button plain", "data-testid": "group-join-invited",
    onclick: () => openInvite(screen.app, screen.id, "", () => load(screen)) }, t("door.title"));
  const paper = h("button", { class: "button plain", "data-testid": "paper-open",
    onclick: () => openPaper(screen.app, screen.id, () => load(screen)) }, t("paper.other"));
  screen.bar.replaceChildren(...(official ? [invited, paper] : []), join);
}

async function showPeople(screen) {
  const { app, id, group } = screen;
  const list = peopleList(screen);
  const first = await list.ask({});
  if (screen.signal.aborted) return;
  screen.reload = () => load(screen);
  const door = await doorPanel(screen);
  if (screen.signal.aborted) return;
  const alone = first.items.length <= 1;
  const search = memberSearch(async (wanted) => {
    const page = await list.ask(wanted).catch((error) => toast(errorWords(error)));
    if (page) search.say(page.items.length, Boolean(page.cursor));
  });
  screen.body.replaceChildren(
    ...door,
    ...(group.matching_open ? [poolPanel(app, id, screen.signal)] : [h("div", { class: "notice" }, h("strong", {}, t("group.closed")), h("span", {}, t("group.closed.text")))]),
    ...(alone ? [] : [search.node]),
    ...list.nodes,
    ...(alone ? [emptyState(t("group.alone"), t("group.alone.text"))] : []),
    bansButton(screen) ?? "");
  await Promise.all([readPurse(screen), readBand(screen)]);
  showBand(screen);
}

/** The cards of whoever fits, page by page. */
function peopleList(screen) {
  const cards = h("ul", { class: "cards" });
  const more = h("button", { class: "button plain more" }, t("group.more"));
  const none = h("div", { hidden: true }, emptyState(t("people.none"), t("people.none.text")));
  const page = (wanted, cursor) => screen.app.client.rest.members(screen.id, { ...wanted, limit: PAGE, cursor });
  let turn = 0;
  const add = (wanted, { items, cursor }) => {
    // Oneself first: it is the one card that needs no guessing.
    cards.append(...items.toSorted((a, b) => Number(b.me ?? false) - Number(a.me ?? false)).map((person) => personCard(screen, person)));
    more.hidden = !cursor;
    more.onclick = async () => {
      const asked = turn;
      const next = await page(wanted, cursor).catch(() => ({ items: [], cursor }));
      if (asked === turn) add(wanted, next);
    };
  };
  return {
    nodes: [cards, none, more],
    /** Show who fits; an answer that comes after a newer question is not shown, and is null. */
    async ask(wanted) {
      const asked = (turn += 1);
      const found = await page(wanted);
      if (asked !== turn) return null;
      cards.replaceChildren();
      none.hidden = found.items.length > 0;
      add(wanted, found);
      return found;
    },
  };
}

function personCard(screen, person) {
  const facts = [person.age_band && t("person.age", { band: person.age_band.replace("-", "–") }), person.gender && t(`person.gender.${person.gender}`)].filter(Boolean).join(" · ");
  const foot = h("div", { class: "card-foot" });
  const card = h("li", { class: "card", "data-testid": "person-card", "data-member": person.member },
    portrait(person.member, { size: "card" }),
    h("div", { class: "card-text" },
      h("p", { class: "card-name" }, h("span", {}, person.nickname),
        person.bot && h("span", { class: "mark" }, t("person.bot")), person.me && h("span", { class: "mark" }, t("person.me")), roleMark(person)),
      h("p", { class: "row-sub" }, facts),
      person.interests?.length > 0 && h("p", { class: "row-sub interests" }, person.interests.join(", ")),
      person.bio && h("p", { class: "row-sub bio" }, person.bio)),
    foot, orderButton(screen, person));
  showLike(screen, person, card, foot);
  return card;
}

function showLike(screen, person, card, foot) {
  card.dataset.liked = person.liked ?? "";
  const again = () => showLike(screen, person, card, foot);
  if (person.me) return foot.replaceChildren(profileButton(screen, () => load(screen)));
  if (person.liked) {
    foot.replaceChildren(...noted(screen, person, again));
    return;
  }
  foot.replaceChildren(h("button", { class: "button plain like", "data-testid": "like-button", "aria-label": t("person.like.of", { name: person.nickname }),
    disabled: !screen.group.matching_open, onclick: () => likeDialog(screen, person, again) }, t("person.like")));
}

function showBand(screen) {
  const band = String(screen.app.model.bands.get(screen.id) ?? "");
  const word = ["few", "several", "many"].find((name) => band.includes(name));
  screen.note.hidden = word === undefined;
  screen.note.textContent = word === undefined ? "" : t(`group.band.${word}`);
}

function leaveDialog(screen) {
  const leave = async () => {
    try {
      await screen.app.client.rest.leave(screen.id);
      toast(t("group.left"));
      screen.app.refreshGroups?.();
      go("groups");
    } catch (error) {
      toast(errorWords(error));
    }
  };
  confirmDialog({ title: `${t("group.leave")}?`, text: t("group.leave.text"), yes: t("group.leave"), no: t("cancel"), testid: "group-leave", onyes: leave });
}
