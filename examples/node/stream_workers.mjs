// Workers that share a stream: each order goes to one of them, and to another one if the first dies over it.
//
//     redislab run examples/node/stream_workers.mjs
import { createClient } from 'redis';

const STREAM = 'orders';
const GROUP = 'cooks';
const IDLE = 400; // an order that was taken so many milliseconds ago and not acknowledged is somebody else's now

async function connect() {
  const client = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' });
  client.on('error', (error) => console.error('Redis:', error.message));
  return client.connect();
}

const redis = await connect();
await redis.del(STREAM);
await redis.xGroupCreate(STREAM, GROUP, '0', { MKSTREAM: true });

const cooked = new Map();
let open = true;

async function cook(name) {
  const client = await connect(); // a waiting read holds its connection: each worker needs its own
  while (open) {
    const reply = await client.xReadGroup(GROUP, name, { key: STREAM, id: '>' }, { COUNT: 2, BLOCK: 50 });
    // Nothing new: look for what others left lying. XAUTOCLAIM makes it ours and counts the try.
    const orders = reply
      ? reply[0].messages
      : (await client.xAutoClaim(STREAM, GROUP, name, IDLE, '0-0', { COUNT: 2 })).messages;
    for (const { id, message } of orders) {
      if (message.dish === 'fugu' && name === 'ann') return client.destroy(); // dies without a word
      cooked.set(message.dish, name);
      await client.xAck(STREAM, GROUP, id);
    }
  }
  await client.close();
}

const dishes = ['fugu', ...Array.from({ length: 20 }, (_, number) => `soup ${number}`)];
await redis.xAdd(STREAM, '*', { dish: 'fugu' });
await cook('ann'); // she takes it, and is gone
const cooks = [cook('bob'), cook('cy')];
for (const dish of dishes.slice(1)) {
  // Orders come while the cooks work. The stream is kept short: what is done stays in it until it is trimmed.
  await redis.xAdd(STREAM, '*', { dish }, { TRIM: { strategy: 'MAXLEN', strategyModifier: '~', threshold: 10_000 } });
}
const end = Date.now() + 20_000;
while (cooked.size < dishes.length && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
open = false;
await Promise.all(cooks);

console.log(`${cooked.size} of ${dishes.length} orders cooked`);
console.log(`the fugu that ann left was cooked by somebody else: ${['bob', 'cy'].includes(cooked.get('fugu'))}`);
console.log(`still open: ${(await redis.xPending(STREAM, GROUP)).pending}`);
await redis.close();
