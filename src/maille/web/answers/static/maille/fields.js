// The fields of a section: what they hold, whether they are shown, what is said of them.

import { readValue } from "./answer.js";

const box = (name) => document.getElementById(`q-${name}`);
const model = (name) => document.getElementById(`modele-${name}`).content.firstElementChild.cloneNode(true);

/** Return {value, state, message} for each question; one that is not in the page has its value in `others`. */
export function readFields(form, questions) {
  const data = new FormData(form);
  const read = (question) => readValue(question, data.getAll(question.name), data.has(`${question.name}__unknown`));
  return Object.fromEntries(questions.map((question) => [question.name, read(question)]));
}

/** Show the questions that are asked, hide the others with what was typed in them; return those that changed. */
export function showAsked(questions, asked) {
  const changed = { shown: [], hidden: [] };
  for (const question of questions) {
    const node = box(question.name);
    if (!node || node.hidden === !asked.has(question.name)) continue;
    node.hidden = !node.hidden;
    (node.hidden ? changed.hidden : changed.shown).push(question.number);
    const entry = document.querySelector(`.plan a[href="#c-${question.name}"]`)?.closest("li");
    if (entry) entry.hidden = node.hidden;
  }
  for (const grid of document.querySelectorAll(".grid-questions")) {
    grid.hidden = [...grid.querySelectorAll(".question")].every((node) => node.hidden);
  }
  return changed;
}

/** Say what is to correct, to confirm or to know of a question, or nothing any more. */
export function sayFinding(question, finding) {
  const node = box(question.name);
  if (!node) return;
  sayError(node, question, finding?.severity === "error" ? finding.message : "");
  sayDoubt(node, question, finding?.severity === "warning" ? finding.message : "");
  sayNote(node, question, finding?.severity === "info" ? finding.message : "");
  describe(node, question);
}

/** Tell whether a question already says something. */
export const saysSomething = ({ name }) =>
  ["erreur", "doute", "information"].some((part) => {
    const said = document.getElementById(`${part}-${name}`);
    return said && !said.closest("[hidden]");
  });

function afterHead(node, question, added) {
  (document.getElementById(`aide-${question.name}`) ?? node.querySelector("legend, label")).after(added);
}

function sayError(node, question, message) {
  const id = `erreur-${question.name}`;
  let said = document.getElementById(id);
  node.classList.toggle("has-error", Boolean(message));
  if (!message) return said?.remove();
  if (!said?.querySelector("[data-message]")) {
    said?.remove();
    said = model("erreur");
    said.id = id;
    afterHead(node, question, said);
  }
  said.querySelector("[data-message]").textContent = message;
}

function sayNote(node, question, message) {
  const id = `information-${question.name}`;
  const said = document.getElementById(id) ?? model("information");
  if (!message) return said.remove();
  said.id = id;
  said.textContent = message;
  if (!said.isConnected) afterHead(node, question, said);
}

/** A doubt that is lifted is hidden and no longer sent; what was written in it stays, in case it comes back. */
function sayDoubt(node, question, message) {
  let said = document.getElementById(`doute-${question.name}`);
  if (!said && !message) return;
  if (!said) {
    node.append(newDoubt(question));
    said = document.getElementById(`doute-${question.name}`);
  }
  const doubt = said.closest("fieldset.doubt");
  doubt.hidden = doubt.disabled = !message;
  if (message) said.querySelector("strong").textContent = message;
}

function newDoubt(question) {
  const doubt = model("doute");
  doubt.querySelector("legend").textContent = `À confirmer, question ${question.number}`;
  doubt.querySelector("p").id = `doute-${question.name}`;
  for (const radio of doubt.querySelectorAll("input[type=radio]")) {
    radio.name = `${question.name}__reason`;
    radio.id = `c-${radio.name}-${radio.value}`;
  }
  const remark = doubt.querySelector("input[type=text]");
  remark.name = `${question.name}__remark`;
  remark.id = doubt.querySelector(".doubt-remark label").htmlFor = `c-${remark.name}`;
  return doubt;
}

function describe(node, question) {
  const said = (part) => {
    const found = document.getElementById(`${part}-${question.name}`);
    return found && !found.closest("[hidden]") ? found.id : "";
  };
  const target = node.matches("fieldset") ? node : document.getElementById(`c-${question.name}`);
  const unit = node.matches("fieldset") ? "" : said("unite");
  const parts = [said("aide"), unit, said("reprise"), said("erreur"), said("information"), said("doute")].filter(Boolean).join(" ");
  if (parts) target?.setAttribute("aria-describedby", parts);
  else target?.removeAttribute("aria-describedby");
  if (node.matches("fieldset")) return;
  if (said("erreur")) target?.setAttribute("aria-invalid", "true");
  else target?.removeAttribute("aria-invalid");
}

/** A choice that excludes the others unticks them, and the reverse; return what to announce. */
export function keepExclusive(form, question, ticked) {
  if (!ticked.checked || ticked.type !== "checkbox") return "";
  const exclusive = new Map(question.choices.map((choice) => [choice.code, choice]));
  const boxes = [...form.querySelectorAll(`input[name="${question.name}"]`)].filter((one) => one !== ticked && one.checked);
  const alone = exclusive.get(ticked.value)?.exclusive;
  const freed = boxes.filter((one) => alone || exclusive.get(one.value)?.exclusive);
  for (const one of freed) one.checked = false;
  if (!freed.length) return "";
  const labels = freed.map((one) => `« ${exclusive.get(one.value).label} »`).join(", ");
  return freed.length === 1 ? `${labels} est décoché.` : `${labels} sont décochés.`;
}

/** A number that is typed unticks « Je ne peux pas donner ce nombre ». */
export function keepNumber(form, question, field) {
  const unknown = form.querySelector(`input[name="${question.name}__unknown"]`);
  if (!unknown?.checked || field === unknown || !field.value.trim()) return "";
  unknown.checked = false;
  return "« Je ne peux pas donner ce nombre » est décoché.";
}

/** Confirming a proposed value writes it in the field; another answer, or none, unticks the box. */
export function keepProposal(form, question, field, known) {
  const box = form.querySelector(`input[name="${question.name}__confirm"]`);
  if (!box || !known) return;
  const own = [...form.querySelectorAll(`[name="${question.name}"]`)];
  const held = own.filter((one) => !["radio", "checkbox"].includes(one.type) || one.checked).map((one) => one.value);
  const same = held.join(" ") === known.values.join(" ");
  if (field !== box) box.checked &&= same;
  else if (box.checked) fillQuestion(form, { question: question.name, values: known.values, unknown: false });
  else if (same) fillQuestion(form, { question: question.name, values: [], unknown: false });
}

/** Put what a colleague saved into the fields of a question. */
export function fillQuestion(form, { question, values, unknown }) {
  for (const field of form.querySelectorAll(`[name="${question}"]`)) {
    if (field.type === "radio" || field.type === "checkbox") field.checked = values.includes(field.value);
    else field.value = values.join(" ");
  }
  const way = form.querySelector(`input[name="${question}__unknown"]`);
  if (way) way.checked = unknown;
}

/** Untick a reason that was given for another value. */
export function dropReason(form, name) {
  for (const radio of form.querySelectorAll(`input[name="${name}__reason"]`)) radio.checked = false;
  const remark = form.querySelector(`input[name="${name}__remark"]`);
  if (remark) remark.value = "";
}
