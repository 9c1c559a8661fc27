// The contents of the questionnaire: what a section kept here without network leaves as soon as someone is back.

import { leftovers } from "./notebook.js";
import { Saver } from "./saving.js";

const form = document.getElementById("restes");
const saver = new Saver(form, { offline() {} });

const left = () => leftovers(form.dataset, saver.key).length;

async function sendWhatIsLeft() {
  const before = left();
  if (!before) return;
  await saver.sendLeftovers();
  if (left() < before) location.reload();
}

addEventListener("online", sendWhatIsLeft);
sendWhatIsLeft();
