// A meeting: its code for who made it, how I look, whom I saw, and whom I have met.

import { confirmDialog, emptyState, h, icon, openDialog, skeleton, toast } from "../dom.js";
import { portrait } from "../glass.js";
import { clockTime, errorWords, t } from "../i18n.js";
import { go, hrefOf } from "../router.js";
import { withConsent } from "./agree.js";
import { lookForm, lookWords } from "./look-form.js";
import { dialog } from "./meeting-doors.js";

const LINE_CHARS_MAX = 60;

/** Fills the screen of a group that is a meeting; `screen` is that of the group. */
export async function showMeeting(screen) {
  const { app, id } = screen;
  screen.body.replaceChildren(...skeleton("row", 3));
  try {
    const meeting = await app.client.rest.meeting(id);
    if (screen.signal.aborted) return;
    draw(screen, meeting);
  } catch (error) {
    if (screen.signal.aborted) return;
    const over = error.code === "window_over";
    screen.body.replaceChildren(emptyState(t(over ? "meet.over" : "error.load"), over ? t("meet.over.text") : errorWords(error),
      over ? null : h("button", { class: "button plain", onclick: () => showMeeting(screen) }, t("retry"))));
  }
}

function draw(screen, meeting) {
  screen.meeting = meeting;
  screen.sub.textContent = [t("group.type.instance"), t("group.people", { n: meeting.group.members }), t("meet.until", { time: clockTime(meeting.ends_at) })].join(" · ");
  screen.menu.hidden = meeting.group.me?.role === "owner";
  const met = h("section", { class: "meet-panel", "data-testid": "meeting-met" });
  screen.body.replaceChildren(h("div", { class: "meet" },
    meeting.code && host(screen),
    ownLook(screen),
    seen(screen),
    met,
    h("p", { class: "muted meet-foot" }, t("meet.erased"))));
  showMet(screen, met);
  if (screen.watching) return;
  screen.watching = true;
  // A match of this meeting is one more here, with what that person wrote of themselves.
  screen.app.model.addEventListener("rooms", () => showMet(screen, screen.body.querySelector('[data-testid="meeting-met"]')), { signal: screen.signal });
  screen.app.client.addEventListener("match", ({ detail }) => detail.group === screen.id && showMeeting(screen), { signal: screen.signal });
}

function panel(title, testid, ...content) {
  return h("section", { class: "meet-panel", "data-testid": testid }, h("h2", {}, title), ...content);
}

// --- who made it

function host(screen) {
  const { app, id, meeting } = screen;
  const picture = h("div", { class: "qr", role: "img", "aria-label": t("meet.qr"), "data-testid": "meeting-qr" });
  drawQr(app, id, picture);
  const code = `${meeting.code.slice(0, 4)} ${meeting.code.slice(4)}`;
  return panel(t("meet.invite"), "meeting-host",
    h("div", { class: "qr-row" },
      h("button", { class: "qr-button", "aria-label": t("meet.qr.large"), "data-testid": "meeting-qr-open", onclick: () => largeQr(app, id, code) }, picture),
      h("div", { class: "qr-text" },
        h("p", { class: "muted" }, t("meet.invite.text")),
        h("p", { class: "qr-code", "data-testid": "meeting-code-shown", "data-code": meeting.code }, code),
        h("button", { class: "button quiet", "data-testid": "meeting-copy", onclick: () => copy(meeting.link) }, icon("copy"), t("meet.copy")))),
    h("button", { class: "button quiet danger-text", "data-testid": "meeting-end", onclick: () => endDialog(screen) }, t("meet.end")));
}

async function drawQr(app, id, place) {
  try {
    const text = await app.client.rest.meetingQr(id);
    const drawn = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    if (drawn.nodeName === "svg") place.replaceChildren(document.importNode(drawn, true));
  } catch {
    // The code beside it says the same.
  }
}

function largeQr(app, id, code) {
  const picture = h("div", { class: "qr large", role: "img", "aria-label": t("meet.qr") });
  drawQr(app, id, picture);
  openDialog({
    label: t("meet.qr"),
    testid: "meeting-qr-dialog",
    build: (close) => [picture, h("p", { class: "qr-code" }, code), h("div", { class: "actions" }, h("button", { class: "button plain", onclick: close }, t("close")))],
  });
}

async function copy(link) {
  try {
    await navigator.clipboard.writeText(link);
    toast(t("meet.copied"));
  } catch {
    toast(link);
  }
}

function endDialog(screen) {
  confirmDialog({
    title: t("meet.end.title"), text: t("meet.end.text"), yes: t("meet.end"), no: t("cancel"), testid: "meeting-end-confirm",
    onyes: async () => {
      try {
        await screen.app.client.rest.endMeeting(screen.id);
        screen.app.refreshGroups?.();
        await showMeeting(screen);
      } catch (error) {
        toast(errorWords(error));
      }
    },
  });
}

// --- how I look

function chips(look) {
  return h("ul", { class: "look-words" }, lookWords(look).map((word) => h("li", {}, word)));
}

function ownLook(screen) {
  const { look, line, looks_left: left } = screen.meeting;
  return panel(t("meet.look"), "meeting-look",
    look ? chips(look) : h("p", { class: "muted" }, t("meet.look.none")),
    line && h("p", { class: "look-line" }, line),
    left > 0 && h("button", { class: `button ${look ? "plain" : "main"}`, "data-testid": "meeting-look-open", onclick: () => lookDialog(screen) },
      t(look ? "meet.look.change" : "meet.look.say")),
    look && h("p", { class: "hint" }, t("meet.look.left", { n: left })));
}

function lookDialog(screen) {
  const form = lookForm(screen.meeting.look ?? {});
  const line = h("input", { class: "input", id: "look-line", type: "text", maxlength: LINE_CHARS_MAX, value: screen.meeting.line, autocomplete: "off", "data-testid": "look-line" });
  dialog({
    title: t("meet.look"),
    text: t("meet.look.text"),
    testid: "meeting-look-dialog",
    fields: [form.node, h("div", { class: "field" }, h("label", { for: line.id }, t("meet.line")), line, h("p", { class: "hint" }, t("meet.line.text")))],
    submit: t("meet.look.done"),
    run: async () => {
      await screen.app.client.rest.showLook(screen.id, { look: form.read(), line: line.value });
      await showMeeting(screen);
      return true;
    },
    words: errorWords,
  });
}

// --- whom I saw, or look for

function seen(screen) {
  const { mode, look, descriptions } = screen.meeting;
  return panel(t(`meet.seen.${mode}`), "meeting-seen",
    h("p", { class: "muted" }, t(`meet.seen.${mode}.text`)),
    descriptions.map((one) => h("div", { class: "seen-row", "data-testid": "meeting-description" },
      chips(one.wanted),
      h("span", { class: "mark" }, t(`meet.intent.${one.intent}`)),
      h("button", { class: "icon-button", "aria-label": t("meet.withdraw"), "data-testid": "meeting-withdraw", onclick: () => withdraw(screen, one) }, icon("close")))),
    h("button", { class: `button ${look && !descriptions.length ? "main" : "plain"}`, disabled: !look, "data-testid": "meeting-describe", onclick: () => describeDialog(screen) }, t(`meet.describe.${mode}`)),
    !look && h("p", { class: "hint" }, t("meet.describe.first")));
}

function describeDialog(screen) {
  const { mode } = screen.meeting;
  const form = lookForm();
  const intents = ["romantic", "friend"].map((intent) => h("label", { class: "pick" },
    h("input", { type: "radio", name: "intent", value: intent, checked: intent === "romantic", "data-testid": `describe-${intent}` }),
    h("span", {}, t(`meet.intent.${intent}`))));
  dialog({
    title: t(`meet.describe.${mode}`),
    text: t(mode === "auto" ? "meet.describe.auto.text" : "meet.describe.interest.text"),
    testid: "meeting-describe-dialog",
    fields: [form.node, h("fieldset", { class: "picks two" }, h("legend", {}, t("meet.intent")), intents)],
    submit: t("meet.describe.done"),
    run: async () => {
      const intent = intents.map((label) => label.firstChild).find((radio) => radio.checked).value;
      const answer = await withConsent(screen.app, () => screen.app.client.rest.describe(screen.id, { wanted: form.read(), intent }));
      toast(answer.fit_band ? t("meet.fit", { band: t(`meet.band.${answer.fit_band}`) }) : t("meet.kept"));
      await showMeeting(screen);
      return true;
    },
    words: describeWords,
  });
}

function describeWords(error) {
  if (error.code === "too_specific") {
    return error.feature ? t("meet.rare", { feature: t(`look.feature.${error.feature}`) }) : t("meet.few");
  }
  return error.code === "bad_request" ? t("meet.describe.empty") : errorWords(error);
}

async function withdraw(screen, one) {
  try {
    await screen.app.client.rest.withdraw(screen.id, one.description);
    await showMeeting(screen);
  } catch (error) {
    toast(errorWords(error));
  }
}

// --- whom I have met

function showMet(screen, place) {
  if (!place) return;
  const rooms = screen.app.model.sortedRooms.filter((room) => room.kind === "match" && room.group === screen.id && !room.closed);
  const lines = new Map(screen.meeting.met.map(({ match, line }) => [match, line]));
  // Whatever else moves in the rooms, a row that says the same stays, and with it the focus.
  const said = JSON.stringify(rooms.map((room) => [room.room, screen.app.model.peerOf(room.room)?.nickname, lines.get(room.match)]));
  if (place.dataset.said === said) return;
  place.dataset.said = said;
  place.replaceChildren(h("h2", {}, t("meet.met")), ...(rooms.length
    ? [h("ul", { class: "rows" }, rooms.map((room) => metRow(screen, room, lines.get(room.match))))]
    : [h("p", { class: "muted" }, t("meet.met.none"))]));
}

function metRow(screen, room, line) {
  const peer = screen.app.model.peerOf(room.room);
  return h("li", {}, h("a", { class: "row", href: hrefOf("matches", room.room), "data-testid": "meeting-match", onclick: (event) => { event.preventDefault(); go("matches", room.room); } },
    h("span", { class: "row-glass" }, portrait(peer?.alias ?? room.room, { size: "s" })),
    h("span", { class: "row-text" }, h("span", { class: "row-title" }, peer?.nickname ?? ""), line && h("span", { class: "row-sub" }, line))));
}
