// A picture is made small on the device it was chosen on.

import { h } from "../dom.js";

const QUALITY = 0.85;

/** Redrawn at most so large: upright as it was taken, and without what the camera wrote beside it. */
export async function shrunk(file, sidePx) {
  const picture = await createImageBitmap(file);
  const scale = Math.min(1, sidePx / Math.max(picture.width, picture.height));
  const canvas = h("canvas", { width: Math.max(1, Math.round(picture.width * scale)), height: Math.max(1, Math.round(picture.height * scale)) });
  canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", QUALITY);
  });
}
