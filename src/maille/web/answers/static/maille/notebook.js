// What is typed, kept in this browser until the server has acknowledged it: one page drawn, one note.

const PREFIX = "maille/saisie/";

function notes() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));
  } catch {
    return [];
  }
}

/** Keep a note; say nothing when this browser keeps nothing (private window, full disk): the network remains. */
export function keep(key, note) {
  try {
    localStorage.setItem(PREFIX + key, JSON.stringify(note));
    return true;
  } catch {
    return false;
  }
}

/** Forget a note once the server has acknowledged exactly this. */
export function forget(key, content) {
  try {
    if (JSON.parse(localStorage.getItem(PREFIX + key))?.content === content) localStorage.removeItem(PREFIX + key);
  } catch {
    // Nothing is kept here.
  }
}

/** Return the notes [key, note] left by other pages of this authority, typed by the same person. */
export function leftovers({ unit, author }, own) {
  return notes()
    .map((key) => [key.slice(PREFIX.length), JSON.parse(localStorage.getItem(key))])
    .filter(([key, note]) => key.startsWith(`${unit}/`) && key !== own && note.author === author);
}

/** Note the revision that the server acknowledged to this tab, for a section. */
export function reach({ unit, section }, revision) {
  try {
    sessionStorage.setItem(`${PREFIX}${unit}/${section}`, revision);
  } catch {
    // Nothing is kept here.
  }
}

/** Say, once, whether a page shows less than what was acknowledged to this tab: it was asked for before the save. */
export function isBehind({ unit, section }, revision) {
  try {
    const key = `${PREFIX}${unit}/${section}`;
    const reached = Number(sessionStorage.getItem(key));
    sessionStorage.removeItem(key);
    return reached > Number(revision);
  } catch {
    return false;
  }
}

/** Forget everything, on signing out. */
export function forgetAll() {
  for (const key of notes()) localStorage.removeItem(key);
}
