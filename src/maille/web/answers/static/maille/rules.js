// The rules in the page. What each operator means, nulls included, is written in maille/specs/rule.py: a test proves
// that both files, and the third reading over whole tables, always agree.

const finite = (number) => (Number.isFinite(number) ? number : null);

const STRICT = {
  "=": (a, b) => a === b,
  "!=": (a, b) => a !== b,
  "<": (a, b) => a < b,
  "<=": (a, b) => a <= b,
  ">": (a, b) => a > b,
  ">=": (a, b) => a >= b,
  "+": (a, b) => finite(a + b),
  "-": (a, b) => finite(a - b),
  "*": (a, b) => finite(a * b),
  div: (a, b) => finite(a / b),
  mod: (a, b) => finite(a % b),
  not: (a) => !a,
  selected: (chosen, code) => (Array.isArray(chosen) ? chosen.includes(code) : chosen === code),
  "count-selected": (chosen) => chosen.length,
};

const LAZY = {
  and: (results) => decide(results(), false),
  or: (results) => decide(results(), true),
  if: (results) => {
    const [condition, kept, other] = results();
    return condition === null ? null : condition ? kept : other;
  },
  coalesce: (results) => results().find((result) => result !== null) ?? null,
};

function decide(results, decisive) {
  if (results.includes(decisive)) return decisive;
  return results.includes(null) ? null : !decisive;
}

/** Return the value of a rule (the tree of Rule.as_json); a variable that `values` does not have is null. */
export function evaluate(tree, values) {
  if ("value" in tree) return tree.value;
  if ("variable" in tree) return Object.hasOwn(values, tree.variable) ? (values[tree.variable] ?? null) : null;
  const results = () => tree.arguments.map((argument) => evaluate(argument, values));
  if (Object.hasOwn(LAZY, tree.operator)) return LAZY[tree.operator](results);
  const known = results();
  return known.includes(null) ? null : STRICT[tree.operator](...known);
}

/** Return the names of the variables that a rule reads. */
export function variables(tree) {
  if ("variable" in tree) return [tree.variable];
  return "arguments" in tree ? tree.arguments.flatMap(variables) : [];
}

/**
 * Return the set of the variables on the path: what depends on a question that is not asked is not asked either. `left`
 * has, by variable, what is left of the conditions that hidden answers decide (maille/specs/residual.py).
 */
export function applicable(questionnaire, values, left = {}) {
  const conditions = new Map();
  for (const section of questionnaire.sections) {
    for (const question of section.questions) {
      const rules = Object.hasOwn(left, question.name) ? [left[question.name]] : [section.relevant, question.relevant];
      conditions.set(question.name, rules.filter(Boolean));
    }
  }
  const decided = new Map();
  const asked = (name) => {
    if (!decided.has(name)) {
      decided.set(name, false);
      decided.set(name, conditions.get(name).every((rule) => evaluate(rule, seenBy(rule)) === true));
    }
    return decided.get(name);
  };
  const seenBy = (rule) => {
    const names = variables(rule).filter((name) => Object.hasOwn(values, name));
    return Object.fromEntries(names.filter((name) => !conditions.has(name) || asked(name)).map((name) => [name, values[name]]));
  };
  return new Set([...conditions.keys()].filter(asked));
}
