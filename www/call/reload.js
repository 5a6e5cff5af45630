// @ts-check
// What this tab was doing, for the page that is loaded in the place of this one.

/** @import { Kinds } from "./call.js" */

/** @typedef {{ room: string, wanted: Kinds, muted: Kinds, called: boolean }} Doing */

const KEY = "call";

/**
 * Stores what the page is doing; null where it does nothing. Without storage it is forgotten.
 *
 * @param {Doing | null} doing
 */
export function remember(doing) {
  try {
    if (doing) sessionStorage.setItem(KEY, JSON.stringify(doing));
    else sessionStorage.removeItem(KEY);
  } catch {
    // Then Start is pressed by hand.
  }
}

/**
 * What the page before this one was doing in this room, where this one was loaded in its place: not in a duplicate of
 * its tab, in which nobody expects a camera to go on.
 *
 * @param {string} room
 * @returns {Doing | null}
 */
export function recall(room) {
  const [navigation] = performance.getEntriesByType("navigation");
  if (!(navigation instanceof PerformanceNavigationTiming) || navigation.type !== "reload") return null;
  try {
    const doing = JSON.parse(sessionStorage.getItem(KEY) ?? "null");
    return doing?.room === room ? doing : null;
  } catch {
    return null;
  }
}
