import type { LocalTrackHandle } from "../wasm/rejoin.js";
import { Emitter, type EventWith } from "../emitter.js";
import { awaited } from "../errors/from-wasm.js";
import type { AudioConstraints, MediaKind, VideoConstraints } from "./constraints.js";

/** The events of a {@link LocalTrack}. */
export interface LocalTrackEventMap {
  /** The track delivers no more: the device is gone, the permission was taken back, or it was stopped here. The last event. */
  ended: Event;
  /** The browser interrupted the device: the system's switch, or a phone's screen that went off. */
  mute: Event;
  /** The interruption is over. */
  unmute: Event;
  /** It was switched on or off by {@link LocalTrack.enabled} or {@link LocalStream.setMuted}. */
  enabledchange: EventWith<{ enabled: boolean }>;
}

/** The track of one camera or microphone; part of a {@link LocalStream}. */
export class LocalTrack extends Emitter<LocalTrackEventMap> {
  readonly #handle: LocalTrackHandle;
  /** The browser's own track. Switch and stop it here rather than there: nobody is told of what is done there. */
  readonly mediaStreamTrack: MediaStreamTrack;

  private constructor(handle: LocalTrackHandle) {
    super();
    this.#handle = handle;
    this.mediaStreamTrack = handle.raw();
    handle.listen(this.heard);
  }

  /** @internal */
  static wrap(handle: LocalTrackHandle): LocalTrack {
    return new LocalTrack(handle);
  }

  /** Audio or video. */
  get kind(): MediaKind {
    return this.mediaStreamTrack.kind as MediaKind;
  }

  /** The browser's id for the track. */
  get id(): string {
    return this.mediaStreamTrack.id;
  }

  /** The name of the device, as the system shows it. */
  get label(): string {
    return this.mediaStreamTrack.label;
  }

  /** Whether it delivers pictures or sound; off, it delivers black or silence and the device stays open. Default: true. */
  get enabled(): boolean {
    return this.mediaStreamTrack.enabled;
  }

  set enabled(enabled: boolean) {
    this.#handle.setEnabled(enabled);
  }

  /** Whether the browser has interrupted the device. Not the application's doing: that is {@link enabled}. */
  get muted(): boolean {
    return this.mediaStreamTrack.muted;
  }

  /** Whether it delivers no more, for good. */
  get ended(): boolean {
    return this.#handle.isEnded();
  }

  /** What the device delivers at the moment. */
  get settings(): MediaTrackSettings {
    return this.mediaStreamTrack.getSettings();
  }

  /** What matters in the track, such as `"motion"`, `"detail"`, `"speech"` or `"music"`. Default: `""`, the browser decides. */
  get contentHint(): string {
    return this.mediaStreamTrack.contentHint;
  }

  set contentHint(hint: string) {
    this.mediaStreamTrack.contentHint = hint;
  }

  /**
   * Asks the device for something else; what was asked for before is forgotten.
   *
   * @throws {@link MediaError} of the kind `"overconstrained"` where the device cannot; all stays as it was.
   */
  applyConstraints(constraints: VideoConstraints | AudioConstraints): Promise<void> {
    return awaited(this.#handle.applyConstraints(constraints));
  }

  /** Gives the device back: the light goes off. Calling it again does nothing. */
  stop(): void {
    this.#handle.stop();
  }
}
