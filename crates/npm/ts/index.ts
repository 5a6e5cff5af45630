/// <reference lib="esnext.disposable" preserve="true" />
// WebRTC that reconnects: everything a user of the package sees. Importing it runs nothing; start with `await init()`.

export { init, type InitInput } from "./init.js";
export type { Emitter, Listener, EventsOptions } from "./emitter.js";

export { RejoinError } from "./errors/rejoin-error.js";
export { MediaError, type MediaErrorKind } from "./errors/media-error.js";
export { NotInitializedError } from "./errors/not-initialized-error.js";

export type {
  AudioAdvanced,
  AudioConstraints,
  Bounds,
  EchoCancellation,
  Exact,
  FacingMode,
  MediaConstraints,
  MediaKind,
  NameConstraint,
  NumberConstraint,
  ResizeMode,
  RequiredNumber,
  ValueConstraint,
  VideoAdvanced,
  VideoConstraints,
} from "./media/constraints.js";
export { getUserMedia, type GetUserMediaOptions } from "./media/get-user-media.js";
export { LocalStream, type LocalStreamEventMap } from "./media/local-stream.js";
export { LocalTrack, type LocalTrackEventMap } from "./media/local-track.js";
export { Attachment, attach, type AttachmentEventMap, type AttachmentState } from "./media/attachment.js";
