// Where the two tokens live: always read back from the storage, because another tab may have rotated them a moment ago.

import { REFRESH_EARLY_MS } from "./limits.js";

const KEY = "glimpse.tokens";

export class Tokens {
  constructor(storage, clock) {
    this.storage = storage;
    this.clock = clock;
  }

  read() {
    try {
      return JSON.parse(this.storage.getItem(KEY) ?? "null");
    } catch {
      return null;
    }
  }

  write({ access, refresh, expires_in: expiresIn }) {
    const held = { access, refresh, expiresAt: this.clock.now() + expiresIn * 1000 };
    this.storage.setItem(KEY, JSON.stringify(held));
    return held;
  }

  clear() {
    this.storage.removeItem(KEY);
  }

  /** The key is kept with the token it rotates: an answer lost on the way is asked for again under the same key. */
  rotationKey(newId) {
    const held = this.read();
    if (!held.rotationKey) {
      held.rotationKey = newId();
      this.storage.setItem(KEY, JSON.stringify(held));
    }
    return held.rotationKey;
  }

  get present() {
    return this.read() !== null;
  }

  get expiresSoon() {
    const held = this.read();
    return held !== null && held.expiresAt - this.clock.now() < REFRESH_EARLY_MS;
  }
}
