// The one moment that moves: the glass clears by a step, and one line says why.

import { announce, h, openDialog } from "../dom.js";
import { clear, portrait } from "../glass.js";
import { t } from "../i18n.js";
import { currentRoute, go } from "../router.js";

const shown = new Set();

export function showMatch(app, { match, room, peer }) {
  // The same match may be told twice, by an event and by its repetition after a reconnect.
  if (shown.has(match)) return;
  shown.add(match);
  const picture = portrait(peer.alias, { step: 0, size: "xl" });
  announce(`${t("match.title")}. ${t("match.line", { name: peer.nickname })}`);
  openDialog({
    label: t("match.title"),
    kind: "moment",
    testid: "match-moment",
    build: (close) => [
      picture,
      h("h2", {}, t("match.title")),
      h("p", {}, t("match.line", { name: peer.nickname })),
      h("div", { class: "actions" },
        h("button", { class: "button main", "data-testid": "match-open-chat", autofocus: true, onclick: () => {
          close();
          if (currentRoute().detail !== room) go("matches", room);
        } }, t("match.open")),
        h("button", { class: "button plain", onclick: close }, t("match.later"))),
    ],
  });
  clear(picture, 1);
}
