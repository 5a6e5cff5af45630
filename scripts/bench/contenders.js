// What is compared, each behind the same few functions. Runs in a page of the demo's site.
//
// A contender's `connect(media)` gives two ends in one page, over signaling within the page, so that no network and no
// server is in the measure: `opened` when data may flow, `picture` when the second end shows the first frame.

/** rejoin, with a channel that has these options. */
const rejoin = (options) => async (media) => {
  const { LocalStream, Peer, init, memorySignaling } = await import("/rejoin/index.js");
  await init();
  const [left, right] = memorySignaling();
  // Its own tracks: a stream that rejoin owns is stopped with the peer.
  const own = media && LocalStream.from(media.clone());
  const a = Peer.connect(left, { media: own ?? undefined });
  const b = Peer.connect(right);
  const [sender, receiver] = [a, b].map((peer) => peer.channel("bench", options));
  const stream = new Promise((done) => {
    if (b.streams[0]) done(b.streams[0]);
    b.addEventListener("stream", (event) => done(event.stream), { once: true });
  });
  return {
    opened: Promise.all([sender.ready(), receiver.ready()]),
    stream,
    send: (data) => sender.send(data),
    receive: (take) => receiver.addEventListener("message", ({ data }) => take(data)),
    close: () => [a, b].forEach((peer) => peer.close()),
  };
};

/** @type {Record<string, (media: MediaStream | null) => Promise<object>>} */
export const contenders = {
  async "by hand"(media) {
    const a = new RTCPeerConnection();
    const b = new RTCPeerConnection();
    a.onicecandidate = ({ candidate }) => b.addIceCandidate(candidate ?? undefined).catch(() => {});
    b.onicecandidate = ({ candidate }) => a.addIceCandidate(candidate ?? undefined).catch(() => {});
    const channel = a.createDataChannel("bench");
    const other = new Promise((done) => (b.ondatachannel = (event) => done(event.channel)));
    const stream = new Promise((done) => (b.ontrack = ({ streams }) => done(streams[0])));
    for (const track of media?.getTracks() ?? []) a.addTrack(track, media);
    await a.setLocalDescription();
    await b.setRemoteDescription(a.localDescription);
    await b.setLocalDescription();
    await a.setRemoteDescription(b.localDescription);
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = 256 * 1024;
    return {
      opened: Promise.all([open(channel), other.then(open)]),
      stream,
      async send(data) {
        if (channel.bufferedAmount > 1024 * 1024) await new Promise((low) => (channel.onbufferedamountlow = low));
        channel.send(data);
      },
      receive: async (take) => ((await other).onmessage = ({ data }) => take(data)),
      close: () => [a, b].forEach((end) => end.close()),
    };
    function open(channel) {
      return channel.readyState === "open" ? undefined : new Promise((done) => (channel.onopen = done));
    }
  },

  rejoin: rejoin({}),
  "rejoin, durable": rejoin({ durable: true }),

  async "simple-peer"(media) {
    const { SimplePeer } = window;
    const a = new SimplePeer({ initiator: true, stream: media ?? undefined });
    const b = new SimplePeer();
    a.on("signal", (data) => b.signal(data));
    b.on("signal", (data) => a.signal(data));
    const opened = Promise.all([a, b].map((peer) => new Promise((done) => peer.on("connect", done))));
    return {
      opened,
      stream: new Promise((done) => b.on("stream", done)),
      async send(data) {
        if (!a.write(data)) await new Promise((drained) => a.once("drain", drained));
      },
      receive: (take) => b.on("data", take),
      close: () => [a, b].forEach((peer) => peer.destroy()),
    };
  },
};

/** From the call until data may flow, in ms. */
export async function connect(name) {
  const from = performance.now();
  const pair = await contenders[name](null);
  await pair.opened;
  const time = performance.now() - from;
  pair.close();
  return time;
}

/** From the call until the first frame of the other side, in ms. */
export async function picture(name) {
  window.camera ??= await navigator.mediaDevices.getUserMedia({ video: true, audio: true });
  const video = document.body.appendChild(Object.assign(document.createElement("video"), { muted: true }));
  const from = performance.now();
  const pair = await contenders[name](window.camera);
  video.srcObject = await pair.stream;
  void video.play();
  await new Promise((done) => video.requestVideoFrameCallback(done));
  const time = performance.now() - from;
  pair.close();
  video.remove();
  return time;
}

/** So many messages of so many bytes over one ordered reliable channel: messages per second. */
export async function messages(name, count, bytes) {
  const pair = await contenders[name](null);
  await pair.opened;
  let arrived = 0;
  const all = new Promise((done) =>
    pair.receive(() => {
      arrived += 1;
      if (arrived === count) done();
    }),
  );
  const data = new Uint8Array(bytes);
  const from = performance.now();
  for (let sent = 0; sent < count; sent++) await pair.send(data);
  await all;
  const seconds = (performance.now() - from) / 1000;
  pair.close();
  return count / seconds;
}
