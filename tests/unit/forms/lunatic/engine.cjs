// Run a questionnaire in Lunatic itself: node engine.cjs FOLDER SOURCE.json CASES.json > VERDICT.json
// FOLDER holds node_modules with @inseefr/lunatic, react and react-dom (see README.md beside this file).
const fs = require("fs");
const path = require("path");
const [folder, sourceFile, casesFile] = process.argv.slice(2);
const at = (name) => require(path.resolve(folder, "node_modules", name));
const { createElement: h } = at("react");
const { renderToStaticMarkup } = at("react-dom/server");
const { useLunatic, LunaticComponents } = at("@inseefr/lunatic");
const { reducerInitializer } = at("@inseefr/lunatic/use-lunatic/reducer/reducerInitializer.js");
const { reducer } = at("@inseefr/lunatic/use-lunatic/reducer/reducer.js");
const { goNextPageAction, handleChangesAction } = at("@inseefr/lunatic/use-lunatic/actions.js");
const { compileControls } = at("@inseefr/lunatic/use-lunatic/commons/compile-controls.js");

const source = JSON.parse(fs.readFileSync(sourceFile));
const cases = JSON.parse(fs.readFileSync(casesFile));
const said = new Set();
const logger = (message) => said.add(String(message.error || message.type || message));

function Page({ shown, data, page }) {
  const form = useLunatic(shown, data, { initialPage: page, logger, activeControls: true });
  return h(form.Provider, null, h(LunaticComponents, { components: form.getComponents() }));
}

/** Return the components that show nothing of their label when everything is asked. */
function blank() {
  const always = { value: "true", type: "VTL" };
  const shown = { ...source, components: source.components.map((c) => ({ ...c, conditionFilter: always })) };
  const data = { COLLECTED: {}, EXTERNAL: { POPULATION: 10603, NAME: "Tarare" }, CALCULATED: {} };
  return shown.components
    .filter((c) => !/<(h3|div)[^>]*>[^<]+</.test(renderToStaticMarkup(h(Page, { shown, data, page: c.page }))))
    .map((c) => c.id);
}

/** Answer page after page, as a person does; return what was asked, what failed, what is held at the end. */
function walk({ external, typed }) {
  let state = reducerInitializer({
    source,
    data: { COLLECTED: {}, EXTERNAL: external, CALCULATED: {} },
    features: ["VTL", "MD"],
    logger,
  });
  const asked = [];
  const failed = [];
  for (;;) {
    const component = source.components[state.pager.page - 1];
    if (component.componentType === "Question") {
      asked.push(component.id);
      const responses = typed[component.id].map(([name, value]) => ({ name, value }));
      state = reducer(state, handleChangesAction(responses));
      const errors = compileControls(state).currentErrors || {};
      failed.push(...Object.values(errors).flat().map((error) => error.id));
    }
    if (Number(state.pager.page) >= Number(state.pager.maxPage)) break;
    state = reducer(state, goNextPageAction({}));
  }
  state.variables.commit();
  return { asked, failed };
}

const { version } = at("@inseefr/lunatic/package.json");
const verdict = { engine: `@inseefr/lunatic ${version}`, blank: blank(), cases: cases.map(walk), said: [...said] };
process.stdout.write(JSON.stringify(verdict));
