import type { SignalingError } from "../errors/signaling-error.js";
import { withError } from "../values.js";

/** Where the connection to the signaling server stands. */
export interface SignalingState {
  /**
   * - `"connecting"`: the server is being called
   * - `"joined"`: in the room
   * - `"waiting"`: the next attempt comes by itself
   * - `"failed"`: given up; `reconnect()` of the client tries again, a room is left and joined again
   * - `"closed"`: left
   */
  readonly phase: "connecting" | "joined" | "waiting" | "failed" | "closed" | "unknown";
  /** While connecting or waiting: which attempt in a row, from 1. */
  readonly attempt?: number;
  /** While waiting: how long the whole wait is, in milliseconds, from the moment of this state. */
  readonly retryInMs?: number;
  /** While waiting: why there is no connection: `"unreachable"`, `"noWelcome"`, `"noPong"`, `"closed"`, `"goingAway"`, or a word of the server's. */
  readonly reason?: string;
  /** Where it has failed: why. */
  readonly error?: SignalingError;
}

/** @internal */
export function stateOf(raw: object): SignalingState {
  return withError(raw) as SignalingState;
}
