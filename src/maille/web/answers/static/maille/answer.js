// One answer: from what is typed or ticked to a value, as maille/specs/answer.py reads it; a test proves that they agree.

const LIMIT = 10 ** 12;
const TEXT_LIMIT = 4000;
const NUMBER = /^([-−]?)([0-9]+)(?:[,.]([0-9]+))?$/;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f\ud800-\udfff\ufffe\uffff]/gu;
const FIELD = /\$\{([a-z][a-z0-9_]*)\}/g;
const UNKNOWN = "Je ne peux pas donner ce nombre";

const refused = (message) => ({ value: null, state: "invalid", message });
const answered = (value) => ({ value, state: "answered" });

/** Return {value, state} for the texts posted for a question, with a message when the state is "invalid". */
export function readValue(question, posted, unknown = false) {
  const given = posted.map((text) => typed(question, text.replaceAll("\r\n", "\n"))).filter((text) => text);
  if (unknown && question.unknown) {
    if (given.length) return refused(`Donnez un nombre, ou cochez « ${UNKNOWN} », mais pas les deux.`);
    return { value: null, state: "unknown" };
  }
  if (!given.length) return { value: null, state: "empty" };
  if (question.kind === "select_multiple") return readChoices(question, given);
  if (given.length > 1) return refused("Donnez une seule réponse.");
  return readSingle(question, given[0]);
}

function typed(question, text) {
  return (question.kind === "text" ? text.replace(CONTROL, "") : text).trim();
}

function readSingle(question, text) {
  if (question.kind === "select_one") {
    const known = question.choices.some((choice) => choice.code === text);
    return known ? answered(text) : refused("Choisissez une réponse dans la liste.");
  }
  if (question.kind !== "text") return readNumber(question, text);
  return [...text].length > TEXT_LIMIT
    ? refused(`Ce texte est trop long : ${TEXT_LIMIT} caractères au plus.`)
    : answered(text);
}

/** Return {value, state} for a number written as in French: spaces of any kind, decimal comma, euro sign. */
export function readNumber(question, text) {
  const written = NUMBER.exec(text.replace(/\s/g, "").replace(/€$/, ""));
  if (!written) {
    const example = { year: "2021", decimal: "2,5" }[question.kind] ?? "12\u202f500";
    return refused(`Écrivez un nombre en chiffres, par exemple ${example}.`);
  }
  const [, sign, whole, decimals = ""] = written;
  const number = Number(`${whole}.${decimals}`);
  if (sign && /[1-9]/.test(whole + decimals)) return refused("Ce nombre ne peut pas être négatif.");
  if (number >= LIMIT) return refused("Ce nombre est trop grand : vérifiez votre saisie.");
  if (question.kind !== "decimal" && /[1-9]/.test(decimals)) return refused("Écrivez un nombre entier, sans virgule.");
  return answered(number);
}

function readChoices(question, given) {
  const codes = question.choices.map((choice) => choice.code);
  if (given.some((code) => !codes.includes(code))) return refused("Choisissez une réponse dans la liste.");
  const ticked = codes.filter((code) => given.includes(code));
  const alone = question.choices.find((choice) => choice.exclusive && ticked.includes(choice.code));
  if (alone && ticked.length > 1) return refused(`« ${alone.label} » ne peut pas être coché avec une autre réponse.`);
  return answered(ticked);
}

/** Return a wording where each ${variable} is replaced by its value, numbers written as in French. */
export function fillText(text, values) {
  return text.replace(FIELD, (_field, name) => spoken(Object.hasOwn(values, name) ? values[name] : null));
}

function spoken(value) {
  if (value === null || value === undefined) return "…";
  if (typeof value === "number") return writtenNumber(value);
  return Array.isArray(value) ? value.join(", ") : value;
}

/** Return a number as written in French, with all its decimals. */
export function writtenNumber(value) {
  const plain = withoutExponent(String(Math.abs(value)));
  const [whole, decimals] = plain.split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return (value < 0 ? "−" : "") + grouped + (decimals ? `,${decimals}` : "");
}

function withoutExponent(written) {
  const [digits, power] = written.split("e");
  if (!power) return digits;
  const [first, rest = ""] = digits.split(".");
  return power < 0 ? `0.${"0".repeat(-power - 1)}${first}${rest}` : first + rest.padEnd(Number(power), "0");
}
