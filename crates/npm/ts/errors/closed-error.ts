import { RejoinError } from "./rejoin-error.js";

/** What was asked needs something that has been closed, by either side: make a new one. The code is `"closed"`. */
export class ClosedError extends RejoinError {
  override readonly name: string = "ClosedError";
  /** Why: of a peer as its `"close"` event, such as `"hungUp"` (here), `"remoteHungUp"` or `"peerGone"`; of a channel `"closed"`. */
  readonly reason: string;

  /** Errors are made by the package; a constructor is there so that tests can make them too. */
  constructor(message: string, reason: string) {
    super(message, { code: "closed" });
    this.reason = reason;
  }
}
