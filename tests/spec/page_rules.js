// The rules of the page, asked from Python: a line of JSON in, a line of JSON out.
import { createInterface } from "node:readline";

import { fillText, readValue } from "../../src/maille/web/answers/static/maille/answer.js";
import { checkSection } from "../../src/maille/web/answers/static/maille/checks.js";
import { applicable, evaluate } from "../../src/maille/web/answers/static/maille/rules.js";

const calls = {
  evaluate: ({ tree, rows }) => rows.map((values) => evaluate(tree, values)),
  applicable: ({ questionnaire, rows, left }) => rows.map((values) => [...applicable(questionnaire, values, left)]),
  check: ({ questionnaire, section, rows }) => rows.map((row) => checkSection(questionnaire, section, row).findings),
  read: ({ cases }) => cases.map(({ question, posted, unknown }) => readValue(question, posted, unknown)),
  fill: ({ text, rows }) => rows.map((values) => fillText(text, values)),
};

for await (const line of createInterface({ input: process.stdin })) {
  const { call, ...given } = JSON.parse(line);
  console.log(JSON.stringify(calls[call](given)));
}
