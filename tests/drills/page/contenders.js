// What is drilled, each behind the same few functions: `sendText`, `sendBytes`, and `ready` when the first can be sent.
import { LocalStream, Room, SignalingClient, init } from "rejoin";

export const contenders = { rejoin, "by hand": byHand, "simple-peer": simplePeer, PeerJS: peerJs };

async function rejoin({ room: name, signaling, iceServers, relayOnly }, media, on) {
  await init();
  const ice = { iceServers, iceTransportPolicy: relayOnly ? "relay" : "all" };
  const options = { url: signaling, room: name, media: LocalStream.from(media), reloadMs: 10_000, ...ice };
  const room = await Room.join(options);
  let numbers, bulk, peer;
  const ready = new Promise((done) => {
    const take = (next) => {
      if (next === peer) return;
      peer = next;
      const phase = () => on.state(next.state.phase);
      next.addEventListener("statechange", ({ state }) => {
        on.note("rejoin", { ...state });
        phase();
      });
      next.addEventListener("stream", ({ stream }) => on.stream(stream));
      next.addEventListener("streamremoved", ({ stream }) => on.streamGone(stream));
      next.addEventListener("replaced", () => on.note("replaced"));
      next.addEventListener("close", ({ reason }) => on.note("closed", { reason }));
      for (const stream of next.streams) on.stream(stream);
      numbers = next.channel("numbers", { durable: true });
      bulk = next.channel("bulk", { durable: true });
      numbers.addEventListener("message", ({ data }) => on.text(data));
      bulk.addEventListener("message", ({ data }) => on.bytes(data));
      numbers.addEventListener("statechange", ({ state }) => on.note("channel", { state }));
      numbers.ready().then(done, () => undefined);
      phase();
    };
    room.addEventListener("peer", ({ peer }) => take(peer));
    room.addEventListener("signalingstate", ({ state }) => on.server(state.phase));
    on.server(room.signalingState.phase);
    for (const peer of room.peers) take(peer);
  });
  return {
    ready,
    sendText: (text) => numbers.send(text),
    sendBytes: (bytes) => bulk.send(bytes),
    reconnect: () => peer.reconnect(),
    room,
  };
}

/** As the specification's examples have it: trickle, and an ICE restart when the browser says failed. The left side offers. */
async function byHand({ side, ...options }, media, on) {
  const carrier = await carry(options, on);
  const pc = new RTCPeerConnection({ iceServers: options.iceServers, iceTransportPolicy: options.relayOnly ? "relay" : "all" });
  const numbers = pc.createDataChannel("numbers", { negotiated: true, id: 1 });
  const bulk = pc.createDataChannel("bulk", { negotiated: true, id: 2 });
  bulk.binaryType = "arraybuffer";
  numbers.onmessage = ({ data }) => on.text(data);
  bulk.onmessage = ({ data }) => on.bytes(data);
  for (const track of media.getTracks()) pc.addTrack(track, media);
  on.made(pc);
  pc.ontrack = ({ streams }) => on.stream(streams[0]);
  pc.onicecandidate = ({ candidate }) => carrier.send({ candidate });
  pc.onconnectionstatechange = () => {
    on.state(pc.connectionState);
    if (pc.connectionState === "failed" && side === "left") pc.restartIce();
  };
  const offer = async () => {
    await pc.setLocalDescription();
    carrier.send({ description: pc.localDescription });
  };
  carrier.listen(async ({ description, candidate }) => {
    if (description) {
      await pc.setRemoteDescription(description);
      if (description.type === "offer") await offer();
    } else if (candidate) await pc.addIceCandidate(candidate);
  });
  if (side === "left") {
    pc.onnegotiationneeded = offer;
  }
  return {
    ready: opened(numbers),
    sendText: (text) => numbers.send(text),
    async sendBytes(bytes) {
      while (bulk.readyState === "open" && bulk.bufferedAmount > 256 * 1024) await new Promise((done) => setTimeout(done, 50));
      bulk.send(bytes);
    },
    reconnect: () => pc.restartIce(),
    pc,
  };
}

async function simplePeer({ side, ...options }, media, on) {
  const carrier = await carry(options, on);
  const peer = new window.SimplePeer({
    initiator: side === "left",
    stream: media,
    config: { iceServers: options.iceServers, iceTransportPolicy: options.relayOnly ? "relay" : "all" },
  });
  peer.on("signal", (data) => carrier.send(data));
  carrier.listen((data) => !peer.destroyed && peer.signal(data));
  peer.on("stream", on.stream);
  peer.on("data", (data) => {
    // It does not tell text from bytes.
    if (data.length < 1_000) on.text(new TextDecoder().decode(data));
    else on.bytes(data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength));
  });
  peer.on("iceStateChange", (state) => !peer.destroyed && on.state(state === "completed" ? "connected" : state));
  peer.on("close", () => on.state("closed"));
  peer.on("error", (error) => on.note("error", { message: error.message }));
  return {
    ready: new Promise((done) => peer.once("connect", done)),
    sendText: (text) => peer.send(text),
    async sendBytes(bytes) {
      while (!peer.destroyed && peer.bufferSize > 256 * 1024) await new Promise((done) => setTimeout(done, 50));
      peer.send(bytes);
    },
  };
}

async function peerJs({ room, side, peerjs, iceServers, relayOnly }, media, on) {
  const id = (side) => `${room}-${side}`;
  const config = { iceServers, iceTransportPolicy: relayOnly ? "relay" : "all" };
  const peer = new window.Peer(id(side), { ...peerjs, config });
  peer.on("error", (error) => on.note("error", { type: error.type, message: error.message }));
  peer.on("disconnected", () => on.server("waiting"));
  await new Promise((done) => peer.once("open", done));
  on.server("joined");
  let data;
  const ready = new Promise((done) => {
    const call = (connection) => {
      connection.on("stream", on.stream);
      connection.on("iceStateChanged", (state) => on.state(state === "completed" ? "connected" : state));
      connection.on("close", () => on.state("closed"));
    };
    const channel = (connection) => {
      data = connection;
      data.on("open", done);
      data.on("data", (data) => (typeof data === "string" ? on.text(data) : on.bytes(data)));
      data.on("close", () => on.note("data closed"));
    };
    if (side === "right") {
      peer.on("call", (connection) => {
        call(connection);
        connection.answer(media);
      });
      peer.on("connection", channel);
      return;
    }
    const dial = () => {
      call(peer.call(id("right"), media));
      channel(peer.connect(id("right"), { serialization: "raw", reliable: true }));
    };
    peer.on("error", ({ type }) => type === "peer-unavailable" && setTimeout(dial, 300));
    dial();
  });
  return {
    ready,
    sendText: (text) => data.send(text),
    async sendBytes(bytes) {
      while (data.open && data.dataChannel.bufferedAmount > 256 * 1024) await new Promise((done) => setTimeout(done, 50));
      data.send(bytes);
    },
  };
}

/** A text to the other one in the room, for those that bring no signaling; ready when both are there. */
async function carry({ room, signaling }, on) {
  await init();
  const client = SignalingClient.connect({ url: signaling, room });
  client.addEventListener("statechange", ({ state }) => on.server(state.phase));
  let other;
  const heard = [];
  let hear = (message) => heard.push(message);
  client.addEventListener("message", ({ data }) => hear(JSON.parse(data)));
  const met = new Promise((done) => {
    client.addEventListener("memberjoin", ({ member }) => {
      other = member.id;
      done();
    });
    client.addEventListener("memberleave", ({ memberId }) => on.note("member left", { memberId }));
  });
  await client.joined();
  on.server("joined");
  other ??= client.members[0]?.id;
  if (!other) await met;
  return {
    send(message) {
      try {
        client.send(other, JSON.stringify(message));
      } catch (error) {
        on.note("error", { message: error.message });
      }
    },
    listen(next) {
      hear = (message) => Promise.resolve(next(message)).catch((error) => on.note("error", { message: String(error) }));
      heard.forEach(hear);
    },
  };
}

function opened(channel) {
  return new Promise((done) => channel.addEventListener("open", done, { once: true }));
}
