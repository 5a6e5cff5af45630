/**
 * Carries text messages to one other peer and back: bring your own, or take {@link BroadcastSignaling} or
 * {@link memorySignaling}.
 *
 * It may lose, double and reorder messages: rejoin numbers, acknowledges and resends them. What it must not do is
 * change them. A WebSocket, a `postMessage` between frames, an e-mail: anything will do.
 *
 * ```ts
 * const signaling: Signaling = {
 *   send: (message) => socket.send(message),
 *   subscribe(listener) {
 *     const got = (event: MessageEvent<string>) => listener.message(event.data);
 *     socket.addEventListener("message", got);
 *     return () => socket.removeEventListener("message", got);
 *   },
 * };
 * ```
 */
export interface Signaling {
  /** Hands over one message. Throws where it surely will not arrive; it is sent again later. */
  send(message: string): void;
  /** Starts to tell `listener` what happens, until the function it returns is called. */
  subscribe(listener: SignalingListener): () => void;
}

/** Whom a {@link Signaling} tells what happens. */
export interface SignalingListener {
  /** A message came. */
  message(text: string): void;
  /** Messages can be carried again; so it is taken to be at the start. */
  up(): void;
  /** Messages cannot be carried for now; attempts to reconnect wait for {@link up}. */
  down(): void;
}
