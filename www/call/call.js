// @ts-check
// One call with one other person: what happens, and nothing of how it looks.

import { Room, getUserMedia, init } from "rejoin";

import { deviceGone, endWords, joinHelp, mediaHelp } from "./words.js";

/** @import { LocalStream, Member, Peer } from "rejoin" */

/**
 * Where the call is. "ready" is in the room, with nobody called yet.
 *
 * @typedef {"idle" | "starting" | "joining" | "full" | "ready" | "calling" | "answering" | "connected" | "reconnecting" | "failed"} Phase
 */

/**
 * Something a person has to be told, and what can be done about it.
 *
 * @typedef {object} Notice
 * @property {"info" | "warn" | "error"} tone
 * @property {string} text
 * @property {{ label: string, run: () => void }[]} [actions]
 */

/** @typedef {{ audio: boolean, video: boolean }} Kinds */

/** How long the other person waits for this page when it is loaded anew, or closed, in milliseconds. */
const RELOAD_MS = 10_000;

/** How long a join may take, in milliseconds, before we say that the server is slow. */
const PATIENCE_MS = 2500;

/**
 * Who is told of what happens.
 *
 * @typedef {object} Observer
 * @property {() => void} changed Something that the getters show has changed.
 * @property {(peer: Peer) => void} began There is somebody to talk to; not connected yet.
 * @property {() => void} ended The call is over.
 */

export class Call {
  /** @type {Notice | null} What went wrong or has to be known, until the next step. */
  notice = null;
  /** @type {Kinds} What we send: a person may have no camera, or not want one. */
  wanted = { audio: true, video: true };
  /** @type {Kinds} What is muted here. */
  muted = { audio: false, video: false };
  /** Whether the server cannot be reached at the moment. */
  serverAway = false;

  #observer;
  /** @type {"idle" | "starting" | "joining" | "full"} */
  #before = "idle";
  /** @type {Room | null} */
  #room = null;
  /** @type {Peer | null} */
  #peer = null;
  /** @type {LocalStream | null} */
  #local = null;
  /** @type {AbortController | null} */
  #starting = null;
  /** Whether Call was pressed here, and not there. */
  #outgoing = false;
  /** Whether the call of the page before this one goes on when the other person's page, which was loaded anew too, is back. */
  #callsBack = false;
  /** Whether this connection has been up, so that a loss of it is a loss. */
  #wasConnected = false;
  /** Counts the times that our devices were let go: what is opened for an earlier call is not wanted any more. */
  #released = 0;

  /**
   * @param {string} roomName
   * @param {Observer} observer
   */
  constructor(roomName, observer) {
    this.roomName = roomName;
    this.#observer = observer;
  }

  /** @returns {Phase} */
  get phase() {
    if (!this.#room) return this.#before;
    const peer = this.#peer;
    if (!peer) return this.#outgoing ? "calling" : "ready";
    switch (peer.state.phase) {
      case "connected":
      case "failed":
        return peer.state.phase;
      default:
        return this.#wasConnected ? "reconnecting" : this.#trying;
    }
  }

  /** What is tried again and how often, for the words of the phase. */
  get attempt() {
    return this.#peer?.state.attempt ?? 0;
  }

  /** Our own camera and microphone, while they are on. */
  get local() {
    return this.#local;
  }

  /** The other person's picture and sound, once it is there. */
  get remoteStream() {
    return this.#peer?.streams[0] ?? null;
  }

  /** What is muted at the other side, or not sent at all. */
  get theirsMuted() {
    return this.#peer?.muted ?? { audio: false, video: false };
  }

  /** @returns {Member | null} The other person, if in the room. */
  get other() {
    return this.#room?.members[0] ?? null;
  }

  /** Whether there is somebody to call. */
  get canCall() {
    return this.phase === "ready" && this.other !== null && !this.other.suspended;
  }

  /**
   * Opens camera and microphone and joins the room.
   *
   * @param {Kinds} wanted What to open; nothing at all is a call in which we only watch and listen.
   */
  async start(wanted = this.wanted) {
    if (this.#room || this.#starting) return;
    const starting = new AbortController();
    this.#starting = starting;
    this.wanted = wanted;
    this.notice = null;
    try {
      this.#enter("starting");
      await init();
      if (!(await this.#openDevices(starting.signal))) return this.#enter("idle");
      this.#enter("joining");
      await this.#join(starting.signal);
      this.#changed();
    } catch (error) {
      this.#closeDevices();
      if (starting.signal.aborted) return this.#enter("idle");
      const { full, notice } = joinHelp(error, () => this.start());
      this.notice = notice;
      this.#enter(full ? "full" : "idle");
    } finally {
      this.#starting = null;
    }
  }

  /** What is to go on when the page is loaded anew; null while nothing is. */
  get doing() {
    const called = this.#peer !== null || this.#outgoing || this.#callsBack;
    return this.#room && { room: this.roomName, wanted: this.wanted, muted: this.muted, called };
  }

  /**
   * Starts again after the page was loaded anew: as the same member of the room, whom the other person's page connects
   * with again where there was a call. One that is away may have been loaded anew too: then this page calls it.
   *
   * @param {{ wanted: Kinds, muted: Kinds, called: boolean }} before
   */
  async goOn({ wanted, muted, called }) {
    this.muted = muted;
    await this.start(wanted);
    this.#callsBack = called && this.other?.suspended === true;
  }

  /** Calls the other person, who answers without being asked. */
  async call() {
    const member = this.other;
    if (!this.#room || !member || !this.canCall) return;
    this.notice = null;
    this.#outgoing = true;
    this.#changed();
    // After a hang-up the camera was let go; it comes back before the call, to be in the first offer.
    await this.#openDevices();
    if (this.#outgoing && !this.#peer) this.#talkTo(this.#room.connect(member.id));
  }

  /** Ends the call; both stay in the room and can call again. */
  hangUp() {
    const peer = this.#peer;
    this.#end();
    peer?.close();
  }

  /** Leaves the room, and gives up a start that is still under way. */
  leave() {
    this.#starting?.abort();
    this.hangUp();
    this.#room?.leave();
    this.#room = null;
    this.serverAway = false;
    this.notice = null;
    this.#enter("idle");
  }

  /** Tries a failed connection again. */
  reconnect() {
    this.#peer?.reconnect();
  }

  /**
   * Mutes or unmutes our microphone ("audio") or camera ("video").
   *
   * @param {"audio" | "video"} kind
   * @param {boolean} muted
   */
  setMuted(kind, muted) {
    this.muted = { ...this.muted, [kind]: muted };
    this.#local?.setMuted(kind, muted);
    this.#changed();
  }

  /** @param {AbortSignal} signal */
  async #join(signal) {
    const late = setTimeout(() => {
      this.serverAway = true;
      this.#changed();
    }, PATIENCE_MS);
    try {
      const room = await Room.join({
        room: this.roomName,
        media: this.#local ?? undefined,
        connect: "manual",
        capacity: 2,
        reloadMs: RELOAD_MS,
        signal,
      });
      this.#room = room;
      this.#before = "idle";
      this.#listen(room);
    } finally {
      clearTimeout(late);
      this.serverAway = false;
    }
  }

  /** @param {Room} room */
  #listen(room) {
    const changed = () => this.#changed();
    room.addEventListener("memberjoin", changed);
    room.addEventListener("memberleave", changed);
    room.addEventListener("memberchange", () => {
      if (this.#callsBack && this.canCall) void this.call();
      changed();
    });
    room.addEventListener("error", ({ error }) => {
      this.notice = { tone: "warn", text: `The server refused something: ${error.message}` };
      changed();
    });
    room.addEventListener("peer", ({ peer }) => this.#talkTo(peer));
    room.addEventListener("signalingstate", ({ state }) => {
      this.serverAway = state.phase === "connecting" || state.phase === "waiting";
      if (state.phase === "failed" && this.#room === room) this.#refused(state.error);
      this.#changed();
    });
  }

  /**
   * The server does not let us in again: what is going on goes on, and then we are out.
   *
   * @param {unknown} error
   */
  #refused(error) {
    const again = () => {
      this.leave();
      void this.start();
    };
    this.notice = joinHelp(error, again).notice;
  }

  /**
   * Takes this peer as the one we talk to, whoever of us has called.
   *
   * @param {Peer} peer
   */
  #talkTo(peer) {
    const before = this.#peer;
    if (before === peer) return;
    this.#peer = peer;
    // One that is still waited for, while its place was taken by another person.
    before?.close();
    this.#callsBack = false;
    this.#wasConnected = false;
    this.notice = null;
    const changed = () => this.#changed();
    peer.addEventListener("statechange", () => {
      if (this.#peer !== peer) return;
      if (peer.state.phase === "connected") this.#wasConnected = true;
      changed();
    });
    peer.addEventListener("stream", changed);
    peer.addEventListener("streamremoved", changed);
    peer.addEventListener("media", changed);
    peer.addEventListener("close", ({ reason }) => {
      if (this.#peer !== peer) return;
      this.#end();
      this.notice = { tone: "info", text: endWords(reason) };
      changed();
    });
    this.#observer.began(peer);
    changed();
    void this.#openDevices();
  }

  /** The call is over: the camera's light goes off until the next one. */
  #end() {
    const talked = this.#peer !== null;
    this.#peer = null;
    this.#outgoing = false;
    this.#callsBack = false;
    this.#wasConnected = false;
    this.#closeDevices();
    if (talked) this.#observer.ended();
    this.#changed();
  }

  /**
   * Opens what is wanted and not open yet, and sends it into the room.
   *
   * @param {AbortSignal} [signal]
   * @returns {Promise<boolean>} False where it could not be opened; the notice then says why.
   */
  async #openDevices(signal) {
    const { audio, video } = this.wanted;
    if (this.#local || !(audio || video)) return true;
    const released = this.#released;
    try {
      const sound = { echoCancellation: true };
      const local = await getUserMedia(video ? { video, audio: audio && sound } : { audio: sound }, { signal });
      if (this.#local || this.#released !== released) {
        local.stop();
        return true;
      }
      this.#hold(local);
      this.#room?.publish(local);
      return true;
    } catch (error) {
      if (!signal?.aborted) this.notice = mediaHelp(error, (kinds) => this.#startWith(kinds));
      this.#changed();
      return false;
    }
  }

  /** @param {Kinds} kinds */
  #startWith(kinds) {
    this.wanted = kinds;
    this.notice = null;
    if (this.#room) void this.#openDevices();
    else void this.start(kinds);
  }

  /** @param {LocalStream} local */
  #hold(local) {
    this.#local = local;
    local.setMuted("audio", this.muted.audio);
    local.setMuted("video", this.muted.video);
    local.addEventListener("ended", ({ kind }) => {
      if (this.#local !== local) return;
      this.notice = deviceGone(kind, () => {
        this.#closeDevices();
        this.#startWith(this.wanted);
      });
      this.#changed();
    });
    this.#changed();
  }

  #closeDevices() {
    this.#released += 1;
    const local = this.#local;
    if (!local) return;
    this.#local = null;
    this.#room?.unpublish(local);
    local.stop();
  }

  /** @returns {"calling" | "answering"} */
  get #trying() {
    return this.#outgoing ? "calling" : "answering";
  }

  /** @param {"idle" | "starting" | "joining" | "full"} phase */
  #enter(phase) {
    this.#before = phase;
    this.#changed();
  }

  #changed() {
    this.#observer.changed();
  }
}
