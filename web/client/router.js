// Where we are, kept in location.hash so that reload, back and a bookmark work.

const SECTIONS = new Set(["groups", "matches", "account", "meet", "invite", "place"]);

/** `#/groups`, `#/groups/ID`, `#/matches`, `#/matches/ROOM`, `#/matches/ROOM/SEQ`, `#/account`, `#/meet/CODE`, `#/invite/ID/CODE`, `#/place/ID/CODE`; anything else is the groups. */
export function currentRoute(hash = location.hash) {
  const [section, detail, seq] = hash.replace(/^#\/?/, "").split("/");
  if (!SECTIONS.has(section)) return { section: "groups", detail: null, seq: null };
  if (section === "invite" || section === "place") return { section, detail: detail ? decodeURIComponent(detail) : null, seq: null, code: seq ?? "" };
  const inside = detail && section !== "account";
  return { section, detail: inside ? decodeURIComponent(detail) : null, seq: inside && /^\d{1,15}$/.test(seq) ? Number(seq) : null };
}

export function hrefOf(section, detail = null, seq = null) {
  return `#/${section}${detail === null ? "" : `/${encodeURIComponent(detail)}`}${seq === null ? "" : `/${seq}`}`;
}

/** The jump is done: a reload, or the same jump again, starts from the room itself. */
export function forgetSeq() {
  const { section, detail } = currentRoute();
  history.replaceState(null, "", hrefOf(section, detail));
}

/** A link was followed: what it asked for is not a place to come back to. */
export function replace(section) {
  history.replaceState(null, "", hrefOf(section));
}

export function go(section, detail = null) {
  location.hash = hrefOf(section, detail);
}
