// How I show myself in one group: a name, a few words and interests that no other group sees.

import { h, toast } from "../dom.js";
import { dayName, errorWords, t } from "../i18n.js";
import { dialog } from "./meeting-doors.js";
import { photoField } from "./photo.js";

const BIO_CHARS = 200;
const field = (input, label, hint) => h("div", { class: "field" }, h("label", { for: input.id }, label), input,
  hint && h("p", { class: "hint", id: `${input.id}-hint` }, hint));

/** The way to one's own profile, on one's own card; `changed` is called when it is another. */
export function profileButton(screen, changed) {
  return h("button", { class: "button plain", type: "button", "data-testid": "profile-edit", "aria-haspopup": "dialog",
    onclick: () => openProfile(screen.app, screen.id, changed) }, t("profile.edit"));
}

export async function openProfile(app, group, changed) {
  let mine;
  try {
    mine = await app.client.rest.profile(group);
  } catch (error) {
    return toast(errorWords(error));
  }
  const kept = mine.rename_at !== null && mine.rename_at > Date.now();
  const name = h("input", { class: "input", id: "profile-name", type: "text", maxlength: 10, value: mine.nickname, autocomplete: "off", disabled: kept,
    "aria-describedby": "profile-name-hint", "data-testid": "profile-name" });
  const bio = h("textarea", { class: "input", id: "profile-bio", rows: 3, maxlength: BIO_CHARS, "data-testid": "profile-bio" }, mine.bio);
  const interests = h("input", { class: "input", id: "profile-interests", type: "text", value: mine.interests.join(", "), autocomplete: "off",
    "aria-describedby": "profile-interests-hint", "data-testid": "profile-interests" });
  return dialog({
    title: t("profile.title"),
    text: t("profile.text"),
    testid: "profile-dialog",
    fields: [
      photoField(app, group),
      field(name, t("group.name.here"), kept ? t("profile.name.kept", { when: dayName(mine.rename_at) }) : t("profile.name.hint")),
      field(bio, t("profile.bio")),
      field(interests, t("profile.interests"), t("profile.interests.hint")),
    ],
    submit: t("profile.save"),
    run: async () => {
      const changes = { bio: bio.value.trim(), interests: interests.value.split(",").map((word) => word.trim()).filter(Boolean) };
      const said = name.value.trim();
      if (!kept && said !== mine.nickname) changes.nickname = said;
      await app.client.rest.changeProfile(group, changes);
      await changed();
      return true;
    },
    words: (error) => (error.code === "conflict" ? t("profile.name.taken") : errorWords(error)),
  });
}
