// What remains to mend in a section: the same findings, in the same words, as check_section in maille/specs/path.py.

import { fillText, writtenNumber } from "./answer.js";
import { applicable, evaluate } from "./rules.js";

/**
 * Return {asked, findings} for a section. `read` has the {value, state, message} of each of its questions, `others` the
 * values of the other answers that its rules read, `asked` what is left of the conditions that hidden answers decide, and
 * `context` what is known of the authority.
 */
export function checkSection(questionnaire, sectionId, { read, others, context, asked: left = {}, proposals = {} }) {
  const typed = Object.fromEntries(Object.entries(read).map(([name, one]) => [name, one.value]));
  const everything = { ...others, ...typed, ...context };
  const asked = applicable(questionnaire, everything, left);
  const seen = Object.entries(everything).filter(([name]) => Object.hasOwn(context, name) || asked.has(name));
  const values = Object.fromEntries(seen);
  const section = questionnaire.sections.find((one) => one.id === sectionId);
  const findings = section.questions
    .filter((question) => asked.has(question.name))
    .map((question) => finding(question, read[question.name], values) ?? moved(question, values[question.name], proposals[question.name]))
    .filter(Boolean);
  return { asked, findings };
}

function finding(question, { value, state, message }, values) {
  const say = (severity, text) => ({ question: question.name, severity, message: text });
  if (state === "invalid") return say("error", message);
  if (isMissing(question, value, state)) return say("error", question.missing);
  if (question.constraint && evaluate(question.constraint, values) === false) {
    return say("error", fillText(question.constraint_message, values));
  }
  if (question.soft_check && evaluate(question.soft_check, values) === false) {
    return say(question.soft_severity, fillText(question.soft_message, values));
  }
  return null;
}

const FACTOR = 3;

/** A number that moved too much since the edition before, as maille/specs/previous.py says it. */
function moved(question, value, known) {
  if (!known?.before || typeof value !== "number" || value <= 0) return null;
  const ratio = Math.floor(Math.max(value / known.before, known.before / value));
  if (ratio < FACTOR) return null;
  const up = ratio === FACTOR ? "a triplé" : `a été multiplié par ${ratio}`;
  const space = known.unit === "€" ? "\u202f" : "\u00a0";
  const said = (number, year) => `${writtenNumber(number)}${known.unit && space}${known.unit} en ${year}`;
  const change = `${known.unit === "€" ? "Ce montant" : "Ce nombre"} ${value > known.before ? up : `a été divisé par ${ratio}`}`;
  const message = `${change}\u00a0: ${said(known.before, known.years[0])}, ${said(value, known.years[1])}. Est-\u2060ce exact\u202f?`;
  return { question: question.name, severity: question.soft_severity, message };
}

function isMissing(question, value, state) {
  if (value !== null) return false;
  return question.unknown ? state === "empty" : question.required;
}
