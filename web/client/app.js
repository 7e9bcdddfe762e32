// The start of the page: hands the browser to the SDK, draws the shell and keeps routes, language and session in step.

import { announce, clearToasts, toast } from "./dom.js";
import { setLanguage, startLanguage, t } from "./i18n.js";
import { Model } from "./model.js";
import { Pools } from "./pools.js";
import { GlimpseClient } from "./protocol.js";
import { currentRoute, replace } from "./router.js";
import { accountView } from "./views/account.js";
import { boughtView } from "./views/bought.js";
import { chatView } from "./views/chat.js";
import { groupsView } from "./views/groups.js";
import { matchesView } from "./views/matches.js";
import { showMatch } from "./views/match-moment.js";
import { Media } from "./views/media.js";
import { openInvite } from "./views/doors.js";
import { openPlace } from "./views/proofs.js";
import { openJoin } from "./views/meeting-doors.js";
import { peopleView } from "./views/people.js";
import { Shell, placeholder } from "./views/shell.js";
import { shopView } from "./views/shop.js";
import { signInView } from "./views/signin.js";

const REPLACED = 4503;
const ERASED = 4502;
const storage = window.localStorage;

const client = new GlimpseClient({
  fetch: (...args) => window.fetch(...args),
  WebSocket: window.WebSocket,
  storage,
  // Tabs share the tokens: only one of them may rotate at a time.
  lock: (run) => (navigator.locks ? navigator.locks.request("glimpse-refresh", run) : run()),
});
const model = new Model(client, storage);
const pools = new Pools(client, storage);
const media = new Media(client.rest);
const app = { client, media, model, pools, storage, changeLanguage, signedIn };

startLanguage(storage);
let shell = new Shell(app, document.getElementById("app"));

const LISTS = { groups: groupsView, matches: matchesView, account: accountView, shop: shopView };
const DETAILS = { groups: peopleView, matches: chatView, shop: boughtView };

function draw() {
  if (!client.signedIn) {
    shell.showAlone(() => signInView(app));
    return;
  }
  const { section, detail, seq, code } = currentRoute();
  if (section === "meet") {
    replace("groups");
    draw();
    openJoin(app, detail ?? "");
    return;
  }
  if (section === "invite") {
    replace("groups");
    draw();
    if (detail !== null) openInvite(app, detail, code);
    return;
  }
  if (section === "place") {
    replace("groups");
    draw();
    if (detail !== null) openPlace(app, detail, code);
    return;
  }
  const detailView = DETAILS[section];
  // Beside the shop stands what was bought, also while nothing of it is chosen.
  const empty = detail === null && section !== "shop";
  shell.show({
    section,
    detail,
    list: () => LISTS[section](app),
    seq,
    content: detailView && (empty ? () => placeholder(section) : () => detailView(app, detail)),
  });
}

function signedIn() {
  start();
  draw();
}

function start() {
  client.start();
  model.loadMe().catch(() => {});
  model.loadRooms().catch(() => {});
}

function changeLanguage(language) {
  setLanguage(language, storage);
  shell.discard();
  shell = new Shell(app, document.getElementById("app"));
  draw();
}

window.addEventListener("hashchange", () => {
  clearToasts();
  draw();
});
window.addEventListener("online", () => client.networkBack());
window.addEventListener("offline", () => client.networkLost());

client.addEventListener("match", ({ detail }) => showMatch(app, detail));
client.addEventListener("signed-out", () => {
  model.forget();
  media.forget();
  draw();
});
client.addEventListener("ended", ({ detail }) => {
  if (detail.code === REPLACED) return;
  toast(t(detail.code === ERASED ? "ended.erased" : "ended.session"));
});
client.addEventListener("state", ({ detail }) => {
  if (client.signedIn && detail.state === "connected") announce(t("state.connected"));
});

if (client.signedIn) start();
draw();
