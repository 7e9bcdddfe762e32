// Keeps one connection alive: when to come back, how soon, with which token, and when not to come back at all.

import { backoffMs, boundedRetryAfterMs } from "./backoff.js";
import { Connection, LOST } from "./connection.js";
import { GlimpseError, OFFLINE, SIGNED_OUT } from "./errors.js";
import { STABLE_AFTER_MS } from "./limits.js";

const SESSION_EXPIRED = 4002;
const BAD_TOKEN = 4501;
const NEVER_AGAIN_FROM = 4500;
const NEVER_AGAIN_TO = 4999;
// Four seconds at most, where the first retry of a plain cut is within half a second.
const LOST_ATTEMPT = 3;

/**
 * States: `connecting`, `catching-up` (hello said, rooms being resumed), `connected`, `offline`.
 * Events: `state` {state, code, retryInMs}, `ready` {hello}, `frame` {frame}, `down` {code}, `ended` {code}.
 */
export class Link extends EventTarget {
  state = "offline";
  #connection = null;
  #wanted = false;
  #attempt = 0;
  #timer = null;
  #stable = null;
  #retryAfterMs = null;
  #refreshFirst = false;
  #tokenRenewedFor = null;
  #url = null;

  constructor({ rest, WebSocket, clock, random, probe }) {
    super();
    Object.assign(this, { rest, WebSocket, clock, random, probe });
  }

  start() {
    if (this.#wanted) return;
    this.#wanted = true;
    this.#attempt = 0;
    this.#connect();
  }

  stop() {
    this.#wanted = false;
    this.clock.clear(this.#timer);
    const connection = this.#connection;
    this.#connection = null;
    connection?.close();
    this.#settleDown(1000);
  }

  /** The network is back, or a person asked: do not sit out the rest of the wait. */
  nudge() {
    if (!this.#wanted || this.#connection || this.#timer === null) return;
    this.#attempt = 0;
    this.#connect();
  }

  /** The network is gone by the browser's own word: do not wait for the silence to prove it. */
  lose() {
    // Trying at once would only prove it; a growing wait stays in place for a browser that is mistaken.
    this.#attempt = Math.max(this.#attempt, LOST_ATTEMPT);
    this.#connection?.close(LOST);
  }

  op(name, fields) {
    return this.#connection ? this.#connection.op(name, fields) : Promise.reject(new GlimpseError(OFFLINE));
  }

  tell(name, fields) {
    this.#connection?.tell(name, fields);
  }

  caughtUp() {
    if (this.state === "catching-up") this.#say("connected");
  }

  async #connect() {
    this.clock.clear(this.#timer);
    this.#timer = null;
    this.#retryAfterMs = null;
    this.#say("connecting");
    // Claimed before the first await, so that neither nudge() nor start() opens a second one beside it.
    const claim = { close: () => {}, op: () => Promise.reject(new GlimpseError(OFFLINE)), tell: () => {} };
    this.#connection = claim;
    try {
      if (this.#refreshFirst || this.rest.tokens.expiresSoon) await this.rest.refresh();
      this.#refreshFirst = false;
      this.#url ??= (await this.rest.config()).ws_url;
    } catch (error) {
      if (this.#connection !== claim) return;
      this.#connection = null;
      if (error.code === SIGNED_OUT || error.status === 401 || error.status === 403) this.#finish(BAD_TOKEN);
      else this.#comeBack(LOST);
      return;
    }
    const token = this.rest.tokens.read()?.access;
    if (this.#connection !== claim || !this.#wanted) return;
    if (token === undefined) return this.#finish(BAD_TOKEN);
    await this.#hello(token);
  }

  async #hello(token) {
    const connection = new Connection({
      WebSocket: this.WebSocket,
      url: this.#url,
      clock: this.clock,
      probe: () => this.probe?.(),
      onEvent: (frame) => this.#onFrame(connection, frame),
      onClose: (code) => this.#onClose(connection, code),
    });
    this.#connection = connection;
    try {
      const hello = await connection.open(token);
      if (this.#connection !== connection) return;
      this.#tokenRenewedFor = null;
      this.#stable = this.clock.set(() => (this.#attempt = 0), STABLE_AFTER_MS);
      this.#say("catching-up");
      this.dispatchEvent(new CustomEvent("ready", { detail: { hello } }));
    } catch (error) {
      // The address may be what is wrong, as after a move: ask for it again.
      this.#url = null;
      if (this.#connection !== connection) return;
      if (error.retryAfterMs !== null) this.#retryAfterMs = boundedRetryAfterMs(error.retryAfterMs);
      connection.close(error.code === "unauthenticated" ? SESSION_EXPIRED : LOST);
    }
  }

  #onFrame(connection, frame) {
    if (this.#connection !== connection) return;
    if (frame.ev === "session.draining") this.#retryAfterMs = boundedRetryAfterMs(frame.retry_after_ms);
    else this.dispatchEvent(new CustomEvent("frame", { detail: { frame } }));
  }

  #onClose(connection, code) {
    if (this.#connection !== connection) return;
    this.#connection = null;
    this.clock.clear(this.#stable);
    this.dispatchEvent(new CustomEvent("down", { detail: { code } }));
    if (!this.#wanted) return;
    if (code === BAD_TOKEN || code === SESSION_EXPIRED) {
      // A fresh token gets one chance; if it is refused as well, the family is dead and only signing in helps.
      const refused = this.#tokenRenewedFor === code;
      this.#tokenRenewedFor = code;
      if (refused && code === BAD_TOKEN) return this.#finish(code);
      this.#refreshFirst = true;
    } else if (code >= NEVER_AGAIN_FROM && code <= NEVER_AGAIN_TO) {
      return this.#finish(code);
    }
    this.#comeBack(code);
  }

  #comeBack(code) {
    const waitMs = this.#retryAfterMs ?? backoffMs(this.#attempt, this.random);
    this.#retryAfterMs = null;
    this.#attempt += 1;
    this.#timer = this.clock.set(() => this.#connect(), waitMs);
    this.#say("offline", { code, retryInMs: waitMs });
  }

  #finish(code) {
    this.#wanted = false;
    this.#connection = null;
    this.#settleDown(code);
    this.dispatchEvent(new CustomEvent("ended", { detail: { code } }));
  }

  #settleDown(code) {
    this.#timer = null;
    this.clock.clear(this.#stable);
    this.#tokenRenewedFor = null;
    this.dispatchEvent(new CustomEvent("down", { detail: { code } }));
    this.#say("offline", { code, retryInMs: null });
  }

  #say(state, detail = {}) {
    this.state = state;
    this.dispatchEvent(new CustomEvent("state", { detail: { state, code: null, retryInMs: null, ...detail } }));
  }
}
