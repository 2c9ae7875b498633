// A chat room over pub/sub: what one says, all others who are there hear.
//
//     redislab run --port 6399 examples/node/chat.mjs kitchen ann
//     REDIS_URL=redis://127.0.0.1:6399 node examples/node/chat.mjs kitchen bob      (in another window)
//
// It talks with chat.py as well: a channel does not care who is on it.
import { createInterface } from 'node:readline';
import { createClient } from 'redis';

const [room, name] = process.argv.slice(2);
if (!name) {
  console.error('usage: chat.mjs ROOM NAME');
  process.exit(2);
}
const channel = `chat:${room}`;
const speaker = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' });
speaker.on('error', (error) => console.error('Redis:', error.message));
await speaker.connect();

// A client that subscribes is for listening; a duplicate has the same settings and a connection of its own.
const listener = speaker.duplicate();
listener.on('error', (error) => console.error('Redis:', error.message));
await listener.connect();
await listener.subscribe(channel, (message) => {
  const said = JSON.parse(message);
  if (said.name !== name) console.log(`<${said.name}> ${said.text}`);
});

console.log(`${name} is in the ${room}; end with Ctrl-D`);
for await (const line of createInterface({ input: process.stdin })) {
  const heardBy = await speaker.publish(channel, JSON.stringify({ name, text: line.trim() }));
  if (heardBy === 1) console.log('(nobody else is here)'); // PUBLISH says how many listened; one of them is ourselves
}
await listener.close();
await speaker.close();
