// Letting a match wait in which nobody has said anything yet.

import { toast } from "../dom.js";
import { errorWords, t } from "../i18n.js";
import { dialog } from "./meeting-doors.js";

export function openExtend(app, match) {
  dialog({
    title: t("extend.title"),
    text: t("extend.text"),
    testid: "extend-dialog",
    fields: [],
    submit: t("extend.yes"),
    run: async () => {
      await app.client.rest.extendMatch(match);
      toast(t("extend.done"));
      return true;
    },
    words: errorWords,
  });
}
