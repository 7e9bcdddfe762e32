// What a conversation shows, as data: the room's lines with days, notes, quotes, reactions and states, ready to be drawn.

import { dayName, t } from "../i18n.js";
import { timeline } from "../protocol.js";
import { stickerName } from "./stickers.js";

const NOTES = new Set(["room.joined", "room.left", "room.closed", "reveal.offered", "reveal.withdrawn", "reveal.done"]);
// Lines of one person within this time belong together.
const TOGETHER_MS = 3 * 60 * 1000;
const QUOTE_CHARS = 80;

/** `room` is {log, name, group, closed, veiled, unsent, asked}; the lines are plain data, equal when nothing changed. */
export function linesOf(room) {
  const { log, group, name } = room;
  const folded = timeline(log.events, { waiting: room.asked, me: log.me });
  const said = new Map(folded.filter((line) => line.type === "message").map((line) => [line.seq, line]));
  const pen = new Pen(room, said);
  if (log.reachedStart) pen.put({ key: "start", type: "note", text: group ? t("chat.start") : t("chat.first", { name }) });
  for (const line of folded) {
    if (line.type === "message") pen.message(line);
    else if (NOTES.has(line.ev)) pen.note(line);
  }
  for (const entry of room.unsent) pen.unsent(entry);
  return withLastStates(pen.lines);
}

class Pen {
  lines = [];
  #previous = null;

  constructor(room, said) {
    Object.assign(this, { room, said });
    this.members = new Map(room.log.members.map((member) => [member.alias, member]));
    this.marks = room.log.members.filter((member) => member.alias !== room.log.me).map((member) => member.read ?? 0);
  }

  put(line) {
    this.lines.push(line);
  }

  nameOf(alias) {
    return this.members.get(alias)?.nickname ?? this.room.log.names?.get(alias) ?? (this.room.group ? t("chat.someone") : this.room.name);
  }

  #day(at) {
    const label = dayName(at);
    if (this.#previous?.label !== label) this.put({ key: `day-${label}`, type: "day", text: label });
    return label;
  }

  note({ seq, at, ev, from, step, nickname }) {
    const label = this.#day(at);
    const own = from === this.room.log.me;
    const name = nickname ?? this.nameOf(from);
    const key = ev.startsWith("reveal.") && ev !== "reveal.done" && own ? `note.${ev}.own` : `note.${ev}`;
    this.put({ key: `seq-${seq}`, type: "note", text: t(key, { name, step: step ? t(`reveal.step.${step}`) : "" }) });
    this.#previous = { label };
  }

  message(line) {
    const { log, group, closed } = this.room;
    const label = this.#day(line.at);
    const own = line.from === log.me;
    const joined = this.#previous?.from === line.from && this.#previous.label === label && line.at - this.#previous.at < TOGETHER_MS;
    const readers = own ? this.marks.filter((mark) => mark >= line.seq).length : 0;
    this.put({
      key: line.cid ?? `seq-${line.seq}`, type: "message", from: line.from, own, joined, seq: line.seq, cid: line.cid ?? "", at: line.at,
      state: readers > 0 ? "read" : "kept", readers: group ? readers : 0,
      kind: line.kind, body: line.body ?? null, deleted: line.deleted, quote: this.#quote(line.reply_to, line.deleted),
      who: group && !own && !joined ? this.nameOf(line.from) : "", name: own ? "" : this.nameOf(line.from),
      veiled: line.kind === "image" && !own && this.room.veiled === true,
      caution: line.caution === true && !own && !line.deleted,
      reactions: this.#reactions(line), mayAct: !closed && !line.deleted,
    });
    this.#previous = { from: line.from, at: line.at, label };
  }

  unsent(entry) {
    const label = this.#day(entry.at);
    this.#previous = { label };
    this.put({
      key: entry.cid, type: "message", own: true, joined: false, seq: "", cid: entry.cid, at: entry.at, state: entry.state, readers: 0,
      kind: entry.kind, body: entry.body, deleted: false, quote: this.#quote(entry.reply_to, false), who: "", name: "",
      reactions: [], mayAct: false, code: entry.code ?? "",
    });
  }

  #quote(seq, deleted) {
    if (!seq || deleted) return null;
    const line = this.said.get(seq);
    if (!line) return { seq, who: "", text: t("chat.quote.earlier") };
    const own = line.from === this.room.log.me;
    return { seq, who: own ? t("chat.you") : this.nameOf(line.from), text: summaryOf(line) };
  }

  #reactions({ reactions }) {
    return [...reactions].filter(([, who]) => who.size > 0).map(([emoji, who]) => ({
      emoji, count: who.size, own: who.has(this.room.log.me),
      names: [...who].slice(0, 10).map((alias) => (alias === this.room.log.me ? t("chat.you") : this.nameOf(alias))),
    }));
  }
}

/** A message in a few words: for a quote, a row of the list, a reader's ear. */
export function summaryOf({ kind, body, deleted }) {
  if (deleted || body === null || body === undefined) return t("chat.deleted");
  if (kind === "text" || kind === undefined) return body.length > QUOTE_CHARS ? `${body.slice(0, QUOTE_CHARS)}…` : body;
  if (kind === "sticker") return stickerName(body.sticker);
  if (kind === "location") return body.label ? `${t("kind.location")}: ${body.label}` : t("kind.location");
  return kind === "image" || kind === "voice" ? t(`kind.${kind}`) : t("chat.other");
}

/** Under a run of equal states only the last says it: the page stays calm, and every message still carries its own. */
function withLastStates(lines) {
  const said = new Set();
  for (const line of lines.toReversed()) {
    if (line.type !== "message" || !line.own || line.deleted) continue;
    const state = `${line.state} ${line.readers}`;
    line.showState = line.state === "failed" || !said.has(state);
    said.add(state);
  }
  return lines;
}
