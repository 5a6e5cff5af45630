// What to ask of cameras and microphones, as types on which a wrong combination cannot be written. The values go to
// the browser as they are: https://www.w3.org/TR/mediacapture-streams/#dom-mediatrackconstraints

/** What a track carries. */
export type MediaKind = "audio" | "video";

/** This value and no other: the request fails where no device has it. Stands alone. */
export interface Exact<T> {
  exact: T;
  ideal?: never;
  min?: never;
  max?: never;
}

/** No less than `min`, no more than `max`: the request fails where no device is within. */
export interface Bounds {
  min?: number;
  max?: number;
  exact?: never;
}

/** A number that is wanted (bare, or as `ideal`), or required (`exact`, or `min` and `max`, which may have an `ideal`). */
export type NumberConstraint = number | Exact<number> | (Bounds & { ideal?: number });

/** A value that is wanted (bare, or as `ideal`) or required (`exact`). */
export type ValueConstraint<T> = T | Exact<T> | { ideal: T; exact?: never };

/** A name, or any of several, that is wanted (bare, or as `ideal`) or required (`exact`). */
export type NameConstraint<T extends string = string> = ValueConstraint<T | readonly T[]>;

/** A requirement on a number within `advanced`, where an ideal would be ignored. */
export type RequiredNumber = Exact<number> | (Bounds & { ideal?: never });

/** Which way a camera looks; on phones `"user"` is the front camera and `"environment"` the back one. */
export type FacingMode = "user" | "environment" | "left" | "right";

/** Whether the browser may crop and scale to reach a size that the camera does not have. */
export type ResizeMode = "none" | "crop-and-scale";

/** Whether echo is taken out: as the browser likes (`true`), `"all"` the machine plays, or the call's alone (`"remote-only"`). */
export type EchoCancellation = boolean | "all" | "remote-only";

/** What to ask of a camera; nothing asked for means any camera, as the browser likes it. */
export interface VideoConstraints {
  /** Width of the picture in pixels. */
  width?: NumberConstraint;
  /** Height of the picture in pixels. */
  height?: NumberConstraint;
  /** Width over height, such as 16 / 9. */
  aspectRatio?: NumberConstraint;
  /** Frames a second. */
  frameRate?: NumberConstraint;
  /** Which way the camera looks. */
  facingMode?: NameConstraint<FacingMode>;
  /** Whether the browser may crop and scale. */
  resizeMode?: NameConstraint<ResizeMode>;
  /** The camera, by the id it has for this origin. */
  deviceId?: NameConstraint;
  /** The physical device the camera is part of, by the id it has for this document. */
  groupId?: NameConstraint;
  /** Then, in this order, sets of requirements: one that cannot be met is passed over as a whole. */
  advanced?: readonly VideoAdvanced[];
}

/** A set of requirements on a camera that is met as a whole or passed over; members as in {@link VideoConstraints}. */
export type VideoAdvanced = Advanced<VideoConstraints>;

/** What to ask of a microphone; nothing asked for means any microphone, as the browser likes it. */
export interface AudioConstraints {
  /** Whether what the machine plays is taken out of the sound. */
  echoCancellation?: ValueConstraint<EchoCancellation>;
  /** Whether steady noise is taken out of the sound. */
  noiseSuppression?: ValueConstraint<boolean>;
  /** Whether the browser keeps the loudness even. */
  autoGainControl?: ValueConstraint<boolean>;
  /** Samples a second. */
  sampleRate?: NumberConstraint;
  /** Bits a sample. */
  sampleSize?: NumberConstraint;
  /** 1 is mono, 2 is stereo. */
  channelCount?: NumberConstraint;
  /** From the microphone to the page, in seconds. */
  latency?: NumberConstraint;
  /** The microphone, by the id it has for this origin. */
  deviceId?: NameConstraint;
  /** The physical device the microphone is part of, by the id it has for this document. */
  groupId?: NameConstraint;
  /** Then, in this order, sets of requirements: one that cannot be met is passed over as a whole. */
  advanced?: readonly AudioAdvanced[];
}

/** A set of requirements on a microphone that is met as a whole or passed over; members as in {@link AudioConstraints}. */
export type AudioAdvanced = Advanced<AudioConstraints>;

/** What to ask getUserMedia for: audio, video or both, never neither. `true` means: as the browser likes it. */
export type MediaConstraints =
  | { audio: true | AudioConstraints; video?: boolean | VideoConstraints | undefined }
  | { audio?: boolean | AudioConstraints | undefined; video: true | VideoConstraints };

/** Every member as a requirement: `exact`, or bounds where it is a number. */
type Advanced<Constraints> = {
  [Name in Exclude<keyof Constraints, "advanced">]?: Required<NonNullable<Constraints[Name]>>;
};

type Required<Constraint> = Extract<Constraint, Exact<unknown>> | (number extends Constraint ? RequiredNumber : never);
