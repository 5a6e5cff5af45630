// @ts-check
// The name of the room: in the address, so that the link is the invitation.

/**
 * The room that the address names, or a fresh one that nobody can guess, which is then put into the address.
 *
 * @returns {string}
 */
export function roomFromAddress() {
  const address = new URL(location.href);
  const named = address.searchParams.get("room");
  if (named !== null && isRoomName(named)) return named;
  const room = freshRoomName();
  address.searchParams.set("room", room);
  history.replaceState(history.state, "", address);
  return room;
}

/**
 * The link that brings another person into this room.
 *
 * @param {string} room
 * @returns {string}
 */
export function invitation(room) {
  const address = new URL(location.pathname, location.origin);
  address.searchParams.set("room", room);
  return address.href;
}

/**
 * Whether the server takes it: 1 to 128 characters that need no escaping in an address.
 *
 * @param {string} name
 */
function isRoomName(name) {
  return /^[A-Za-z0-9._~-]{1,128}$/.test(name);
}

/** 128 random bits in 22 characters: who does not have the link does not find the room. */
function freshRoomName() {
  const bits = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bits))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
