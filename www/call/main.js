// @ts-check
// The page: buttons in, a picture of the call's state out.

import { init } from "rejoin";

import { Call } from "./call.js";
import { Chat } from "./chat.js";
import { Lab } from "./lab.js";
import { Message } from "./message.js";
import { Picture } from "./picture.js";
import { recall, remember } from "./reload.js";
import { invitation, roomFromAddress } from "./room-name.js";
import { FAILED_WORDS, hintWords, insecureHelp, serverAwayWords, stateWords } from "./words.js";

/** @import { Notice } from "./call.js" */

const startButton = button("startButton");
const callButton = button("callButton");
const hangupButton = button("hangupButton");
const leaveButton = button("leaveButton");
const muteButton = button("muteButton");
const cameraButton = button("cameraButton");
const copyLinkButton = button("copyLinkButton");
const chat = new Chat({
  log: element("chatLog", HTMLElement),
  lines: element("chatLines", HTMLOListElement),
  form: element("chatForm", HTMLFormElement),
  input: element("chatInput", HTMLInputElement),
  button: button("chatSend"),
});
const lab = new Lab({
  panel: element("lab", HTMLElement),
  bar: element("timelineBar", SVGSVGElement),
  log: element("timelineLog", HTMLOListElement),
  cut: button("cutButton"),
  silence: button("silenceButton"),
  lose: button("loseButton"),
  save: button("saveButton"),
});
const call = new Call(roomFromAddress(), {
  changed: render,
  began(peer) {
    chat.talkTo(peer);
    lab.watch(peer);
    chat.note(`Call at ${timeOfDay()}`);
  },
  ended() {
    chat.talkTo(null);
    chat.note(`Call ended at ${timeOfDay()}`);
  },
});
const message = new Message(
  {
    box: element("message", HTMLElement),
    status: element("messageStatus", HTMLElement),
    alert: element("messageAlert", HTMLElement),
    actions: element("messageActions", HTMLElement),
  },
  (run) => {
    call.notice = null;
    render();
    run();
  },
);
/** @type {HTMLButtonElement | undefined} Where the focus was put by the page, and not by its user. */
let placed;
/** Whether it was put there because a button of a message in the call was gone. */
let afterMessage = false;
const localPicture = new Picture(element("localVideo", HTMLVideoElement), () => {});
const remotePicture = new Picture(element("remoteVideo", HTMLVideoElement), askToPlay);

startButton.addEventListener("click", () => call.start({ audio: true, video: true }));
callButton.addEventListener("click", () => call.call());
hangupButton.addEventListener("click", () => call.hangUp());
leaveButton.addEventListener("click", () => call.leave());
muteButton.addEventListener("click", () => call.setMuted("audio", !call.muted.audio));
cameraButton.addEventListener("click", () => call.setMuted("video", !call.muted.video));
copyLinkButton.addEventListener("click", copyLink);
// The WebAssembly arrives while the page is read. Start awaits it, and tells of a failure.
init().catch(() => {});
if (!window.isSecureContext) call.notice = insecureHelp((kinds) => call.start(kinds));
render();
// A call outlives a reload: the others wait, and nobody has to press Start again.
addEventListener("pagehide", () => remember(call.doing));
const before = recall(call.roomName);
if (before) void call.goOn(before);

/** Shows the state as it is now; called after every change of it. */
function render() {
  const { phase, local, muted, remoteStream } = call;
  const talking = ["calling", "answering", "connected", "reconnecting", "failed"].includes(phase);
  const joined = talking || phase === "ready";
  const focused = document.activeElement;
  const inMessage = message.holds(focused);

  document.body.dataset.phase = phase;
  document.body.toggleAttribute("data-talking", talking);
  document.body.toggleAttribute("data-alone", phase === "ready" && !call.other);
  setText("connectionState", stateWords(call));
  document.title = phase === "idle" ? "Call · rejoin" : `${stateWords(call)} · rejoin`;
  element("connectionState", HTMLElement).dataset.state = phase;
  setText("hint", hintWords(call));

  startButton.hidden = joined || phase === "starting" || phase === "joining";
  callButton.hidden = phase !== "ready";
  callButton.disabled = !call.canCall;
  hangupButton.hidden = !talking;
  leaveButton.hidden = talking || phase === "idle" || phase === "full";
  label(leaveButton, phase === "ready" ? "Leave" : "Cancel");
  renderSwitch(muteButton, { on: "Mute", off: "Unmute" }, "mic", muted.audio, local?.mediaStream.getAudioTracks());
  renderSwitch(cameraButton, { on: "Camera off", off: "Camera on" }, "camera", muted.video, local?.mediaStream.getVideoTracks());

  localPicture.show(local);
  remotePicture.show(remoteStream);
  renderFigures();
  message.show(call.notice ?? standingNotice());
  keepFocus(focused, inMessage);
}

/**
 * The button that was pressed may be gone now: the keyboard goes on with the one in its place, and from there with a
 * better one when it comes. After a message in a call it does not go on with the one that ends the call.
 *
 * @param {Element | null} focused What had the focus before the buttons changed.
 * @param {boolean} inMessage Whether that was a button of the message.
 */
function keepFocus(focused, inMessage) {
  if (!(focused instanceof HTMLButtonElement)) return;
  const gone = !isUsable(focused);
  if (!gone && focused !== placed) return;
  const talking = document.body.hasAttribute("data-talking");
  if (gone) afterMessage = talking && (inMessage || (afterMessage && focused === placed));
  const next = afterMessage ? [muteButton, cameraButton, hangupButton] : [hangupButton, callButton, startButton, leaveButton];
  placed = next.find(isUsable);
  placed?.focus();
}

/** @param {HTMLButtonElement} target */
function isUsable(target) {
  return !target.disabled && target.getClientRects().length > 0;
}

/** What covers a picture that is not there, and the small signs at its edge. */
function renderFigures() {
  const { phase, local, muted, theirsMuted, remoteStream } = call;
  const remoteHasVideo = remoteStream !== null && remoteStream.getVideoTracks().length > 0;
  const localHasVideo = local !== null && local.mediaStream.getVideoTracks().length > 0;
  let remoteNote = "";
  if (remoteStream && theirsMuted.video) remoteNote = "Their camera is off";
  else if (!remoteHasVideo) remoteNote = phase === "connected" ? "They are here without a camera" : stateWords(call);
  let localNote = "";
  if (!localHasVideo || muted.video) localNote = "Camera off";
  cover("remote", remoteNote);
  cover("local", localNote);
  show("remoteMicOff", theirsMuted.audio && remoteStream !== null);
  show("remoteCameraOff", theirsMuted.video && remoteStream !== null);
  show("localMicOff", muted.audio && local !== null);
}

/**
 * A button that turns a device of ours off and on; not there while we send no such thing.
 *
 * @param {HTMLButtonElement} target
 * @param {{ on: string, off: string }} words What pressing it does, while the device is on and while it is off.
 * @param {string} icon
 * @param {boolean} muted
 * @param {MediaStreamTrack[]} [tracks]
 */
function renderSwitch(target, words, icon, muted, tracks = []) {
  target.hidden = tracks.length === 0;
  target.toggleAttribute("data-off", muted);
  label(target, muted ? words.off : words.on);
  target.querySelector("use")?.setAttribute("href", `#sign-${icon}${muted ? "-off" : ""}`);
}

/** @returns {Notice | null} What holds as long as the state does. */
function standingNotice() {
  if (call.phase === "failed") {
    return { tone: "error", text: FAILED_WORDS, actions: [{ label: "Try again", run: () => call.reconnect() }] };
  }
  return call.serverAway ? { tone: "warn", text: serverAwayWords(call) } : null;
}

/** @param {() => void} retry */
function askToPlay(retry) {
  call.notice = {
    tone: "info",
    text: "Your browser wants a click before it plays the call.",
    actions: [{ label: "Play", run: retry }],
  };
  render();
}

async function copyLink() {
  const link = invitation(call.roomName);
  try {
    await navigator.clipboard.writeText(link);
    label(copyLinkButton, "Link copied");
    setTimeout(() => label(copyLinkButton, "Copy link"), 2500);
  } catch {
    // No clipboard here (an insecure page, or not allowed): then by hand.
    prompt("Copy this link and send it to the other person:", link);
  }
}

function timeOfDay() {
  return new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}

/**
 * @param {"remote" | "local"} which
 * @param {string} note What covers the picture; nothing shows the picture.
 */
function cover(which, note) {
  setText(`${which}Note`, note);
  element(`${which}Note`, HTMLElement).closest("figure")?.toggleAttribute("data-covered", note !== "");
}

/**
 * @param {string} id
 * @param {string} text
 */
function setText(id, text) {
  const target = element(id, HTMLElement);
  // Unchanged text is not set again: a screen reader would read it once more.
  if (target.textContent !== text) target.textContent = text;
}

/**
 * @param {HTMLButtonElement} target
 * @param {string} text
 */
function label(target, text) {
  const span = target.querySelector("span");
  if (span && span.textContent !== text) span.textContent = text;
}

/**
 * @param {string} id
 * @param {boolean} visible
 */
function show(id, visible) {
  element(id, SVGElement).toggleAttribute("hidden", !visible);
}

/** @param {string} id */
function button(id) {
  return element(id, HTMLButtonElement);
}

/**
 * @template {Element} E
 * @param {string} id
 * @param {new () => E} type
 * @returns {E}
 */
function element(id, type) {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return found;
}
