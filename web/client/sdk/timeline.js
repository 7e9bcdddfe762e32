// What the events of a room add up to: the lines a person reads, and how far two people have revealed themselves.

/** The steps of a match in their order; the nickname is there from the start. */
export const REVEAL_STEPS = ["nickname", "profile", "photo", "contact"];

/**
 * Folds events into what a person reads: messages with their deletions and reactions applied, and the room's own notes.
 * `waiting` are the outbox's ops of the room: what was asked for is shown as if it were done already.
 */
export function timeline(events, { waiting = [], me = null } = {}) {
  const lines = [];
  const bySeq = new Map();
  for (const event of events) {
    if (event.ev === "msg.new") {
      const line = { type: "message", ...event, deleted: event.deleted === true, reactions: new Map() };
      if (line.deleted) line.body = null;
      bySeq.set(event.seq, line);
      lines.push(line);
    } else if (event.ev === "msg.deleted") {
      remove(bySeq.get(event.target));
    } else if (event.ev === "msg.reaction") {
      toggle(bySeq.get(event.target), event);
    } else if (event.ev !== "room.blank") {
      lines.push({ type: "note", ...event });
    }
  }
  for (const { op, fields } of waiting) {
    const line = bySeq.get(fields.seq);
    if (op === "msg.delete") remove(line);
    else if (op === "msg.react") toggle(line, { ...fields, from: me });
  }
  return lines;
}

function remove(line) {
  if (!line) return;
  line.deleted = true;
  line.body = null;
  line.reactions.clear();
}

function toggle(line, { emoji, from, on }) {
  if (!line || line.deleted) return;
  const who = line.reactions.get(emoji) ?? new Set();
  if (on) who.add(from);
  else who.delete(from);
  line.reactions.set(emoji, who);
}

/**
 * Folds reveals: `{done: Map(step → peer's part), offers: Map(step → Set of aliases), next}`. A step done answers
 * every offer of it; `next` is the first that is not done, or null.
 */
export function reveals(events) {
  const done = new Map([["nickname", {}]]);
  const offers = new Map();
  for (const { ev, step, from, peer } of events) {
    const who = offers.get(step) ?? new Set();
    if (ev === "reveal.offered") offers.set(step, who.add(from));
    else if (ev === "reveal.withdrawn") who.delete(from);
    else if (ev === "reveal.done") {
      done.set(step, peer ?? {});
      offers.delete(step);
    }
  }
  return { done, offers, next: REVEAL_STEPS.find((step) => !done.has(step)) ?? null };
}
