import { type JsonValue, jsonValue } from "../json.js";

/** Somebody in the room, connected with or not. */
export interface Member {
  /** The id the server gave it. */
  readonly id: string;
  /** What it tells about itself. */
  readonly info?: JsonValue;
  /** Whether its connection to the server is lost for the moment; it has a while to come back. */
  readonly suspended: boolean;
}

/** @internal */
export interface RawMember {
  id: string;
  info?: string;
  suspended: boolean;
}

/** @internal */
export function memberOf({ id, info, suspended }: RawMember): Member {
  return { id, suspended, ...(info !== undefined && { info: jsonValue(info) as JsonValue }) };
}
