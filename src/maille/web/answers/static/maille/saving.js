// Saving while one types: soon after a change, when the page is left, and again when the network is back. Never submits.

import * as notebook from "./notebook.js";

const QUIET = 1500;
const LONGEST_WAIT = 60_000;
const KEEPALIVE = 60_000;

const OUTCOMES = { 200: "saved", 409: "conflict", 401: "signedOut" };
const KEPT = new Set([200, 409]);

export class Saver {
  /** `told` receives what happens: waiting, unchanged, saved, offline, conflict, signedOut, refused. */
  constructor(form, told) {
    this.form = form;
    this.told = told;
    this.key = `${form.dataset.unit}/${form.dataset.section}/${form.elements.page.value}`;
    this.acknowledged = this.content();
    this.sending = null;
    this.failures = 0;
  }

  /** What is filled in, the revision apart: it moves with each reply. */
  content() {
    const posted = new URLSearchParams(new FormData(this.form));
    posted.delete("csrfmiddlewaretoken");
    posted.delete("revision");
    return posted.toString();
  }

  /** Where the form is sent; a question named « action » hides the property of this name. */
  get address() {
    return this.form.getAttribute("action");
  }

  get revision() {
    return this.form.elements.revision.value;
  }

  get isDirty() {
    return this.content() !== this.acknowledged;
  }

  /** Something changed: keep it here at once, send it when the keyboard rests. */
  changed() {
    const { author } = this.form.dataset;
    const action = this.address;
    notebook.keep(this.key, { content: this.content(), revision: this.revision, author, action });
    if (!this.failures) this.told.waiting();
    this.later(QUIET);
  }

  later(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), wait);
  }

  /** The page is being left: the request outlives it. */
  leaving() {
    if (this.isDirty) this.save({ keepalive: true });
  }

  /** The form itself is being sent: nothing more to save from here. */
  stop() {
    clearTimeout(this.timer);
    this.acknowledged = this.content();
  }

  /** Save what is left before the form itself is sent; return whether the server may be asked for the next page. */
  async settle() {
    clearTimeout(this.timer);
    await this.sending;
    await this.save();
    clearTimeout(this.timer);
    return !this.isDirty;
  }

  async save({ keepalive = false } = {}) {
    if (this.sending && !keepalive) return this.sending;
    this.sending = this.send(keepalive);
    await this.sending;
    this.sending = null;
  }

  async send(keepalive) {
    const content = this.content();
    if (content === this.acknowledged) return this.unchanged(content);
    clearTimeout(this.timer);
    const reply = await this.post(content, this.revision, { keepalive });
    if (!reply) return this.retry();
    this.failures = 0;
    if (!KEPT.has(reply.status)) return this.told[OUTCOMES[reply.status] ?? "refused"](reply.data);
    notebook.forget(this.key, content);
    this.acknowledged = content;
    this.form.elements.revision.value = reply.data.revision;
    notebook.reach(this.form.dataset, reply.data.revision);
    this.told[OUTCOMES[reply.status]](reply.data);
    if (this.isDirty) this.later(QUIET);
  }

  unchanged(content) {
    notebook.forget(this.key, content);
    this.told.unchanged();
  }

  retry() {
    this.failures += 1;
    this.told.offline();
    this.later(Math.min(1000 * 2 ** this.failures, LONGEST_WAIT));
  }

  /** Send what other pages left here; return whether the server now holds something newer for this section. */
  async sendLeftovers() {
    let newer = notebook.isBehind(this.form.dataset, this.revision);
    for (const [key, note] of notebook.leftovers(this.form.dataset, this.key)) {
      const reply = await this.post(note.content, note.revision, { action: note.action });
      if (!reply) return this.told.offline();
      if (KEPT.has(reply.status)) notebook.forget(key, note.content);
      if (note.action !== this.address) continue;
      if (!KEPT.has(reply.status)) return this.told[OUTCOMES[reply.status] ?? "refused"](reply.data);
      newer ||= reply.status === 409 || String(reply.data.current) !== this.revision;
    }
    return newer;
  }

  /** Return {status, data}, or null when the server did not answer. */
  async post(content, revision, { keepalive = false, action = this.address } = {}) {
    const body = `${content}&revision=${revision}`;
    const token = this.form.elements.csrfmiddlewaretoken.value;
    try {
      const response = await fetch(action, {
        method: "POST",
        headers: { Accept: "application/json", "Content-Type": "application/x-www-form-urlencoded", "X-CSRFToken": token },
        body,
        keepalive: keepalive && body.length < KEEPALIVE,
      });
      if (response.redirected) return { status: 401, data: { sign_in: response.url } };
      if (response.status >= 500 || response.status === 429) return null;
      const data = await response.json().catch(() => ({}));
      return { status: response.status, data };
    } catch {
      return null;
    }
  }
}
