// Where we are, kept in location.hash so that reload, back and a bookmark work.

const SECTIONS = new Set(["groups", "matches", "account", "shop", "meet", "invite", "place"]);

/** `#/groups`, `#/groups/ID`, `#/matches`, `#/matches/ROOM`, `#/matches/ROOM/SEQ`, `#/account`, `#/shop`, `#/shop/ORDER`, `#/meet/CODE`, `#/invite/ID/CODE`, `#/place/ID/CODE`; anything else is the groups. */
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

/** `#/shop/history`: stands where the id of an order would; none is so short. */
export const HISTORY = "history";

/** `#/shop/subscription`: what renews. */
export const SUBSCRIPTION = "subscription";

/** A page elsewhere that a browser may be sent to, or null: only the web is one. */
export function outside(address) {
  if (!URL.canParse(address ?? "", location.href)) return null;
  const page = new URL(address, location.href);
  return page.protocol === "https:" || page.protocol === "http:" ? page.href : null;
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
