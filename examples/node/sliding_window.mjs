// A rate limit with a sliding window: at most so many requests in any stretch of so many milliseconds.
//
//     redislab run examples/node/sliding_window.mjs
//
// Each request leaves its time in a sorted set; what is older than the window is dropped. Looking and adding must be one
// step, or two requests at the same moment would both see the last free place: a script is one step.
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, defineScript } from 'redis';

const take = defineScript({
  NUMBER_OF_KEYS: 1,
  SCRIPT: `
    local window, limit = tonumber(ARGV[1]) * 1000, tonumber(ARGV[2])
    local time = redis.call('TIME')                       -- the server's clock: clients' clocks differ
    local now = time[1] * 1000000 + time[2]
    redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
    if redis.call('ZCARD', KEYS[1]) >= limit then return 0 end
    redis.call('ZADD', KEYS[1], now, ARGV[3])
    redis.call('PEXPIRE', KEYS[1], ARGV[1])
    return 1`,
  parseCommand(parser, who, windowMs, limit) {
    parser.pushKey(`window:${who}`);
    parser.push(String(windowMs), String(limit), crypto.randomUUID()); // a member of its own for each request
  },
  transformReply: (reply) => reply === 1,
});

const redis = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379', scripts: { take } });
redis.on('error', (error) => console.error('Redis:', error.message));
await redis.connect();
await redis.del(['window:ann', 'window:all']);

for (let number = 1; number <= 4; number += 1) {
  console.log(`request ${number}: ${(await redis.take('ann', 600, 3)) ? 'allowed' : 'refused'}`);
}
await sleep(610);
console.log(`a moment later: ${(await redis.take('ann', 600, 3)) ? 'allowed' : 'refused'}`);

const answers = await Promise.all(Array.from({ length: 50 }, () => redis.take('all', 10_000, 10)));
console.log(`50 at once, 10 places: ${answers.filter(Boolean).length} allowed`);
await redis.close();
