// The REST half of the contract: problem documents become errors, a stale access token is rotated once for everybody who waits.

import { retryDelayMs } from "./backoff.js";
import { interruptibleWait } from "./clock.js";
import { GlimpseError, OFFLINE, SIGNED_OUT, TIMEOUT, isRetryable } from "./errors.js";
import { EXPORT_DEADLINE_MS, REST_DEADLINE_MS, REST_TRIES_MAX } from "./limits.js";

export class Rest {
  #refreshing = null;

  /**
   * `lock(fn)` runs fn alone among all tabs that share the storage: two rotations of one
   * refresh token look like theft to the server and would end the whole family.
   */
  constructor({ baseUrl = "", fetch, tokens, clock, random, newId, lock = (fn) => fn(), onSignedOut = () => {} }) {
    Object.assign(this, { baseUrl, fetch, tokens, clock, random, newId, lock, onSignedOut });
  }

  // --- accounts
  config() { return this.#call("GET", "/v1/config", { auth: false }); }
  requestCode(phone) { return this.#call("POST", "/v1/auth/otp", { auth: false, body: { phone } }); }
  async verifyCode(phone, code, profile) {
    const body = profile ? { phone, code, profile } : { phone, code };
    const answer = await this.#call("POST", "/v1/auth/otp/verify", { auth: false, body });
    this.tokens.write(answer);
    return answer;
  }
  logout({ all = false } = {}) { return this.#call("POST", "/v1/auth/logout", { body: all ? { all } : {} }); }
  devices() { return this.#call("GET", "/v1/devices"); }
  signOutDevice(id) { return this.#call("DELETE", `/v1/devices/${encodeURIComponent(id)}`); }
  me() { return this.#call("GET", "/v1/me"); }
  changeMe(changes) { return this.#call("PATCH", "/v1/me", { body: changes }); }
  eraseMe() { return this.#call("DELETE", "/v1/me"); }
  /** All that is held about oneself, as the text of the archive (docs/export.md): it comes as it is read, so it may take its time. */
  async exportMe() {
    const text = await this.#call("GET", "/v1/me/export", { raw: true, deadlineMs: EXPORT_DEADLINE_MS });
    if (!isWhole(text)) throw new GlimpseError(OFFLINE, "the archive was cut off");
    return text;
  }
  devOutbox(phone) { return this.#call("GET", "/v1/dev/outbox", { auth: false, query: { phone } }); }

  // --- groups
  groups(query) { return this.#call("GET", "/v1/groups", { query }); }
  createGroup(group) { return this.#call("POST", "/v1/groups", { body: { type: "created", ...group }, keyed: true }); }
  group(id) { return this.#call("GET", `/v1/groups/${encodeURIComponent(id)}`); }
  join(id, body = {}) { return this.#call("POST", `/v1/groups/${encodeURIComponent(id)}/join`, { body, keyed: true }); }
  mailCode(id, mail) { return this.#call("POST", `/v1/groups/${encodeURIComponent(id)}/proofs/mail`, { body: { mail } }); }
  /** `paper` is a Blob of JPEG, PNG or PDF. */
  handInPaper(id, paper) { return this.#call("POST", `/v1/groups/${encodeURIComponent(id)}/proofs/document`, { body: paper, keyed: true }); }
  paper(id) { return this.#call("GET", `/v1/groups/${encodeURIComponent(id)}/proofs/document`); }
  placeCode(id) { return this.#call("GET", `/v1/groups/${encodeURIComponent(id)}/place/code`); }
  consents() { return this.#call("GET", "/v1/me/consents"); }
  sayConsent(purpose, version, granted) { return this.#call("POST", "/v1/me/consents", { body: { purpose, version, granted } }); }
  pushes() { return this.#call("GET", "/v1/me/push"); }
  changePushes(changes) { return this.#call("PATCH", "/v1/me/push", { body: changes }); }
  invite(id, uses) { return this.#call("POST", `/v1/groups/${encodeURIComponent(id)}/invites`, { body: { uses }, keyed: true }); }
  applicants(id) { return this.#call("GET", `/v1/groups/${encodeURIComponent(id)}/applicants`); }
  answerApplicant(id, member, admit) {
    return this.#call("POST", `/v1/groups/${encodeURIComponent(id)}/applicants/${encodeURIComponent(member)}`, { body: { admit }, keyed: true });
  }
  ban(id, member) { return this.#call("POST", `/v1/groups/${encodeURIComponent(id)}/bans`, { body: { member }, keyed: true }); }
  bans(id) { return this.#call("GET", `/v1/groups/${encodeURIComponent(id)}/bans`); }
  liftBan(id, member) { return this.#call("DELETE", `/v1/groups/${encodeURIComponent(id)}/bans/${encodeURIComponent(member)}`); }
  appoint(id, member, role) {
    return this.#call("PATCH", `/v1/groups/${encodeURIComponent(id)}/members/${encodeURIComponent(member)}`, { body: { role } });
  }
  profile(id) { return this.#call("GET", `/v1/groups/${encodeURIComponent(id)}/membership`); }
  changeProfile(id, changes) { return this.#call("PATCH", `/v1/groups/${encodeURIComponent(id)}/membership`, { body: changes }); }
  /** `picture` is a Blob of JPEG or PNG; photos come back as Blobs: an image that needs a token is no `src`. */
  putPhoto(id, picture) { return this.#call("POST", `/v1/groups/${encodeURIComponent(id)}/membership/photo`, { body: picture, keyed: true }); }
  photo(id) { return this.#call("GET", `/v1/groups/${encodeURIComponent(id)}/membership/photo`, { raw: "blob" }); }
  removePhoto(id) { return this.#call("DELETE", `/v1/groups/${encodeURIComponent(id)}/membership/photo`); }
  peerPhoto(match) { return this.#call("GET", `/v1/matches/${encodeURIComponent(match)}/photo`, { raw: "blob" }); }
  leave(id) { return this.#call("DELETE", `/v1/groups/${encodeURIComponent(id)}/membership`); }
  members(id, query) { return this.#call("GET", `/v1/groups/${encodeURIComponent(id)}/members`, { query }); }
  /** `more`: `super` with its `line`, `shown`. */
  like(id, member, intent, more = {}) {
    return this.#call("POST", `/v1/groups/${encodeURIComponent(id)}/likes`, { body: { member, intent, ...more }, keyed: true });
  }
  sentLikes(id, query) { return this.#call("GET", `/v1/groups/${encodeURIComponent(id)}/likes`, { query }); }
  likesReceived(id) { return this.#call("GET", `/v1/groups/${encodeURIComponent(id)}/likes/received`); }
  undoLike(like) { return this.#call("POST", `/v1/likes/${encodeURIComponent(like)}/undo`, { keyed: true }); }
  cancelLike(like) { return this.#call("DELETE", `/v1/likes/${encodeURIComponent(like)}`); }
  credits() { return this.#call("GET", "/v1/credits"); }
  creditMoves(query) { return this.#call("GET", "/v1/credits/moves", { query }); }

  // --- the shop
  catalogue() { return this.#call("GET", "/v1/catalogue"); }
  /** `key` is the caller's: pressing again after an answer was lost must not order twice. */
  createOrder(order, key) { return this.#call("POST", "/v1/orders", { body: order, keyed: true, key }); }
  orders(query) { return this.#call("GET", "/v1/orders", { query }); }
  order(id) { return this.#call("GET", `/v1/orders/${encodeURIComponent(id)}`); }
  /** Rejects with `not_found` where nothing renews. */
  subscription() { return this.#call("GET", "/v1/subscription"); }
  /** `change` is "cancel" (to the end of what is paid), "pause" or "resume". */
  changeSubscription(change) { return this.#call("POST", "/v1/subscription", { body: { change }, keyed: true }); }
  /** The provider's own page for cards and invoices, for some minutes; `conflict` where it has none. */
  subscriptionPortal() { return this.#call("POST", "/v1/subscription/portal", { keyed: true }); }

  // --- meetings
  joinMeeting(entry) { return this.#call("POST", "/v1/meetings/join", { body: entry, keyed: true }); }
  meeting(id) { return this.#call("GET", this.#meetingPath(id)); }
  /** The QR as SVG text: an image that needs a token is no `src`. */
  meetingQr(id) { return this.#call("GET", this.#meetingPath(id, "/qr"), { raw: "text" }); }
  showLook(id, look) { return this.#call("POST", this.#meetingPath(id, "/look"), { body: look, keyed: true }); }
  describe(id, description) { return this.#call("POST", this.#meetingPath(id, "/descriptions"), { body: description, keyed: true }); }
  withdraw(id, description) { return this.#call("DELETE", this.#meetingPath(id, `/descriptions/${encodeURIComponent(description)}`)); }
  endMeeting(id) { return this.#call("POST", this.#meetingPath(id, "/end"), { keyed: true }); }
  #meetingPath(id, rest = "") { return `/v1/groups/${encodeURIComponent(id)}/meeting${rest}`; }

  // --- matches and rooms
  matches(query) { return this.#call("GET", "/v1/matches", { query }); }
  block(room, member) { return this.#call("POST", `/v1/rooms/${encodeURIComponent(room)}/blocks`, { body: { member }, keyed: true }); }
  report(room, report) { return this.#call("POST", `/v1/rooms/${encodeURIComponent(room)}/reports`, { body: report, keyed: true }); }
  hideFrom(group, member) { return this.#call("POST", `/v1/groups/${encodeURIComponent(group)}/blocks`, { body: { member }, keyed: true }); }
  blocks(query) { return this.#call("GET", "/v1/blocks", { query }); }
  unblock(block) { return this.#call("DELETE", `/v1/blocks/${encodeURIComponent(block)}`); }
  unmatch(match) { return this.#call("DELETE", `/v1/matches/${encodeURIComponent(match)}`); }
  extendMatch(match) { return this.#call("POST", `/v1/matches/${encodeURIComponent(match)}/extend`, { keyed: true }); }
  rooms(query) { return this.#call("GET", "/v1/rooms", { query }); }
  /** `file` is a Blob, for the message that will have this `cid`; it comes back as one. */
  putRoomFile(room, cid, file) { return this.#call("POST", `/v1/rooms/${encodeURIComponent(room)}/files`, { query: { cid }, body: file, keyed: true }); }
  roomFile(room, file) { return this.#call("GET", `/v1/rooms/${encodeURIComponent(room)}/files/${encodeURIComponent(file)}`, { raw: "blob" }); }
  messages(room, query) { return this.#call("GET", `/v1/rooms/${encodeURIComponent(room)}/messages`, { query }); }

  searchMessages(query) { return this.#call("GET", "/v1/search/messages", { query }); }

  /** Rotate the tokens; however many ask at once, the server sees one request. */
  refresh(staleAccess = this.tokens.read()?.access) {
    this.#refreshing ??= Promise.resolve(this.lock(() => this.#rotate(staleAccess))).finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #rotate(staleAccess) {
    const held = this.tokens.read();
    if (held === null) throw new GlimpseError(SIGNED_OUT);
    if (held.access !== staleAccess) return held;
    const key = this.tokens.rotationKey(this.newId);
    try {
      const answer = await this.#once("POST", "/v1/auth/refresh", { auth: false, body: { refresh: held.refresh }, key });
      return this.tokens.write(answer);
    } catch (error) {
      if (error.status === 401 || error.status === 403) {
        this.tokens.clear();
        this.onSignedOut(error);
      }
      throw error;
    }
  }

  /** A read, or a keyed write, may be repeated when the road fails; anything else is for the caller to decide. */
  async #call(method, path, options = {}) {
    const repeatable = method === "GET" || options.keyed === true;
    const key = options.keyed ? (options.key ?? this.newId()) : undefined;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#authorised(method, path, { ...options, key });
      } catch (error) {
        const unheard = isRetryable(error) && error.code !== "rate_limited";
        if (!repeatable || !unheard || attempt + 1 >= REST_TRIES_MAX) throw error;
        await interruptibleWait(this.clock, retryDelayMs(error, attempt, this.random)).done;
      }
    }
  }

  async #authorised(method, path, options) {
    if (options.auth === false) return this.#once(method, path, options);
    const held = this.tokens.read();
    if (held === null) throw new GlimpseError(SIGNED_OUT);
    try {
      return await this.#once(method, path, { ...options, access: held.access });
    } catch (error) {
      if (error.status !== 401) throw error;
      const fresh = await this.refresh(held.access);
      return this.#once(method, path, { ...options, access: fresh.access });
    }
  }

  async #once(method, path, { body, query, access, key, raw = false, deadlineMs = REST_DEADLINE_MS }) {
    const headers = { accept: raw ? "*/*" : "application/json" };
    const file = body instanceof Blob;
    if (body !== undefined) headers["content-type"] = file ? body.type : "application/json";
    if (access) headers.authorization = `Bearer ${access}`;
    if (key) headers["idempotency-key"] = key;
    const asked = Object.entries(query ?? {}).filter(([, value]) => value !== undefined && value !== null && value !== "");
    const url = this.baseUrl + path + (asked.length ? `?${new URLSearchParams(asked)}` : "");
    const aborter = new AbortController();
    const deadline = this.clock.set(() => aborter.abort(), deadlineMs);
    const send = this.fetch;
    try {
      const response = await send(url, {
        method,
        headers,
        body: body === undefined || file ? body : JSON.stringify(body),
        signal: aborter.signal,
        // Answers are personal: neither a cache nor a cookie has anything to do with them.
        cache: "no-store",
        credentials: "omit",
      });
      if (response.ok && raw === "blob") return await response.blob();
      const text = await response.text();
      if (!response.ok) throw GlimpseError.fromProblem(response.status, parsed(text));
      if (raw) return text;
      return text === "" ? null : parsed(text);
    } catch (error) {
      if (error instanceof GlimpseError) throw error;
      throw new GlimpseError(aborter.signal.aborted ? TIMEOUT : OFFLINE, String(error?.message ?? error));
    } finally {
      this.clock.clear(deadline);
    }
  }
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** An archive is whole with its last line, and only then. */
function isWhole(text) {
  const last = text.trimEnd().split("\n").pop();
  return parsed(last)?.section === "end";
}
