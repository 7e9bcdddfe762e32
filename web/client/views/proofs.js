// Proofs at the doors of groups: a code by mail, where one is, and the code that a place shows.

import { h, openDialog, toast } from "../dom.js";
import { errorWords, t } from "../i18n.js";
import { go } from "../router.js";
import { dialog } from "./meeting-doors.js";

const WAIT_MS = 15_000;
const PLACE_HOURS = 3;
const field = (input, label) => h("div", { class: "field" }, h("label", { for: input.id }, label), input);

async function arrive(app, arrived) {
  app.refreshGroups?.();
  // The group's room came with it.
  app.model.loadRooms().catch(() => {});
  await arrived();
  return true;
}

/** An official group: first where the code goes, then the code. */
export function openMail(app, group, arrived) {
  const mail = h("input", { class: "input", id: "proof-mail", type: "email", maxlength: 254, autocomplete: "email", inputmode: "email", autofocus: true, "data-testid": "proof-mail" });
  dialog({
    title: t("proof.mail.title"),
    text: t("proof.mail.text"),
    testid: "proof-mail-dialog",
    fields: [field(mail, t("proof.mail"))],
    submit: t("proof.mail.send"),
    run: async () => {
      const address = mail.value.trim();
      if (address === "") return mail.focus();
      await app.client.rest.mailCode(group, address);
      // This dialog closes first.
      setTimeout(() => openMailCode(app, group, address, arrived));
      return true;
    },
    words: (error) => (error.code === "bad_request" ? t("proof.mail.wrong") : errorWords(error)),
  });
}

function openMailCode(app, group, mail, arrived) {
  const code = h("input", { class: "input code", id: "proof-code", type: "text", inputmode: "numeric", maxlength: 6, autocomplete: "one-time-code", autofocus: true, "data-testid": "proof-code" });
  dialog({
    title: t("proof.code.title"),
    text: t("proof.code.text", { mail }),
    testid: "proof-code-dialog",
    fields: [field(code, t("proof.code"))],
    submit: t("group.join"),
    run: async () => {
      if (code.value.trim() === "") return code.focus();
      await app.client.rest.join(group, { proof: { mail, code: code.value } });
      return arrive(app, arrived);
    },
    words: (error) => {
      if (error.code === "verification_required") return t("proof.code.wrong");
      return error.code === "conflict" ? t("proof.mail.taken") : errorWords(error);
    },
  });
}

/** A group of a place: by where the phone is, or by the code that the place shows. */
export function openPlace(app, group, code = "", arrived = () => go("groups", group)) {
  askAgreement(app, {
    title: t("proof.place.title"),
    text: t(code ? "proof.place.code.text" : "proof.place.text"),
    submit: t("group.join"),
    testid: "place-dialog",
    run: async () => {
      const proof = code ? { place: code } : await position();
      await app.client.rest.join(group, { proof });
      return arrive(app, arrived);
    },
  });
}

/** Where a new group of a place is: here. */
export function openNewPlace(app, name, description) {
  askAgreement(app, {
    title: t("proof.place.new"),
    text: t("proof.place.new.text", { n: PLACE_HOURS }),
    submit: t("groups.create"),
    testid: "place-new-dialog",
    run: async () => {
      const { latitude, longitude } = await position();
      const group = await app.client.rest.createGroup({ type: "location", name, description, hours: PLACE_HOURS, place: { latitude, longitude } });
      return arrive(app, () => go("groups", group.group));
    },
  });
}

/** The consent to location is asked for by itself, and nothing is ticked for anybody. */
function askAgreement(app, { title, text, submit, testid, run }) {
  const yes = h("input", { type: "checkbox", id: `${testid}-agree`, "data-testid": `${testid}-agree` });
  dialog({
    title,
    text,
    testid,
    fields: [h("label", { class: "pick", for: yes.id }, yes, h("span", {}, h("strong", {}, t("proof.agree")), h("span", { class: "hint" }, t("proof.agree.text"))))],
    submit,
    run: async () => {
      if (!yes.checked) throw { code: "consent_required" };
      const { items } = await app.client.rest.consents();
      const { granted, version } = items.find((one) => one.purpose === "location");
      if (!granted) await app.client.rest.sayConsent("location", version, true);
      return run();
    },
    words: (error) => {
      if (error instanceof GeolocationPositionError) return t(error.code === error.PERMISSION_DENIED ? "location.refused" : "location.unknown");
      if (error.code === "consent_required") return t("proof.agree.first");
      return error.code === "verification_required" ? t("proof.place.away") : errorWords(error);
    },
  });
}

function position() {
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => resolve({ latitude: coords.latitude, longitude: coords.longitude, accuracy_m: coords.accuracy, ...(coords.speed ? { speed_mps: coords.speed } : {}) }),
      reject,
      // Where one was a minute ago is no proof.
      { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 0 });
  });
}

/** The QR that a place shows: another one before the last is late, for as long as the dialog is open. */
export function openPlaceCode(app, group) {
  const picture = h("img", { class: "qr large", alt: t("proof.show"), "data-testid": "place-qr" });
  const link = h("input", { class: "input", id: "place-link", readonly: true, "data-testid": "place-link" });
  const renew = async () => {
    if (link.dataset.shown && !link.isConnected) return;
    try {
      const shown = await app.client.rest.placeCode(group);
      picture.src = `data:image/svg+xml;utf8,${encodeURIComponent(shown.svg)}`;
      link.value = shown.link;
      link.dataset.shown = "yes";
      setTimeout(renew, shown.renew_in * 1000);
    } catch (error) {
      toast(errorWords(error));
    }
  };
  openDialog({
    label: t("proof.show"),
    testid: "place-code-dialog",
    build: (close) => [
      h("h2", {}, t("proof.show")),
      h("p", { class: "muted" }, t("proof.show.text")),
      picture,
      field(link, t("door.link")),
      h("div", { class: "actions" }, h("button", { class: "button main", type: "button", onclick: close }, t("door.done"))),
    ],
  });
  renew();
}
