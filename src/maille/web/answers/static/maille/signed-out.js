import { forgetAll } from "./notebook.js";

forgetAll();
