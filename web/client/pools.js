// Live pools: the tickets one holds. They outlive the page, so they are kept, and the server is asked whether they still are.

const KEY = "glimpse.tickets";
const TRIES_MAX = 3;
const LATE = new Set(["timeout", "busy", "unavailable"]);

/** Events: `pool` {pool} whenever a ticket came, changed or went. */
export class Pools extends EventTarget {
  constructor(client, storage) {
    super();
    Object.assign(this, { client, storage });
    this.tickets = new Map(Object.entries(this.#stored()));
    client.addEventListener("match", ({ detail }) => detail.pool && this.#drop(detail.pool));
    client.addEventListener("signed-out", () => this.forget());
    // What expired or matched while this device slept is not waited for any more.
    client.addEventListener("ready", () => {
      for (const pool of this.tickets.keys()) this.explain(pool).catch(() => {});
    });
  }

  /** The ticket in a pool, `{ticket, expiresAt, waitBand, since, said}`, while it can be alive. */
  of(pool) {
    const held = this.tickets.get(pool);
    if (held && held.expiresAt <= this.client.clock.now()) this.#drop(pool);
    return this.tickets.get(pool) ?? null;
  }

  async join(pool, { me, want }) {
    const cid = this.client.newId();
    const answer = await this.#ask(() => this.client.joinPool(pool, { me, want, cid }));
    const now = this.client.clock.now();
    this.#keep(pool, { ticket: answer.ticket, expiresAt: now + answer.expires_in_s * 1000, waitBand: answer.wait_band, since: now, said: { me, want } });
  }

  /** Say something else; the wait goes on. */
  async change(pool, said) {
    const held = this.of(pool);
    if (!held) return this.join(pool, said);
    const answer = await this.#ask(() => this.client.changePool(held.ticket, said));
    this.#keep(pool, { ...held, waitBand: answer.wait_band, said });
  }

  async leave(pool) {
    const held = this.of(pool);
    if (!held) return;
    try {
      await this.client.leavePool(held.ticket);
    } catch (error) {
      // It is over, or it has met somebody, which is told by itself.
      if (error.code !== "not_found" && error.code !== "conflict") throw error;
    }
    this.#drop(pool);
  }

  /** Why it may take long; null where the ticket is over. */
  async explain(pool) {
    const held = this.of(pool);
    if (!held) return null;
    try {
      const answer = await this.client.explainPool(held.ticket);
      if (this.tickets.get(pool)?.ticket === held.ticket) this.#keep(pool, { ...held, waitBand: answer.wait_band });
      return answer;
    } catch (error) {
      if (error.code !== "not_found") throw error;
      this.#drop(pool);
      return null;
    }
  }

  forget() {
    this.tickets.clear();
    this.storage.removeItem(KEY);
  }

  /** A pool that is just waking may answer late: the same cid again is the same ticket. */
  async #ask(run) {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await run();
      } catch (error) {
        if (attempt >= TRIES_MAX || !LATE.has(error.code)) throw error;
      }
    }
  }

  #keep(pool, ticket) {
    this.tickets.set(pool, ticket);
    this.#changed(pool);
  }

  #drop(pool) {
    if (this.tickets.delete(pool)) this.#changed(pool);
  }

  #changed(pool) {
    try {
      this.storage.setItem(KEY, JSON.stringify(Object.fromEntries(this.tickets)));
    } catch {
      // Without a storage it is forgotten with the page, and ends by itself.
    }
    this.dispatchEvent(new CustomEvent("pool", { detail: { pool } }));
  }

  #stored() {
    try {
      return JSON.parse(this.storage.getItem(KEY) ?? "{}");
    } catch {
      return {};
    }
  }
}
