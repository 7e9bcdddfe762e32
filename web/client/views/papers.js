// A paper that shows who belongs to an official group: handed in once, looked at by a person, then destroyed.

import { h } from "../dom.js";
import { dayName, errorWords, t } from "../i18n.js";
import { dialog } from "./meeting-doors.js";
import { shrunk } from "./shrink.js";

// Small print has to stay readable.
const SIDE_PX = 2400;
const PDF = "application/pdf";

export function openPaper(app, group, arrived) {
  const input = h("input", { class: "input", id: "paper-file", type: "file", accept: `image/*,${PDF}`, autofocus: true, "data-testid": "paper-file" });
  return dialog({
    title: t("paper.title"),
    text: t("paper.text"),
    testid: "paper-dialog",
    fields: [h("div", { class: "field" }, h("label", { for: input.id }, t("paper.file")), input, h("p", { class: "hint" }, t("paper.hint")))],
    submit: t("paper.send"),
    run: async () => {
      const [file] = input.files;
      if (!file) return input.focus();
      await app.client.rest.handInPaper(group, file.type === PDF ? file : await shrunk(file, SIDE_PX));
      app.refreshGroups?.();
      await arrived();
      return true;
    },
    words: (error) => {
      if (error instanceof DOMException || error.code === "bad_request") return t("paper.unreadable");
      if (error.code === "too_large") return t("paper.large");
      return error.code === "rate_limited" ? t("paper.later") : errorWords(error);
    },
  });
}

/** What one's own paper has come to, in a line; nothing where there is none. */
export async function paperNote(app, group) {
  const review = await app.client.rest.paper(group).catch((error) => {
    if (error.code === "not_found") return null;
    throw error;
  });
  if (review === null || review.state === "admitted") return null;
  const words = review.state === "refused" ? t(`paper.refused.${review.reason}`) : t(`paper.${review.state}`, { when: dayName(review.expires_at) });
  return h("p", { class: "notice", "data-testid": "paper-note", "data-state": review.state }, words);
}
