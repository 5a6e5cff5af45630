import { LocalStreamHandle } from "../wasm/rejoin.js";
import { Emitter, type EventWith } from "../emitter.js";
import { call } from "../errors/from-wasm.js";
import { requireInit } from "../init.js";
import type { MediaKind } from "./constraints.js";
import { LocalTrack } from "./local-track.js";

/** The events of a {@link LocalStream}. */
export interface LocalStreamEventMap {
  /** A track delivers no more: the device is gone, the permission was taken back, or it was stopped here. */
  ended: EventWith<{ kind: MediaKind }>;
  /** The application muted or unmuted a kind of media; peers are told too. */
  mutechange: EventWith<{ kind: MediaKind; muted: boolean }>;
}

/**
 * Camera and microphone, or any other tracks of this page.
 *
 * The devices stay open until {@link stop}, or the end of a block with `using`.
 */
export class LocalStream extends Emitter<LocalStreamEventMap> {
  readonly #handle: LocalStreamHandle;
  /** The browser's own stream. */
  readonly mediaStream: MediaStream;
  /** Its tracks. */
  readonly tracks: readonly LocalTrack[];

  private constructor(handle: LocalStreamHandle) {
    super();
    this.#handle = handle;
    this.mediaStream = handle.raw();
    this.tracks = handle.tracks().map((track) => LocalTrack.wrap(track));
    handle.listen(this.heard);
  }

  /**
   * Takes over a stream or a track from elsewhere, such as a canvas, a file or a processed camera.
   *
   * From now on it is stopped by {@link stop}.
   *
   * @throws {@link NotInitializedError} before `await init()`.
   */
  static from(source: MediaStream | MediaStreamTrack): LocalStream {
    requireInit();
    return new LocalStream(
      call(() =>
        source instanceof MediaStream ? LocalStreamHandle.fromStream(source) : LocalStreamHandle.fromTrack(source),
      ),
    );
  }

  /** @internal */
  static wrap(handle: LocalStreamHandle): LocalStream {
    return new LocalStream(handle);
  }

  /** @internal */
  static handleOf(stream: LocalStream): LocalStreamHandle {
    return stream.#handle;
  }

  /** Whether nothing of this kind is seen or heard: every such track is switched off, has ended, or there is none. */
  isMuted(kind: MediaKind): boolean {
    return this.#handle.isMuted(kind);
  }

  /** Mutes or unmutes a kind of media; the device stays open. Peers it is published to are told. */
  setMuted(kind: MediaKind, muted: boolean): void {
    this.#handle.setMuted(kind, muted);
  }

  /** Whether no track delivers any more. */
  get ended(): boolean {
    return this.#handle.isEnded();
  }

  /** Gives camera and microphone back: the light goes off. Calling it again does nothing. */
  stop(): void {
    this.#handle.stop();
  }

  /** As {@link stop}, at the end of a block with `using`. */
  [Symbol.dispose](): void {
    this.stop();
  }
}
