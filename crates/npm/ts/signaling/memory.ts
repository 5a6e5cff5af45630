import type { Signaling, SignalingListener } from "./signaling.js";

/** Two ends within one page that carry messages to each other, in order and without loss: for tests and demonstrations. */
export function memorySignaling(): [Signaling, Signaling] {
  const listeners = [new Set<SignalingListener>(), new Set<SignalingListener>()] as const;
  const end = (own: Set<SignalingListener>, other: Set<SignalingListener>): Signaling => ({
    send(message) {
      queueMicrotask(() => other.forEach((listener) => listener.message(message)));
    },
    subscribe(listener) {
      own.add(listener);
      return () => void own.delete(listener);
    },
  });
  return [end(listeners[0], listeners[1]), end(listeners[1], listeners[0])];
}
