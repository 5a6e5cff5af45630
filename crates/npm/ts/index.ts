/// <reference lib="esnext.disposable" preserve="true" />
// WebRTC that reconnects: everything a user of the package sees. Importing it runs nothing; start with `await init()`.

export { init } from "./init-beside.js";
export type { InitInput } from "./init.js";
export type { Emitter, EventWith, Listener, WaitOptions } from "./emitter.js";
export type { JsonValue } from "./json.js";

export { RejoinError } from "./errors/rejoin-error.js";
export { MediaError, type MediaErrorKind } from "./errors/media-error.js";
export { SignalingError } from "./errors/signaling-error.js";
export { ConnectionError } from "./errors/connection-error.js";
export { ChannelError, type ChannelErrorCode } from "./errors/channel-error.js";
export { ClosedError } from "./errors/closed-error.js";
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

export type { Signaling, SignalingListener } from "./signaling/signaling.js";
export { BroadcastSignaling } from "./signaling/broadcast.js";
export { memorySignaling } from "./signaling/memory.js";
export { SignalingClient, type SignalingClientEventMap, type SignalingOptions } from "./signaling/signaling-client.js";
export type { SignalingState } from "./signaling/state.js";
export type { Member } from "./signaling/member.js";

export { Room, type RoomEventMap, type RoomOptions } from "./room.js";
export { RoomChannel, type RoomChannelEventMap, type RoomMessage } from "./room-channel.js";
export { Peer, type ConnectionOptions, type IceOptions, type MutedKinds, type PeerEventMap, type PeerOptions, type PeerState, type RecoveryOptions, type TimelineEntry } from "./peer.js";
export { Channel, type ChannelData, type ChannelEventMap, type ChannelMessage, type ChannelOptions, type LostMessages } from "./channel.js";
