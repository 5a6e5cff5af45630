// What getStats says of the video both ways, in one flat object.

/** @param {RTCPeerConnection} connection */
export async function videoStats(connection) {
  const values = {};
  for (const entry of (await connection.getStats()).values()) {
    const take = (prefix, names) => names.forEach((name) => entry[name] !== undefined && (values[prefix + name] = entry[name]));
    if (entry.type === "outbound-rtp" && entry.kind === "video") {
      take("out.", ["framesEncoded", "keyFramesEncoded", "packetsSent", "retransmittedPacketsSent", "pliCount", "firCount", "nackCount", "targetBitrate", "qualityLimitationReason", "frameHeight"]);
    } else if (entry.type === "inbound-rtp" && entry.kind === "video") {
      take("in.", ["packetsReceived", "packetsLost", "framesReceived", "framesDecoded", "keyFramesDecoded", "framesDropped", "pliCount", "firCount", "nackCount"]);
    } else if (entry.type === "candidate-pair" && entry.nominated) take("pair.", ["availableOutgoingBitrate"]);
  }
  return values;
}
