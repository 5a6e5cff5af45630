import { RejoinError } from "./rejoin-error.js";

/**
 * The signaling server could not be used, or refused. The code is one of the server's:
 *
 * - `"roomFull"`, `"serverFull"`: no place is free
 * - `"notAllowed"`: the server does not let this page into this room; is the `token` right?
 * - `"tooLarge"`, `"tooFast"`: more was sent than the server takes
 * - `"unknownPeer"`: whom a message was for is not in the room just now; the message is gone
 * - `"badHello"`, `"badResume"`, `"badMessage"`: the server and this package do not understand each other
 *
 * or one of this page's:
 *
 * - `"address"`: the page may not connect to this address, or it is none
 * - `"notJoined"`: there is no connection now; it comes back by itself
 * - `"busy"`: the connection is slower than what is sent; send again later
 * - `"replaced"`: this id went on in another page
 * - `"kicked"`: the application has shown this side the door
 * - `"gaveUp"`: the attempts are used up; `reconnect()` of the client, or of the room, tries again
 *
 * or `"closed"`, or a word of a newer server.
 */
export class SignalingError extends RejoinError {
  override readonly name: string = "SignalingError";
}
