import { ChannelError } from "./errors/channel-error.js";

/** What JSON can hold. Members that are undefined are left out. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue | undefined };

/** @internal Values as JSON text. */
export function jsonText(value: JsonValue): string {
  try {
    const text: string | undefined = JSON.stringify(value);
    if (text !== undefined) return text;
  } catch (cause) {
    throw new ChannelError("the value has no JSON form", { code: "json", cause });
  }
  throw new ChannelError("the value has no JSON form", { code: "json" });
}

/** @internal The value of a JSON text from elsewhere; a text that is no JSON is its own value. */
export function jsonValue(text: string | undefined): JsonValue | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as JsonValue);
  } catch {
    return text;
  }
}
