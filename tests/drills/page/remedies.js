// What the sender of a picture, or its receiver, may do when the network is back, so that the next picture comes sooner.

/** @type {Record<string, (connection: RTCPeerConnection) => unknown>} */
export const remedies = {
  nothing: () => undefined,
  "the same track again": (connection) => Promise.all(senders(connection).map((sender) => sender.replaceTrack(sender.track))),
  "no track, then the track": (connection) =>
    Promise.all(
      senders(connection).map(async (sender) => {
        const { track } = sender;
        await sender.replaceTrack(null);
        await sender.replaceTrack(track);
      }),
    ),
  async "encoding inactive, then active"(connection) {
    await encodings(connection, (encoding) => (encoding.active = false));
    await encodings(connection, (encoding) => (encoding.active = true));
  },
  "picture a little smaller": (connection) =>
    encodings(connection, (encoding) => (encoding.scaleResolutionDownBy = (encoding.scaleResolutionDownBy ?? 1) * 1.1)),
  "a cap on the bitrate": (connection) => encodings(connection, (encoding) => (encoding.maxBitrate = 2_000_000)),
  "encodingOptions.keyFrame": (connection) =>
    Promise.all(
      senders(connection).map((sender) => {
        const parameters = sender.getParameters();
        return sender.setParameters(parameters, { encodingOptions: parameters.encodings.map(() => ({ keyFrame: true })) });
      }),
    ),
  "generateKeyFrame of the sender's transform": () => transforms.forEach((worker) => worker.postMessage("generateKeyFrame")),
  "sendKeyFrameRequest of the receiver's transform": () => transforms.forEach((worker) => worker.postMessage("sendKeyFrameRequest")),
};

/** What has to be in place from the beginning. */
export function prepare(remedy, connection) {
  if (!remedy?.includes("transform")) return;
  const ends = remedy.includes("receiver") ? connection.getReceivers() : senders(connection);
  for (const end of ends) {
    const worker = new Worker(URL.createObjectURL(new Blob([`(${passThrough})()`], { type: "text/javascript" })));
    end.transform = new RTCRtpScriptTransform(worker);
    worker.onmessage = ({ data }) => console.error(data);
    if ((end.track?.kind ?? "video") === "video") transforms.push(worker);
  }
}

const transforms = [];

/** Runs in the worker. */
function passThrough() {
  let transformer;
  self.onrtctransform = (event) => {
    transformer = event.transformer;
    transformer.readable.pipeTo(transformer.writable);
  };
  self.onmessage = async ({ data }) => {
    try {
      await transformer[data]();
    } catch (error) {
      postMessage(`${data}: ${error}`);
    }
  };
}

function senders(connection) {
  return connection.getSenders().filter(({ track }) => track?.kind === "video");
}

function encodings(connection, change) {
  return Promise.all(
    senders(connection).map((sender) => {
      const parameters = sender.getParameters();
      parameters.encodings.forEach(change);
      return sender.setParameters(parameters);
    }),
  );
}
