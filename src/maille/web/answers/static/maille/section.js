// A section that answers while one types. Without this script the page works by its buttons; it never submits.

import { checkSection } from "./checks.js";
import { Company, Journal } from "./company.js";
import * as fields from "./fields.js";
import { Saver } from "./saving.js";

const form = document.getElementById("section");
const band = document.getElementById("enregistrement");
const notice = insertNotice();
const facts = JSON.parse(document.getElementById("faits").textContent);
const company = new Company(form);
const journal = new Journal(form);
const touched = new Set();
let questionnaire = null;
let questions = [];

let lastSaved = band?.textContent ?? "";

const saver = new Saver(form, {
  waiting() {
    sayInBand("Enregistrement…", { isDone: false, isBusy: true });
  },
  unchanged() {
    sayInBand(lastSaved);
  },
  saved(reply) {
    saySaved(reply);
    if (!notice.dataset.stays) sayNotice("");
    takeIn(reply);
  },
  conflict(reply) {
    saySaved(reply);
    takeIn(reply);
    const labels = reply.conflicts.map((one) => `« ${one.label} »`).join(", ");
    sayNotice(`${reply.conflicts[0].author} a donné une autre réponse que vous. Les deux sont gardées : ${labels}`, {
      link: [reply.page, "Choisir la réponse à garder"],
      stays: true,
    });
  },
  offline() {
    sayInBand("Pas de réseau", { isDone: false });
    sayNotice("Pas de réseau : vos réponses sont gardées sur cet ordinateur et partiront dès le retour du réseau.");
  },
  signedOut(reply) {
    sayInBand("Pas encore enregistré", { isDone: false });
    sayNotice("Votre session est terminée. Vos réponses sont gardées sur cet ordinateur : elles partiront quand vous rouvrirez cette section.", {
      link: [reply.sign_in, "Rouvrir le questionnaire"],
    });
  },
  refused(reply) {
    sayInBand("Pas encore enregistré", { isDone: false });
    sayNotice(reply.message ?? "Cette saisie n’est pas enregistrée. Rechargez la page : vos réponses sont gardées sur cet ordinateur.");
  },
});

function insertNotice() {
  const said = document.createElement("div");
  said.id = "avis";
  said.setAttribute("role", "status");
  form.before(said);
  const announced = document.createElement("p");
  announced.id = "annonce";
  announced.className = "visually-hidden";
  announced.setAttribute("role", "status");
  form.before(announced);
  return said;
}

/** The server acknowledged; nothing is said yet to be saved when more was typed meanwhile. */
function saySaved(reply) {
  lastSaved = `Enregistré à ${reply.saved_at}`;
  if (!saver.isDirty) sayInBand(lastSaved);
}

/** What only says that a save is on its way is shown and not read aloud: what comes of it is. */
function sayInBand(text, { isDone = true, isBusy = false } = {}) {
  if (!band || band.textContent === text) return;
  band.ariaBusy = String(isBusy);
  band.textContent = text;
  const shown = band.closest(".band-saved");
  shown.hidden = !text;
  shown.classList.toggle("pending", !isDone);
}

function sayNotice(text, { link, stays = false } = {}) {
  if (notice.dataset.text === text) return;
  notice.dataset.text = text;
  if (stays) notice.dataset.stays = "1";
  notice.className = text ? "box info company" : "";
  const paragraph = document.createElement("p");
  paragraph.textContent = `${text} `;
  if (link) {
    const anchor = document.createElement("a");
    [anchor.href, anchor.textContent] = link;
    paragraph.append(anchor);
  }
  notice.replaceChildren(...(text ? [paragraph] : []));
}

function announce(text) {
  if (text) document.getElementById("annonce").textContent = text;
}

/** Show what colleagues saved meanwhile, except where this person has typed. */
function takeIn(reply) {
  company.show(reply.others);
  for (const name of reply.dropped ?? []) fields.dropReason(form, name);
  const theirs = reply.theirs ?? [];
  const taken = theirs.filter((one) => !touched.has(one.question));
  for (const one of taken) fields.fillQuestion(form, one);
  if (theirs.length && taken.length === theirs.length) form.elements.revision.value = reply.current;
  if (taken.length) {
    announce(`${taken[0].author} a rempli ${taken.length === 1 ? "une question" : `${taken.length} questions`} de cette section.`);
    refresh();
  }
}

function questionOf(field) {
  const name = (field.name ?? "").replace(/__(unknown|reason|remark|confirm)$/, "");
  return questions.find((question) => question.name === name);
}

/** Read the fields again: show what is asked, renew what is said of the questions that speak, and of `left`. */
function refresh({ left = null, quiet = false } = {}) {
  if (!questionnaire) return;
  const read = fields.readFields(form, questions);
  const { asked, findings } = checkSection(questionnaire, form.dataset.section, { read, ...facts });
  const changed = fields.showAsked(questions, asked);
  for (const question of questions) {
    const finding = findings.find((one) => one.question === question.name);
    const isEmpty = read[question.name].state === "empty";
    if (facts.silent.includes(question.name) && !touched.has(question.name)) continue;
    if (!fields.saysSomething(question) && (question !== left || isEmpty)) continue;
    fields.sayFinding(question, finding);
    if (question === left && finding) tell(question, finding);
  }
  if (!quiet) announce(news(changed));
}

function tell(question, finding) {
  journal.note("check", question.name);
  announce(`Question ${question.number} : ${finding.message}`);
}

function news({ shown, hidden }) {
  const said = (numbers, one, many) =>
    numbers.length === 1 ? `La question ${numbers[0]} ${one}.` : `Les questions ${numbers.join(", ")} ${many}.`;
  const parts = [];
  if (shown.length) parts.push(said(shown, "apparaît", "apparaissent"));
  if (hidden.length) parts.push(said(hidden, "ne se pose plus", "ne se posent plus"));
  return parts.join(" ");
}

form.addEventListener("input", ({ target }) => {
  const question = questionOf(target);
  if (question) {
    touched.add(question.name);
    fields.keepProposal(form, question, target, facts.proposals[question.name]);
    const freed = fields.keepExclusive(form, question, target) || fields.keepNumber(form, question, target);
    refresh();
    announce(freed);
  }
  saver.changed();
});

form.addEventListener("focusout", ({ target, relatedTarget }) => {
  const question = questionOf(target);
  const isTyped = target.name === question?.name && !["radio", "checkbox"].includes(target.type);
  if (!question || (!isTyped && document.getElementById(`q-${question.name}`)?.contains(relatedTarget))) return;
  if (touched.has(question.name)) refresh({ left: question });
  if (saver.isDirty) saver.later(0);
});

// The buttons send the form as without script; when the network is known to be away, the page stays with what it holds.
form.addEventListener("submit", async (event) => {
  if (!saver.failures && navigator.onLine) return saver.stop();
  event.preventDefault();
  if (await saver.settle()) form.requestSubmit(event.submitter);
  else notice.scrollIntoView({ block: "center" });
});

form.addEventListener("toggle", ({ target }) => {
  const name = target.open && target.closest(".question")?.id.slice(2);
  if (name) journal.note("help", name);
}, true);

addEventListener("online", () => saver.save());
addEventListener("pagehide", () => {
  saver.leaving();
  journal.send();
});
document.addEventListener("visibilitychange", () => document.visibilityState === "hidden" && saver.leaving());

async function start() {
  const response = await fetch(`/repondre/regles/${form.dataset.version}.json`);
  if (response.ok) {
    questionnaire = await response.json();
    questions = questionnaire.sections.find((section) => section.id === form.dataset.section).questions;
    form.dataset.live = "1";
    refresh({ quiet: true });
  }
  if ((await saver.sendLeftovers()) && !touched.size) location.reload();
}

start();
