// What a user may write, and what the types refuse: compiled against the packed package, never run.
import {
  type MediaConstraints,
  MediaError,
  type Signaling,
  BroadcastSignaling,
  ChannelError,
  ClosedError,
  LocalStream,
  Peer,
  RejoinError,
  Room,
  SignalingClient,
  attach,
  getUserMedia,
  init,
  memorySignaling,
} from "rejoin";

export async function call(video: HTMLVideoElement, signal: AbortSignal): Promise<string> {
  await init();
  await init(new URL("https://example.org/rejoin_bg.wasm"));
  const local: LocalStream = await getUserMedia({ video: { width: { min: 640, ideal: 1280 }, facingMode: "user" }, audio: true }, { signal });
  local.addEventListener("ended", ({ kind }) => kind === "audio" || kind === "video");
  local.setMuted("audio", !local.isMuted("audio"));
  const attachment = attach(video, local);
  attachment.addEventListener("blocked", () => void attachment.retry());

  const room = await Room.join({ room: "tea", media: local, connect: "manual", info: { name: "Ann", age: 7 }, signal });
  room.addEventListener("peer", ({ peer }) => {
    peer.addEventListener("stream", ({ stream }) => attach(video, stream).detach());
    peer.addEventListener("close", ({ reason }) => reason.length);
  });
  const once = (event: Event) => event.type;
  room.addEventListener("signalingstate", once, { once: true, signal });
  room.removeEventListener("signalingstate", once);
  for await (const { member } of room.events(["memberjoin", "memberchange"], { signal })) {
    const peer: Peer = room.connect(member.id);
    await peer.connected({ signal });
    const chat = peer.channel("chat", { ordered: false, maxRetransmits: 0 });
    const orders = peer.channel("orders", { durable: true });
    orders.addEventListener("lost", ({ direction, from, to }) => console.log(direction, from, to ?? "and all after it"));
    orders.addEventListener("paused", () => orders.abort());
    await orders.close();
    await chat.send(new Uint8Array([1, 2, 3]), { signal });
    await chat.sendJson({ text: "hello", at: [1, null] });
    for await (const message of chat) return typeof message === "string" ? message : String(message.byteLength);
  }
  for await (const { from, data } of room.channel("all")) return from + (typeof data === "string" ? data : "");

  const [here] = memorySignaling();
  const carriers: Signaling[] = [here, new BroadcastSignaling("tabs")];
  const peers = carriers.map((signaling) => Peer.connect(signaling, { media: local, iceServers: [{ urls: "stun:stun.example.org" }] }));
  const client = SignalingClient.connect({ room: "tea", url: "wss://example.org/ws", reloadMs: 10_000 });
  client.addEventListener("message", ({ from, data }) => client.send(from, data));
  return peers.map(({ state }) => `${state.phase} ${state.retryInMs ?? 0}`).join();
}

export function help(error: unknown): string {
  if (error instanceof MediaError) return error.kind === "overconstrained" ? `${error.constraint}` : error.advice;
  if (error instanceof ChannelError) return error.code === "tooLarge" ? "split it" : error.message;
  if (error instanceof ClosedError) return error.reason;
  return error instanceof RejoinError && error.retryable ? error.code : String(error);
}

export const wrong: MediaConstraints[] = [
  // @ts-expect-error neither audio nor video
  {},
  // @ts-expect-error neither audio nor video
  { audio: false, video: false },
  // @ts-expect-error exact stands alone
  { video: { width: { exact: 1280, ideal: 640 } } },
  // @ts-expect-error exact stands alone
  { video: { frameRate: { exact: 30, max: 60 } } },
  // @ts-expect-error a name has no bounds
  { video: { facingMode: { min: "user" } } },
  // @ts-expect-error no such direction
  { video: { facingMode: "upwards" } },
  // @ts-expect-error an ideal means nothing within advanced
  { video: { advanced: [{ width: { ideal: 640 } }] } },
  // @ts-expect-error no such member
  { audio: { loudness: 11 } },
];

export function refused(room: Room, peer: Peer): void {
  // @ts-expect-error no such event
  room.addEventListener("peers", () => {});
  // @ts-expect-error the event has no such member
  room.addEventListener("peer", ({ member }) => member);
  // @ts-expect-error the two limits exclude each other
  peer.channel("chat", { maxRetransmits: 1, maxPacketLifeTimeMs: 100 });
  // @ts-expect-error what is durable has no limit
  peer.channel("chat", { durable: true, maxRetransmits: 1 });
  // @ts-expect-error peers are made by rooms and by Peer.connect
  new Peer();
  // @ts-expect-error what is read-only is not written
  peer.state = { phase: "connected" };
}
