// What a room is called and what it looks like, in the list, in its head and in what a search has found.

import { MATCH_STEP, portrait } from "../glass.js";
import { t } from "../i18n.js";

export function roomName(app, room) {
  if (room.kind === "group") return app.model.groups.get(room.group)?.name ?? t("matches.group");
  return app.model.peerOf(room.room)?.nickname ?? t("matches.ended");
}

/** The picture belongs to the alias in this room: nobody can carry it over from the group. */
export function roomPortrait(app, room, size) {
  const peer = room.kind === "group" ? null : app.model.peerOf(room.room);
  return portrait(peer?.alias ?? room.room, { step: roomStep(room), size });
}

export const roomStep = (room) => (room.kind === "group" ? 0 : room.step ?? MATCH_STEP);
