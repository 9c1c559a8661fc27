// Who else has the section open, and how the page is used (which checks it showed, never a value).

const PULSE = 30_000;

export class Company {
  constructor(form) {
    this.form = form;
    this.box = document.getElementById("presence");
    setInterval(() => document.visibilityState === "visible" && this.ask(), PULSE);
  }

  async ask() {
    try {
      const response = await fetch(`${this.form.getAttribute("action")}presence`, { method: "POST", body: this.token(), redirect: "error" });
      if (response.ok) this.show((await response.json()).others);
    } catch {
      // The network is away: the saver says it.
    }
  }

  token() {
    return new URLSearchParams({ csrfmiddlewaretoken: this.form.elements.csrfmiddlewaretoken.value });
  }

  /** Say who is here; nothing is said again while nothing changes. */
  show(others) {
    const known = JSON.stringify(others);
    if (!this.box || known === this.known) return;
    this.known = known;
    this.box.hidden = !others.length;
    this.box.replaceChildren(...others.map((other, place) => line(other, place === others.length - 1)));
  }
}

const RULE = "Si vous répondez tous les deux à la même question, nous garderons les deux réponses et vous choisirez.";

function line({ name, since }, last) {
  const said = document.getElementById("modele-presence").content.firstElementChild.cloneNode(true);
  const words = name.split(",")[0].split(" ").filter((word) => /^\p{L}/u.test(word));
  said.querySelector(".initials").textContent = [words[0], ...words.slice(1).slice(-1)].map((word) => word?.[0].toUpperCase()).join("");
  said.querySelector("strong").textContent = `${name} remplit aussi cette section`;
  said.querySelector("strong + span").textContent = `depuis ${since}.${last ? ` ${RULE}` : ""}`;
  return said;
}

export class Journal {
  constructor(form) {
    this.form = form;
    this.opened = Date.now();
    this.events = [];
    this.told = new Set();
  }

  /** Note that a check was shown or a help opened, once for each question. */
  note(kind, question) {
    if (this.told.has(`${kind} ${question}`)) return;
    this.told.add(`${kind} ${question}`);
    this.events.push({ kind, question, seconds: this.seconds() });
  }

  seconds() {
    return Math.round((Date.now() - this.opened) / 1000);
  }

  /** The page is being left: send what was noted. */
  send() {
    const events = [...this.events.splice(0).slice(-49), { kind: "leave", question: "", seconds: this.seconds() }];
    const token = this.form.elements.csrfmiddlewaretoken.value;
    const body = new URLSearchParams({ csrfmiddlewaretoken: token, events: JSON.stringify(events) });
    navigator.sendBeacon(`${this.form.getAttribute("action")}journal`, body);
  }
}
