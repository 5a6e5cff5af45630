import { awaited } from "./errors/from-wasm.js";

/** @internal What `next` gives, one at a time and only when asked for; ends with the first undefined. */
export function pulled<T>(next: () => Promise<T | undefined>): AsyncIterableIterator<T> {
  let over = false;
  return {
    async next() {
      const value = over ? undefined : await awaited(next());
      return value === undefined ? { done: true, value } : { done: false, value };
    },
    async return() {
      over = true;
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
