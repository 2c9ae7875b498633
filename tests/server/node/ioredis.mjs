// ioredis as its users use it. Ends with "done" when all of it went as it should; REDIS_RESP is 2 or 3.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import Redis from 'ioredis';

const protocol = Number(process.env.REDIS_RESP ?? 3);
const connect = (more = {}) => new Redis(process.env.REDIS_URL, { protocol, ...more });
const redis = connect({ connectionName: 'tester' });

async function until(check) {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await check()) return;
    await sleep(10);
  }
  assert.fail(`it never came to this: ${check}`);
}

const parts = {
  async values() {
    assert.equal(await redis.set('name', 'Zoë', 'EX', 100), 'OK');
    assert.equal(await redis.get('name'), 'Zoë');
    assert.deepEqual(await redis.getBuffer('name'), Buffer.from('Zoë'));
    assert.equal(await redis.hset('h', { a: 1, b: 2 }), 2);
    assert.deepEqual(await redis.hgetall('h'), { a: '1', b: '2' });
    assert.equal(await redis.mset(new Map([['a', 1], ['b', 2]])), 'OK');
    assert.deepEqual(await redis.mget('a', 'none', 'b'), ['1', null, '2']);
    assert.equal(await redis.zadd('z', 1.5, 'x', 2, 'y'), 2);
    assert.deepEqual(await redis.zrange('z', 0, -1, 'WITHSCORES'), ['x', '1.5', 'y', '2']);
    await assert.rejects(redis.incr('name'), { message: 'ERR value is not an integer or out of range' });
  },

  async pipelinesAndTransactions() {
    const pipeline = redis.pipeline();
    for (let number = 0; number < 1000; number += 1) pipeline.set(`k:${number}`, number);
    assert.ok((await pipeline.exec()).every(([error, reply]) => error === null && reply === 'OK'));
    assert.deepEqual(await redis.multi().set('a', 1).incr('a').exec(), [[null, 'OK'], [null, 2]]);
    const [[, ok], [error]] = await redis.multi().set('a', 'x').lpush('a', 'y').exec();
    assert.equal(ok, 'OK');
    assert.match(error.message, /^WRONGTYPE/);
    await assert.rejects(redis.multi().set('a', 1).call('NOSUCH').exec(), /EXECABORT/);
    const other = connect();
    await redis.watch('stock');
    await other.set('stock', 1);
    assert.equal(await redis.multi().set('stock', 2).exec(), null);
    other.disconnect();
    const auto = connect({ enableAutoPipelining: true });
    assert.deepEqual(await Promise.all(Array.from({ length: 100 }, (_, number) => auto.get(`k:${number}`))),
      Array.from({ length: 100 }, (_, number) => String(number)));
    auto.disconnect();
  },

  async scripts() {
    redis.defineCommand('addTwice', {
      numberOfKeys: 1,
      lua: "redis.call('INCRBY', KEYS[1], ARGV[1]) return redis.call('INCRBY', KEYS[1], ARGV[1])",
    });
    assert.equal(await redis.addTwice('twice', 21), 42);
    await redis.script('FLUSH');
    assert.equal(await redis.addTwice('twice', 0), 42);
  },

  async scanning() {
    const found = new Set();
    for await (const keys of redis.scanStream({ match: 'k:*', count: 100 })) keys.forEach((key) => found.add(key));
    assert.equal(found.size, 1000);
  },

  async messages() {
    const listener = connect();
    const heard = [];
    listener.on('message', (channel, message) => heard.push([channel, message]));
    listener.on('pmessage', (pattern, channel, message) => heard.push([pattern, channel, message]));
    assert.equal(await listener.subscribe('news'), 1);
    assert.equal(await listener.psubscribe('user:*'), 2);
    await redis.publish('news', 'hello');
    await redis.publish('user:7', 'hi');
    await until(() => heard.length === 2);
    assert.deepEqual(heard, [['news', 'hello'], ['user:*', 'user:7', 'hi']]);
    listener.disconnect();
  },

  async waiting() {
    const waiter = connect();
    const popped = waiter.blpop('queue', 5);
    await redis.rpush('queue', 'job');
    assert.deepEqual(await popped, ['queue', 'job']);
    assert.equal(await waiter.blpop('queue', 0.02), null);
    waiter.disconnect();
  },

  async streams() {
    const id = await redis.xadd('events', '*', 'type', 'click');
    await redis.xgroup('CREATE', 'events', 'team', '0');
    const reply = await redis.xreadgroup('GROUP', 'team', 'ann', 'COUNT', 10, 'STREAMS', 'events', '>');
    assert.deepEqual(reply, [['events', [[id, ['type', 'click']]]]]);
    assert.equal(await redis.xack('events', 'team', id), 1);
  },

  async monitoring() {
    const monitor = await redis.monitor();
    const seen = [];
    monitor.on('monitor', (time, words) => seen.push(words.join(' ').toUpperCase()));
    await redis.set('watched', 'a b');
    await until(() => seen.includes('SET WATCHED A B'));
    monitor.disconnect();
  },

  async reconnecting() {
    const lost = connect({ retryStrategy: () => 10 });
    const first = await lost.client('ID');
    await redis.client('KILL', 'ID', first);
    await until(async () => (await lost.client('ID')) !== first);
    assert.equal(await redis.client('GETNAME'), 'tester');
    lost.disconnect();
    assert.equal(await redis.quit(), 'OK');
  },
};

for (const [name, part] of Object.entries(parts)) {
  try {
    await part();
  } catch (error) {
    console.log(`${name}:`, error);
    process.exit(1);
  }
}
console.log('done');
process.exit(0);
