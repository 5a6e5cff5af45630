// What a person would see and hear of a video element. These run in the page.

/** Five new frames of this video, of which the last is not black. */
export function watch(selector) {
  return new Promise((done, fail) => {
    const video = document.querySelector(selector);
    let frames = 0;
    const late = setTimeout(() => {
      const { readyState, paused, currentTime, videoWidth, srcObject } = video;
      const tracks = srcObject?.getTracks().map((track) => `${track.kind} ${track.readyState}${track.muted ? " muted" : ""}`);
      fail(new Error(`${selector}: ${frames} frames in 15 s; ${JSON.stringify({ readyState, paused, currentTime, videoWidth, tracks })}`));
    }, 15_000);
    const look = () => {
      if (++frames < 5) return video.requestVideoFrameCallback(look);
      const canvas = new OffscreenCanvas(32, 24);
      const context = canvas.getContext("2d");
      context.drawImage(video, 0, 0, 32, 24);
      const { data } = context.getImageData(0, 0, 32, 24);
      const brightest = data.reduce((most, value, index) => (index % 4 === 3 ? most : Math.max(most, value)), 0);
      if (brightest < 40) return video.requestVideoFrameCallback(look);
      clearTimeout(late);
      done({ width: video.videoWidth, height: video.videoHeight, brightest });
    };
    video.requestVideoFrameCallback(look);
  });
}

/**
 * Sound in what this video plays: the fake microphones of both browsers beep. By the level its receiver measures, for
 * a machine without a loudspeaker never runs an AudioContext in Firefox.
 */
export async function listen(selector) {
  const video = document.querySelector(selector);
  const levels = () => {
    const tracks = video.srcObject?.getAudioTracks() ?? [];
    const receivers = window.connections().flatMap((connection) => connection.getReceivers());
    const playing = receivers.filter(({ track }) => tracks.includes(track));
    return playing.flatMap((receiver) => receiver.getSynchronizationSources()).map(({ audioLevel }) => audioLevel ?? 0);
  };
  let loudest = 0;
  for (const end = performance.now() + 15_000; performance.now() < end; ) {
    loudest = Math.max(loudest, ...levels());
    if (loudest > 0.01 && !video.muted) return loudest;
    await new Promise((done) => setTimeout(done, 20));
  }
  throw new Error(`${selector}: silence for 15 s, at most ${loudest}${video.muted ? ", muted" : ""}`);
}
