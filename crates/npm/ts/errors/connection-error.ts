import { RejoinError } from "./rejoin-error.js";

/**
 * A connection to another side could not be made:
 *
 * - `"failed"`: all attempts failed; `reconnect()` tries again
 * - `"unknownMember"`: nobody of this id is in the room
 * - `"notJoined"`: the room has not been joined, or has been left
 */
export class ConnectionError extends RejoinError {
  override readonly name: string = "ConnectionError";
}
