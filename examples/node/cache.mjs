// Keep slow answers for a while: the cache-aside pattern, and what happens when many ask at once.
//
//     redislab run examples/node/cache.mjs
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient } from 'redis';

const redis = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' });
redis.on('error', (error) => console.error('Redis:', error.message)); // without a listener an error ends the program
await redis.connect();

let queries = 0;
async function queryUser(id) {
  queries += 1;
  await sleep(50); // a database takes its time
  return id < 1000 ? { id, name: `User ${id}` } : null;
}

/** What `load` returns, kept for about so many seconds under `key`. null is an answer too, and kept like any other. */
async function cached(key, seconds, load) {
  const kept = await redis.get(key);
  if (kept !== null) return JSON.parse(kept);
  const value = await load();
  // A little chance in the lifetime: keys made together do not all vanish in the same moment.
  await redis.set(key, JSON.stringify(value), { PX: Math.round(seconds * 1000 * (0.9 + Math.random() / 5)) });
  return value;
}

/**
 * The same for keys that many want: when one is missing, the first who asks gets the lock and loads it, and all others
 * wait for what that one stores. Without it a popular key that ends sends everybody to the database at once.
 */
async function cachedOnce(key, seconds, load) {
  for (;;) {
    const kept = await redis.get(key);
    if (kept !== null) return JSON.parse(kept);
    // NX: only one gets it. PX: it ends by itself, should its holder die; it must be longer than loading ever takes.
    if (await redis.set(`${key}:lock`, '1', { NX: true, PX: 5000 })) {
      try {
        return await cached(key, seconds, load);
      } finally {
        await redis.del(`${key}:lock`);
      }
    }
    await sleep(10);
  }
}

for (const id of [7, 7, 4711, 4711]) console.log(id, await cached(`user:${id}`, 60, () => queryUser(id)));
console.log(`4 lookups, ${queries} queries`);

queries = 0;
await Promise.all(Array.from({ length: 100 }, () => cached('user:8', 60, () => queryUser(8))));
console.log(`100 lookups at once: ${queries} queries`);

queries = 0;
await Promise.all(Array.from({ length: 100 }, () => cachedOnce('user:9', 60, () => queryUser(9))));
console.log(`100 lookups at once, with a lock: ${queries} query`);

await redis.close();
