import { RejoinError } from "./rejoin-error.js";

/** Something was used before `await init()`, or after an `init()` that failed. The code is `"notInitialized"`. */
export class NotInitializedError extends RejoinError {
  override readonly name: string = "NotInitializedError";

  constructor() {
    super("rejoin is not loaded yet: await init() first", { code: "notInitialized" });
  }
}
