// What a user's page may be: two peers connect in memory, and a message goes there and back.
import { type Channel, type ChannelData, init, memorySignaling, Peer } from "rejoin";

await init();
const within = { signal: AbortSignal.timeout(20_000) };
const [here, there] = memorySignaling();
const asking = Peer.connect(here).channel("words");
const answering = Peer.connect(there).channel("words");

const answered = next(answering).then((question) => answering.send(`you asked: ${question}`, within));
await asking.send("who is there?", within);
const answer = await next(asking);
await answered;
document.title = String(answer);

async function next(channel: Channel): Promise<ChannelData | undefined> {
  for await (const message of channel.messages(within)) return message;
  return undefined;
}
