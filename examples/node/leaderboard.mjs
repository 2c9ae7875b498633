// A leaderboard with ioredis: a sorted set keeps everybody in order, so that no query ever sorts.
//
//     redislab run examples/node/leaderboard.mjs
import Redis from 'ioredis';

const redis = new Redis(process.env.REDIS_URL ?? 'redis://localhost:6379');
const BOARD = 'board:2026';

/** Note a result. GT keeps the best one: a bad day does not cost a place. */
const record = (player, score) => redis.zadd(BOARD, 'GT', score, player);

/** The best players with their scores, best first. */
async function top(count) {
  const flat = await redis.zrange(BOARD, 0, count - 1, 'REV', 'WITHSCORES');
  return Array.from({ length: flat.length / 2 }, (_, place) => [flat[place * 2], Number(flat[place * 2 + 1])]);
}

/** A player's place, beginning with 1; null for who has not played. */
async function place(player) {
  const rank = await redis.zrevrank(BOARD, player);
  return rank === null ? null : rank + 1;
}

await redis.del(BOARD);
const results = [['ann', 310], ['bob', 250], ['cy', 310], ['dee', 90], ['eli', 400], ['bob', 120], ['dee', 260]];
await Promise.all(results.map(([player, score]) => record(player, score))); // sent at once, executed in this order
(await top(3)).forEach(([player, score], index) => console.log(`${index + 1}. ${player.padEnd(4)} ${score}`));
console.log(`bob is number ${await place('bob')}; zoe is number ${await place('zoe')}`);
console.log(`${await redis.zcount(BOARD, 300, '+inf')} players have 300 or more`);
await redis.quit();
