// A web application with Express: answers are cached, clients are limited, users have sessions.
//
//     npm install                                        (once, in examples/node)
//     redislab run examples/node/express_app.mjs 3000    then: curl -i http://127.0.0.1:3000/api/products
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisStore } from 'connect-redis';
import express from 'express';
import session from 'express-session';
import { createClient } from 'redis';

const redis = createClient({ url: process.env.REDIS_URL ?? 'redis://localhost:6379' });
redis.on('error', (error) => console.error('Redis:', error.message));
await redis.connect();
const app = express();
app.use(express.json());

/** Answer from the cache where it has the answer for this address, and else keep what the route sends. */
const cacheFor = (seconds) => async (request, response, next) => {
  const key = `page:${request.originalUrl}`;
  const kept = await redis.get(key);
  if (kept !== null) return response.set('X-Cache', 'hit').type('json').send(kept);
  const send = response.json.bind(response);
  response.set('X-Cache', 'miss').json = (body) => {
    // Only what went well is worth keeping. The client does not wait for it, so its errors are seen to here.
    if (response.statusCode === 200) redis.set(key, JSON.stringify(body), { EX: seconds }).catch(console.error);
    return send(body);
  };
  next();
};

/**
 * Let each address in so many times in each window of time. The count and its end are set in one transaction: were it
 * two steps and the program died between them, the counter would never end and its client would be locked out for good.
 */
const limit = (requests, seconds) => async (request, response, next) => {
  const key = `limit:${request.ip}`;
  const [count, , left] = await redis.multi().incr(key).expire(key, seconds, 'NX').ttl(key).exec();
  response.set('X-RateLimit-Remaining', String(Math.max(0, requests - count)));
  if (count > requests) return response.status(429).set('Retry-After', String(left)).json({ error: 'too many requests' });
  next();
};

// The cookie holds nothing but the session's name, signed; what belongs to it is in Redis, so any server can go on.
app.use(
  session({
    store: new RedisStore({ client: redis, prefix: 'session:' }),
    secret: process.env.SESSION_SECRET ?? 'only for trying it out',
    resave: false,
    saveUninitialized: false, // no session for those who only look
    cookie: { maxAge: 24 * 60 * 60 * 1000 },
  }),
);

app.get('/api/products', cacheFor(30), async (request, response) => {
  await sleep(50); // the database is slow today
  response.json([{ id: 1, name: 'Tea' }, { id: 2, name: 'Coffee' }]);
});

app.get('/api/search', limit(5, 60), (request, response) => response.json({ found: [] }));

app.post('/login', (request, response, next) => {
  // A new name for the session at log-in: one that somebody planted before is worth nothing.
  request.session.regenerate((error) => {
    if (error) return next(error);
    request.session.user = request.body.user;
    response.json({ user: request.body.user });
  });
});

app.get('/me', (request, response) => {
  if (!request.session.user) return response.status(401).json({ error: 'log in first' });
  request.session.visits = (request.session.visits ?? 0) + 1;
  response.json({ user: request.session.user, visits: request.session.visits });
});

app.post('/logout', (request, response, next) => {
  request.session.destroy((error) => (error ? next(error) : response.json({})));
});

const server = app.listen(Number(process.argv[2] ?? 3000), '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${server.address().port}`);
});
process.on('SIGTERM', () => server.close(() => redis.close()));
