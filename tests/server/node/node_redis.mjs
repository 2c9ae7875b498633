// node-redis as its users use it. Ends with "done" when all of it went as it should; REDIS_RESP is 2 or 3.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createClient, createClientPool, defineScript, RESP_TYPES, WatchError } from 'redis';

const url = process.env.REDIS_URL;
const RESP = Number(process.env.REDIS_RESP ?? 3);
const errors = [];
const connect = async (more = {}) => {
  const client = createClient({ url, RESP, ...more });
  client.on('error', (error) => errors.push(error));
  await client.connect();
  return client;
};

async function until(check) {
  for (let tries = 0; tries < 500; tries += 1) {
    if (await check()) return;
    await sleep(10);
  }
  assert.fail(`it never came to this: ${check}`);
}

const scripts = {
  addTwice: defineScript({
    SCRIPT: "redis.call('INCRBY', KEYS[1], ARGV[1]) return redis.call('INCRBY', KEYS[1], ARGV[1])",
    NUMBER_OF_KEYS: 1,
    parseCommand(parser, key, number) {
      parser.pushKey(key);
      parser.push(String(number));
    },
    transformReply: (reply) => reply,
  }),
};
const client = await connect({ scripts, name: 'tester' });

const parts = {
  async values() {
    assert.equal(await client.ping(), 'PONG');
    assert.equal(await client.set('name', 'Zoë'), 'OK');
    assert.equal(await client.get('name'), 'Zoë');
    assert.equal(await client.set('name', 'x', { NX: true }), null);
    assert.equal(await client.setEx('session', 3600, 'data'), 'OK');
    assert.ok((await client.ttl('session')) > 3590);
    assert.equal(await client.incrBy('n', 5), 5);
    assert.equal(await client.hSet('h', { a: '1', b: '2' }), 2);
    assert.deepEqual({ ...(await client.hGetAll('h')) }, { a: '1', b: '2' });
    assert.equal(await client.rPush('l', ['a', 'b', 'c']), 3);
    assert.deepEqual(await client.lRange('l', 0, -1), ['a', 'b', 'c']);
    assert.equal(await client.sAdd('s', ['a', 'b']), 2);
    assert.deepEqual([...(await client.sMembers('s'))].sort(), ['a', 'b']);
    assert.equal(await client.zAdd('z', [{ score: 1.5, value: 'x' }, { score: Infinity, value: 'y' }]), 2);
    assert.deepEqual(await client.zRangeWithScores('z', 0, -1), [
      { value: 'x', score: 1.5 },
      { value: 'y', score: Infinity },
    ]);
    assert.equal(await client.zScore('z', 'none'), null);
    assert.equal(await client.geoAdd('g', { longitude: 13.361389, latitude: 38.115556, member: 'Palermo' }), 1);
    await assert.rejects(client.incr('name'), { message: 'ERR value is not an integer or out of range' });
    await assert.rejects(client.sendCommand(['NOSUCH', 'a']), /unknown command 'NOSUCH', with args beginning with: 'a'/);
  },

  async bytes() {
    const raw = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));
    await raw.set('bytes', all);
    assert.deepEqual(await raw.get('bytes'), all);
    const dumped = await raw.dump('bytes');
    assert.equal(await raw.restore('copy', 0, dumped), 'OK');
    assert.deepEqual(await raw.get('copy'), all);
  },

  async pipelines() {
    const replies = await Promise.all(Array.from({ length: 2000 }, (_, number) => client.set(`k:${number}`, number)));
    assert.ok(replies.every((reply) => reply === 'OK'));
    const found = new Set();
    for await (const keys of client.scanIterator({ MATCH: 'k:*', COUNT: 100 })) keys.forEach((key) => found.add(key));
    assert.equal(found.size, 2000);
    assert.equal(await client.del([...found]), 2000);
  },

  async transactions() {
    assert.deepEqual(await client.multi().set('a', 1).incr('a').get('a').exec(), ['OK', 2, '2']);
    await assert.rejects(client.multi().set('a', 'x').lPush('a', 'y').exec());
    const other = await connect();
    await client.watch('stock');
    await other.set('stock', 1);
    await assert.rejects(client.multi().set('stock', 2).exec(), WatchError);
    assert.equal(await client.get('stock'), '1');
    other.destroy();
  },

  async scriptsAndFunctions() {
    assert.equal(await client.addTwice('twice', 21), 42);
    assert.equal(await client.addTwice('twice', 0), 42);
    assert.deepEqual(await client.eval("return {KEYS[1], ARGV[1], 3.9}", { keys: ['k'], arguments: ['v'] }), ['k', 'v', 3]);
    assert.equal(await client.functionLoad("#!lua name=lib\nredis.register_function('f', function(k, a) return #a end)"), 'lib');
    assert.equal(await client.fCall('f', { keys: [], arguments: ['a', 'b'] }), 2);
    await client.functionDelete('lib');
  },

  async messages() {
    const listener = client.duplicate();
    listener.on('error', (error) => errors.push(error));
    await listener.connect();
    const heard = [];
    await listener.subscribe('news', (message, channel) => heard.push([channel, message]));
    await listener.pSubscribe('user:*', (message, channel) => heard.push([channel, message]));
    assert.equal(await client.publish('news', 'hello'), 1);
    assert.equal(await client.publish('user:7', 'Grüße'), 1);
    await until(() => heard.length === 2);
    assert.deepEqual(heard, [['news', 'hello'], ['user:7', 'Grüße']]);
    if (RESP === 3) assert.equal(await listener.get('name'), 'Zoë');
    await listener.unsubscribe('news');
    await until(async () => (await client.publish('news', 'nobody')) === 0);
    await listener.sSubscribe('shard', (message) => heard.push(message));
    await client.sPublish('shard', 'part');
    await until(() => heard.includes('part'));
    listener.destroy();
  },

  async waiting() {
    const waiter = await connect();
    const popped = waiter.blPop('queue', 5);
    await client.rPush('queue', 'job');
    assert.deepEqual({ ...(await popped) }, { key: 'queue', element: 'job' });
    assert.equal(await waiter.blPop('queue', 0.02), null);
    waiter.destroy();
  },

  async streams() {
    const id = await client.xAdd('events', '*', { type: 'click', n: '1' });
    await client.xGroupCreate('events', 'team', '0', { MKSTREAM: true });
    const [stream] = await client.xReadGroup('team', 'ann', { key: 'events', id: '>' }, { COUNT: 10, BLOCK: 100 });
    assert.equal(stream.name, 'events');
    assert.deepEqual(stream.messages.map(({ id, message }) => [id, { ...message }]), [[id, { type: 'click', n: '1' }]]);
    assert.equal((await client.xPending('events', 'team')).pending, 1);
    assert.equal(await client.xAck('events', 'team', id), 1);
    assert.equal(await client.xReadGroup('team', 'ann', { key: 'events', id: '>' }, { BLOCK: 20 }), null);
    assert.equal((await client.xInfoStream('events')).length, 1);
    assert.equal((await client.xInfoGroups('events'))[0].name, 'team');
  },

  async pools() {
    const pool = createClientPool({ url, RESP }, { maximum: 4 });
    pool.on('error', (error) => errors.push(error));
    await pool.connect();
    await Promise.all(Array.from({ length: 100 }, () => pool.incr('pooled')));
    assert.equal(await client.get('pooled'), '100');
    await pool.close();
  },

  async reconnecting() {
    const lost = createClient({ url, RESP, socket: { reconnectStrategy: 10 } });
    const told = [];
    lost.on('error', (error) => told.push(error.message));
    await lost.connect();
    const first = await lost.clientId();
    await client.sendCommand(['CLIENT', 'KILL', 'ID', String(first)]);
    await until(async () => {
      try {
        return (await lost.clientId()) !== first;
      } catch {
        return false;
      }
    });
    assert.equal(told.length, 1);
    assert.match(told[0], /Socket closed unexpectedly|ECONNRESET/); // the latter if it was just sending
    lost.destroy();
  },

  async clientSideCaching() {
    if (RESP !== 3) return;
    const caching = await connect({ clientSideCache: { ttl: 0, maxEntries: 100, evictPolicy: 'LRU' } });
    const reads = async () => Number(/cmdstat_get:calls=(\d+)/.exec(await client.info('commandstats'))[1]);
    await client.set('cached', 'one');
    assert.equal(await caching.get('cached'), 'one');
    const before = await reads();
    for (let times = 0; times < 10; times += 1) assert.equal(await caching.get('cached'), 'one');
    assert.equal(await reads(), before);
    await client.set('cached', 'two');
    await until(async () => (await caching.get('cached')) === 'two');
    caching.destroy();
  },

  async names() {
    assert.equal(await client.clientGetName(), 'tester');
    assert.ok((await client.clientList()).some((each) => each.name === 'tester'));
    assert.equal((await client.configGet('maxmemory-policy'))['maxmemory-policy'], 'noeviction');
    assert.match(await client.info('server'), /redis_version:7\.0\.15/);
    assert.ok((await client.commandCount()) > 200);
    await client.close();
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
assert.deepEqual(errors, []);
console.log('done');
process.exit(0);
