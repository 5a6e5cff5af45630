import { errorOf } from "./errors/from-wasm.js";

/** @internal The values of an event, with an error as a class of this package. */
export function withError<T extends object>(values: T | undefined): T | undefined {
  return values && "error" in values ? { ...values, error: errorOf(values.error) } : values;
}
