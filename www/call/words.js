// @ts-check
// What the page says: every state and every failure in words, with what the reader can do.

import { MediaError, RejoinError } from "rejoin";

/** @import { Call, Kinds, Notice } from "./call.js" */

/**
 * The state in a few words, for everybody.
 *
 * @param {Call} call
 * @returns {string}
 */
export function stateWords(call) {
  switch (call.phase) {
    case "idle":
      return "Not started";
    case "starting":
      return "Opening camera and microphone…";
    case "joining":
      return call.serverAway ? "Waiting for the server…" : "Joining the room…";
    case "full":
      return "The call is full";
    case "ready":
      return call.other ? "Ready to call" : "Ready, waiting for the other person";
    case "calling":
      return "Calling…";
    case "answering":
      return "Answering…";
    case "connected":
      return "Connected";
    case "reconnecting":
      return call.attempt > 1 ? `Connection lost, trying again (${call.attempt})…` : "Connection lost, trying again…";
    case "failed":
      return "The call could not get through";
  }
}

/**
 * The line below the buttons: what to do next.
 *
 * @param {Call} call
 * @returns {string}
 */
export function hintWords(call) {
  switch (call.phase) {
    case "idle":
      return "Camera and microphone go on when you press Start. Once you have started, a call is answered by itself.";
    case "starting":
      return "Your browser may ask whether this page may use them.";
    case "ready":
      if (call.other?.suspended) return "The other person has lost the connection to the server and may come back.";
      if (!call.other) return "Nobody else is here yet. Send the link, then wait here.";
      return call.local || !(call.wanted.audio || call.wanted.video)
        ? "The other person is here."
        : "The other person is here. Your camera is off and comes on again with the next call.";
    case "calling":
      return "The other side answers by itself.";
    default:
      return "";
  }
}

/**
 * Why the call is over.
 *
 * @param {string} reason
 * @returns {string}
 */
export function endWords(reason) {
  switch (reason) {
    case "peerGone":
      return "The other person has left.";
    case "kicked":
      return "The call was ended from outside.";
    case "declined":
      return "The other side did not take the call.";
    case "protocol":
      return "The two pages do not understand each other. Reload both, so that they are of the same version.";
    default:
      return "The other person has hung up.";
  }
}

/** What to say while the server cannot be reached. */
export function serverAwayWords(/** @type {Call} */ call) {
  if (call.phase === "joining") {
    return "The server does not answer. Check that you are online; this page keeps trying by itself.";
  }
  if (call.phase === "connected") {
    return "The server is away. Your call goes on; a new one has to wait until it is back.";
  }
  return "The server is away. This page keeps trying by itself; calls have to wait until it is back.";
}

/** What to say when the connection could not be made. */
export const FAILED_WORDS =
  "The two browsers could not reach each other. A network in between may be blocking calls: try again, or try another network.";

/** Nothing of ours is opened: the call is only watched and heard. */
const NOTHING = { audio: false, video: false };

/**
 * Camera or microphone could not be opened: why, and what can be done.
 *
 * @param {unknown} error
 * @param {(kinds: Kinds) => void} retryWith
 * @returns {Notice}
 */
export function mediaHelp(error, retryWith) {
  const again = { label: "Try again", run: () => retryWith({ audio: true, video: true }) };
  const soundOnly = { label: "Only microphone", run: () => retryWith({ audio: true, video: false }) };
  const watchOnly = { label: "Join without", run: () => retryWith(NOTHING) };
  switch (codeOf(error)) {
    case "notAllowed":
      return {
        tone: "error",
        text: "Your browser does not let this page use camera and microphone. Press the camera or lock sign in the address bar, allow both, and try again. On a phone or a Mac also look into the privacy settings of the system.",
        actions: [again, watchOnly],
      };
    case "notFound":
      return {
        tone: "warn",
        text: "No camera or no microphone was found. Connect one and try again, or join with what you have.",
        actions: [again, soundOnly, watchOnly],
      };
    case "notReadable":
      return {
        tone: "error",
        text: "The camera or microphone is there but does not start; most often another program uses it. Close that program and try again.",
        actions: [again, soundOnly, watchOnly],
      };
    case "insecureContext":
      return insecureHelp(retryWith);
    default:
      return { tone: "error", text: `Camera and microphone did not start. ${adviceOf(error)}`, actions: [again, watchOnly] };
  }
}

/**
 * A device that was on is gone: unplugged, or the permission was taken back.
 *
 * @param {"audio" | "video"} kind
 * @param {() => void} turnOn
 * @returns {Notice}
 */
export function deviceGone(kind, turnOn) {
  return {
    tone: "warn",
    text: `Your ${kind === "audio" ? "microphone" : "camera"} was disconnected. Plug it in again, then turn it on.`,
    actions: [{ label: "Turn on", run: turnOn }],
  };
}

/**
 * The page came over plain http: browsers keep the camera from it.
 *
 * @param {(kinds: Kinds) => void} retryWith
 * @returns {Notice}
 */
export function insecureHelp(retryWith) {
  return {
    tone: "error",
    text: "This page was opened without encryption (http), and browsers give such pages no camera and no microphone. Open it with https, or on the server's own machine as http://localhost.",
    actions: [{ label: "Join without", run: () => retryWith(NOTHING) }],
  };
}

/**
 * The room could not be joined: why, and what can be done.
 *
 * @param {unknown} error
 * @param {() => void} retry
 * @returns {{ full: boolean, notice: Notice }}
 */
export function joinHelp(error, retry) {
  const actions = [{ label: "Try again", run: retry }];
  if (codeOf(error) === "roomFull") {
    return {
      full: true,
      notice: {
        tone: "warn",
        text: "The call is full: two people are in it already. Try again when one of them has left, or make a new call of your own.",
        actions: [...actions, { label: "New call", run: () => location.assign(location.pathname) }],
      },
    };
  }
  if (codeOf(error) === "init") {
    return {
      full: false,
      notice: { tone: "error", text: "A part of this page could not be loaded. Check that you are online, and try again.", actions },
    };
  }
  if (codeOf(error) === "replaced") {
    return { full: false, notice: { tone: "warn", text: "This call has been opened in another tab of this browser.", actions } };
  }
  if (codeOf(error) === "kicked") {
    return { full: false, notice: { tone: "warn", text: "You were removed from this call.", actions: [] } };
  }
  return {
    full: false,
    notice: { tone: "error", text: `Joining the call did not work: ${textOf(error)}`, actions },
  };
}

/** @param {unknown} error */
function codeOf(error) {
  return error instanceof RejoinError ? error.code : undefined;
}

/** @param {unknown} error */
function adviceOf(error) {
  return error instanceof MediaError ? error.advice : textOf(error);
}

/** @param {unknown} error */
function textOf(error) {
  return error instanceof Error ? error.message : String(error);
}
