// The messages of one room as a list that is mended rather than redrawn, so that nothing jumps and a reader hears only what is new.

import { h } from "../dom.js";
import { clockTime, dayName, t } from "../i18n.js";
import { timeline } from "../protocol.js";

const NOTES = new Set(["room.joined", "room.left", "room.closed", "reveal.done"]);
// Lines of one person within this time belong together.
const TOGETHER_MS = 3 * 60 * 1000;

export class MessageList {
  #nodes = new Map();

  constructor({ app, room }) {
    Object.assign(this, { app, room });
    this.node = h("ol", { class: "messages", role: "log", "aria-live": "polite", "aria-relevant": "additions" });
  }

  update({ log, name, peerRead, group, unsent }) {
    const wanted = this.#lines({ log, name, peerRead, group, unsent });
    const keys = new Set(wanted.map((line) => line.key));
    for (const [key, held] of this.#nodes) {
      if (keys.has(key)) continue;
      held.node.remove();
      this.#nodes.delete(key);
    }
    let before = this.node.firstChild;
    for (const line of wanted) {
      const held = this.#nodes.get(line.key) ?? { node: h("li"), drawn: null };
      this.#nodes.set(line.key, held);
      const drawn = JSON.stringify(line);
      if (held.drawn !== drawn) {
        this.#fill(held.node, line);
        held.drawn = drawn;
      }
      if (held.node === before) before = before.nextSibling;
      else this.node.insertBefore(held.node, before);
    }
  }

  #lines({ log, name, peerRead, group, unsent }) {
    const lines = [];
    if (log.reachedStart) lines.push({ key: "start", type: "note", text: group ? t("chat.start") : t("chat.first", { name }) });
    let previous = null;
    const day = (at) => {
      const label = dayName(at);
      if (previous?.label !== label) lines.push({ key: `day-${label}`, type: "day", text: label });
      return label;
    };
    const nicknames = new Map(log.members.map((member) => [member.alias, member.nickname]));
    for (const line of timeline(log.events)) {
      if (line.type === "note" && !NOTES.has(line.ev)) continue;
      const label = day(line.at);
      if (line.type === "note") {
        lines.push({ key: `seq-${line.seq}`, type: "note", text: t(`note.${line.ev}`) });
        previous = { label };
        continue;
      }
      const own = line.from === log.me;
      const joined = previous?.from === line.from && previous.label === label && line.at - previous.at < TOGETHER_MS;
      lines.push({
        key: line.cid ?? `seq-${line.seq}`, type: "message", own, joined, seq: line.seq, cid: line.cid ?? "",
        state: own && line.seq <= peerRead ? "read" : "kept",
        text: textOf(line), faint: line.deleted || line.kind !== "text", at: line.at,
        who: group && !own && !joined ? nicknames.get(line.from) ?? "" : "",
        reactions: [...line.reactions].filter(([, who]) => who.size > 0).map(([emoji, who]) => (who.size > 1 ? `${emoji} ${who.size}` : emoji)).join("  "),
      });
      previous = { from: line.from, at: line.at, label };
    }
    for (const entry of unsent) {
      day(entry.at);
      previous = { label: dayName(entry.at) };
      lines.push({ key: entry.cid, type: "message", own: true, joined: false, seq: "", cid: entry.cid, state: entry.state, text: entry.body, at: entry.at, who: "", reactions: "", code: entry.code ?? "" });
    }
    return withLastStates(lines);
  }

  #fill(node, line) {
    if (line.type !== "message") {
      node.className = line.type === "day" ? "day" : "note";
      node.replaceChildren(h("span", {}, line.text));
      return;
    }
    node.className = `message${line.own ? " own" : ""}${line.joined ? " joined" : ""}`;
    node.dataset.testid = "message";
    node.dataset.seq = line.seq;
    node.dataset.cid = line.cid;
    node.dataset.state = line.state;
    node.dataset.own = String(line.own);
    const state = t(`chat.state.${line.state}`);
    const meta = h("span", { class: "message-meta" },
      line.own && h("span", { class: line.showState ? "message-state" : "unseen" }, state),
      h("time", { datetime: new Date(line.at).toISOString() }, clockTime(line.at)));
    node.replaceChildren(
      ...(line.who ? [h("span", { class: "message-who" }, line.who)] : []),
      h("div", { class: "message-row" }, h("p", { class: `bubble${line.faint ? " faint" : ""}` }, line.text), meta),
      ...(line.reactions ? [h("span", { class: "reactions" }, line.reactions)] : []),
      ...(line.state === "failed" ? [this.#choices(line)] : []));
  }

  #choices({ cid, code }) {
    const { outbox } = this.app.client;
    const why = t(`error.${code}`);
    return h("div", { class: "choices" },
      h("span", { class: "problem" }, why.startsWith("error.") ? t("error.other") : why),
      h("button", { class: "button plain", "data-testid": "message-resend", onclick: () => outbox.retry(cid) }, t("chat.resend")),
      h("button", { class: "button quiet", "data-testid": "message-discard", onclick: () => outbox.discard(cid) }, t("chat.discard")));
  }
}

function textOf(line) {
  if (line.deleted) return t("chat.deleted");
  return line.kind === "text" ? line.body : t("chat.other");
}

/** Under a run of equal states only the last says it: the page stays calm, and every message still carries its own. */
function withLastStates(lines) {
  const said = new Set();
  for (const line of lines.toReversed()) {
    if (line.type !== "message" || !line.own) continue;
    line.showState = line.state === "failed" || !said.has(line.state);
    said.add(line.state);
  }
  return lines;
}
