// Where we are, kept in location.hash so that reload, back and a bookmark work.

const SECTIONS = new Set(["groups", "matches", "account"]);

/** `#/groups`, `#/groups/ID`, `#/matches`, `#/matches/ROOM`, `#/account`; anything else is the groups. */
export function currentRoute(hash = location.hash) {
  const [section, detail] = hash.replace(/^#\/?/, "").split("/");
  if (!SECTIONS.has(section)) return { section: "groups", detail: null };
  return { section, detail: detail && section !== "account" ? decodeURIComponent(detail) : null };
}

export function hrefOf(section, detail = null) {
  return `#/${section}${detail === null ? "" : `/${encodeURIComponent(detail)}`}`;
}

export function go(section, detail = null) {
  location.hash = hrefOf(section, detail);
}
