"""The grammar of random Lua programs: what each kind of piece may be. `lua_programs` makes programs of it.

A piece is Lua with places for further pieces, each named by `$` and a letter that is a key here. A kind has pieces
that stand alone, taken when a program has grown deep enough, and pieces with places of their own. What stands in a
list several times comes up more often.

What must not be in it:
- what does not end. A loop over a table that grows meanwhile keeps a real server busy until SCRIPT KILL; so does a
  handler of xpcall within which `load` fails, for that calls the handler again;
- what shows clocks or the collector, or is not the same twice on a real server: pcall() calls what happens to lie on
  the stack;
- a handler of xpcall that leaves something behind and fails. It is called until the stack of C is at its end, which
  comes one call earlier here.
"""

from __future__ import annotations

NAMES = ["a", "b", "c", "d"]
NUMBERS = [
    "#''", "1", "-1", "2", "3", "3.99", "-3.99", "0.1", "1e15", "2^53", "2^53+1", "-2^53-1", "2^63", "-2^63", "2^31",
    "2^32", "2^32-1", "1e300", "0/0", "1/0", "-1/0", "1e-7", "5e-324", "123456789012", "1e14+0.5", "1e17", "0x10",
    "-#''", "100", "#ARGV", "b", "255", "256", "65536",
]  # fmt: skip
INTEGERS = ["-5", "-2", "-1", "0", "1", "1", "2", "3", "5", "9", "20", "1.5", "'2'", "b"]
TEXTS = [
    "''", "'text'", "'1'", "' 2 '", "'0x10'", "'a,b'", "'\\r\\n'", "'\\0nul'", "'\\255'", "'h\u00e9'", "'1e5'", "'-'",
    "'nan'", "'inf'", "'-0'", "'a.b'", "'%d'", "'key = value'", "ARGV[1]", "ARGV[2]", "KEYS[1]", "c", "'ERR x'",
    "'A'", "'[1,{\"a\":2}]'", "'{\"a\":null}'", "'\\130\\1\\2'", "'return 1'", "'9007199254740993'", "'0.1'",
    "'\\9 x'",
]  # fmt: skip
TABLES = [
    "{}", "{1, 2, 3}", "{'x', y = 1}", "{1, nil, 3}", "{ok = 'FINE'}", "{err = 'MY problem'}", "{double = 1.5}",
    "{map = {a = 1}}", "{set = {a = true}}", "{big_number = '123'}", "{3, 1, 2}", "{'b', 'a'}", "{[3] = 1}", "a", "d",
    "{verbatim_string = {format = 'txt', string = 'x'}}", "KEYS", "ARGV", "{{1}, {2, {3}}}", "{a = 1, b = {c = 2}}",
    "{true, false}", "{[1.5] = 1}", "{[-1] = 1}", "{[2^53] = 1}", "{x = {y = {z = {}}}}", "{err = 5}", "{ok = 5}",
    "{err = 'E x', ok = 'x'}", "{double = 1/0}", "{double = 0/0}", "{double = -1/0}", "{double = 1e20}", "{map = {}}",
    "{err = ''}", "{ok = ''}", "{err = 'one two\\r\\nthree'}", "{ok = 'a\\r\\nb'}", "{big_number = '1\\r\\n2'}",
    "{err = '-MINUS x'}", "{err = 'x', lua_filename = 'f'}", "{[1] = 1, [1000] = 2}", "{set = {1, 2}}",
    "{double = 3}", "{map = {{1}, {2}}}", "{err = 'E x', source = 's', line = 7}", "{false}", "{nil, 1}",
    "{double = '1'}", "{1.5, '2'}",
]  # fmt: skip
ODD = [
    "nil", "true", "false", "function() end", "redis.call", "cjson.null", "unknown", "string",
    "coroutine.create(function() end)", "print", "math.huge", "math.pi", "string.format", "nil", "getmetatable('')",
    "redis.REDIS_VERSION_NUM", "redis.LOG_WARNING", "redis.REPL_ALL", "_VERSION", "function(...) return ... end",
]  # fmt: skip
TEXT_MAKERS = [
    "plain($E)", "tostring($N)", "string.upper($S)", "string.lower($S)", "string.reverse($S)", "string.rep($S, $I)",
    "string.sub($S, $I, $I)", "string.sub($S, $I)", "($S):sub($I)", "string.char($I, 65)", "string.char($N)",
    "($S .. $S)", "($S .. $N)", "($E .. $E)", "table.concat($T)", "table.concat($T, $S)", "table.concat($T, ',', $I)",
    "table.concat($T, $S, $I, $I)", "redis.sha1hex($S)", "redis.sha1hex({})", "cjson.encode($T)", "cjson.encode($E)",
    "cmsgpack.pack($D)", "cmsgpack.pack($D, $D)", "cmsgpack.pack($T)", "struct.pack('$P', $N)", "type($E)",
    "struct.pack('$P', $N, $S)", "struct.pack('$P$P', $N, $N)", "struct.pack('$P', $S)", "struct.pack('$P', $E, $E)",
    "bit.tohex($N)", "bit.tohex($N, $I)", "string.format('$F', $N)", "string.format('$F', $S)",
    "string.format($S, $E)", "string.format('$F', $E)", "string.format('x$F|$F', $N, $E)", "string.format('$F')",
    "(string.gsub($S, $S, $S))", "(string.gsub($S, '$L', $S))", "(string.gsub($S, '$L', $T))",
    "(string.gsub($S, '$L', function(...) return $E end))", "string.match($S, '$L')", "string.match($S, '$L', $I)",
    "cjson.encode({$E, $E})", "cjson.encode({k = $E})", "string.gsub($S, '$L', $S, $I)", "show(redis.pcall($C))",
    "string.format('%q', $S)", "($S):rep($I)", "type($T.ok)", "cjson.encode(cjson.decode($J))", "cjson.encode($N)",
    "cjson.encode({[$N] = $E})",
]  # fmt: skip
NUMBER_MAKERS = [
    "($N + $N)", "($N - $N)", "($N * $N)", "($N / $N)", "($N % $N)", "($N ^ $N)", "(-$N)", "(#$T)", "(#$S)",
    "($E + $E)", "(-$E)", "(#$E)", "math.floor($N)", "math.ceil($N)", "math.abs($N)", "math.sqrt($N)",
    "math.fmod($N, $N)", "math.max($N, $N)", "math.min($E, $N)", "math.pow($N, $N)", "math.modf($N)",
    "math.frexp($N)", "math.ldexp($N, $I)", "math.exp($I)", "math.log($N)", "math.log10($N)", "math.sin($N)",
    "seeded().random($N)", "seeded().random($I, $N)", "seeded().random()", "tonumber($S)", "tonumber($E)",
    "tonumber($S, $N)", "tonumber('z', $I)", "tonumber('7f', 16)", "bit.band($N, $N)", "bit.bor($N, $N, $N)",
    "bit.bxor($N, $E)", "bit.bnot($N)", "bit.lshift($N, $N)", "bit.tobit($N)", "bit.rshift($N, $N)",
    "bit.arshift($N, $I)", "bit.rol($N, $I)", "bit.ror($N, $I)", "bit.bswap($N)", "bit.tobit($E)", "string.len($S)",
    "string.byte($S)", "string.byte($S, $I)", "select('#', $E, $E)", "select($I, $E, $E)", "select($E)",
    "struct.size('$P')", "struct.size('$P$P')", "table.getn($T)", "table.maxn($T)", "($S + $N)", "($S * $S)",
    "math.fmod($E)", "redis.call('INCRBYFLOAT', 'f', $N)", "redis.setresp($I)", "redis.set_repl($I)",
    "math.deg($N)", "redis.set_repl(redis.REPL_NONE)", "math.cosh($N)", "math.atan2($N, $N)", "math.mod($N, $N)",
]  # fmt: skip
TABLE_MAKERS = [
    "{$E, $E}", "{$E, f = $E}", "{ok = $E}", "{err = $E}", "{double = $E}", "{map = $T}", "{set = $T}", "{map = $E}",
    "{big_number = $E}", "{verbatim_string = {format = $S, string = $S}}", "{verbatim_string = $E}", "{[$E] = $E}",
    "{double = $N}", "{$N, $N, $S}", "{$C}", "{pcall(error, $E)}", "{pcall($E)}", "{pcall($E, $E)}",
    "{pcall(redis.call, $C)}", "{pcall(redis.pcall, $C)}", "redis.pcall($C)", "redis.call($C)", "redis.pcall($C)",
    "{xpcall(function() return $E end, function(e) return $H end)}", "{xpcall($E, $O)}", "{xpcall($E)}", "{xpcall()}",
    "{xpcall(function() error($E) end, function(e) return type(e) == 'table' and e.err or e end)}", "{error = $E}",
    "{pcall(function(...) return ... end, $E, $E)}", "setmetatable($T, $E)", "setmetatable({}, {__index = $T})",
    "setmetatable($T, {__$M = function(...) return $E end})", "setmetatable($T, {__$M = $E})", "setmetatable({}, $T)",
    "redis.error_reply($E)", "redis.status_reply($E)", "redis.error_reply($S)", "redis.status_reply($S)",
    "{next($T)}", "{unpack($T)}", "{unpack($T, $I, $I)}", "{unpack($T, $I, $N)}", "{unpack($T, $N)}",
    "cjson.decode($J)", "cjson.decode($S)", "cjson.decode(cjson.encode($T))", "{cmsgpack.unpack($S)}",
    "{cmsgpack.unpack(cmsgpack.pack($D))}", "{cmsgpack.unpack_one(cmsgpack.pack($D, $D), $I)}",
    "{cmsgpack.unpack_limit(cmsgpack.pack($D, $D), $I, $I)}", "{cmsgpack.unpack('\\$X\\$X\\1\\2\\3')}",
    "{cmsgpack.unpack('\\$X' .. $S)}", "{struct.unpack('$P', $S)}", "{struct.unpack('$P', struct.pack('$P', $N))}",
    "{struct.unpack('$P', '\\$X\\$X\\$X\\$X\\0\\1\\2\\3')}", "{struct.unpack('$P$P', $S .. $S, $I)}",
    "{string.find($S, $S)}", "{string.find($S, '$L', $I)}", "{math.modf($N)}", "{string.find($S, $S, $I, true)}",
    "{string.byte($S, $I, $I)}", "{string.gsub($S, '$L', '%$I')}", "{math.frexp($N)}", "{table.remove($T)}",
    "{table.remove($T, $I)}", "nested($I)", "nested(150)", "{select($I, $E, $E)}", "{ipairs($E)}",
    "{coroutine.resume(coroutine.create(function(...) $B return ... end), $E)}", "{coroutine.status($E)}",
    "{pairs($E)}", "{coroutine.resume(coroutine.create(function() coroutine.yield($E) end))}",
    "{coroutine.resume($E)}", "{assert($E)}", "{coroutine.wrap(function() coroutine.yield($E) end)()}",
    "{coroutine.running()}", "{coroutine.yield($E)}", "{loadstring($S)}", "{pcall(loadstring('return ' .. $S))}",
    "{loadstring('return ...')($E)}", "{assert($E, $E)}", "{load(once(plain($E)))}", "{redis.acl_check_cmd($C)}",
    "{redis.log($E, $E)}", "{redis.log($I, $S)}", "{rawget($T, $E)}", "{rawequal($E, $E)}", "rawset($T, $E, $E)",
    "{getmetatable($E)}", "{table.foreach($T, $E)}", "{redis.breakpoint()}", "{redis.replicate_commands()}",
    "{redis.debug($E)}", "{redis.register_function($E, $E)}", "{string.match($S, '$L')}", "sorted($T)",
    "sorted($T, function(x, y) return $E end)", "{redis.log($I)}", "sorted($T, function(x, y) return x > y end)",
    "sorted($T, function(x, y) return true end)", "sorted($T, $E)",
    "sorted($T, function(x, y) return plain(x) < plain(y) end)", "{table.foreachi($T, function(...) return $E end)}",
]  # fmt: skip
ODD_MAKERS = [
    "($E == $E)", "($E < $E)", "($E <= $E)", "($N < $N)", "($S < $S)", "($E and $E)", "($E or $E)", "(not $E)",
    "($T)[$E]", "($T).$A", "($E).$A", "($E)[$E]", "$E($E)", "($S):$A()", "redis.$A", "string.$A", "_G[$E]", "_G.$A",
    "rawlen($T)", "getmetatable('').__index", "(function(...) return select('#', ...) end)($E, $E)", "unpack($T)",
    "(function() return $E end)()", "math[$S]", "#KEYS", "os.$A", "tostring(os)", "KEYS[$I]", "ARGV[$N]",
    "assert($E)",
]  # fmt: skip
JSON = [
    "'[1,2,3]'", "'{\"a\":[],\"b\":{}}'", "'[1e400]'", "'[1.5,-0,1e5]'", "'[null]'", "'nul'", "'[1,]'", "'{\"a\":}'",
    "'\"\\\\u00e9\"'", "'[\"\\\\ud83d\\\\ude00\"]'", "'[\"\\\\ud83d\"]'", "'[9007199254740993]'", "'[0x10]'",
    "'[01]'", "'[NaN]'", "'[inf]'", "'[-Infinity]'", "'  [ 1 , 2 ]  '", "'[1] x'", "'[\"\\1\"]'", "'[\"\\\\x\"]'",
    "'true'", "'12'", "'{\"1\":1,\"2\":2}'", "'{\"\":0}'", "'{1:2}'", "'[[[[[1]]]]]'",
    "string.rep('[', $I) .. string.rep(']', $I)", "''", "'{\"a\":1,\"a\":2}'",
    "'[\"\\\\/\\\\b\\\\f\\\\n\\\\r\\\\t\\\\\"\"]'", "'[+1]'", "'[.5]'", "'[1.]'", "'[-]'", "'[1e]'",
    "string.rep('[', 999) .. string.rep(']', 999)", "string.rep('[', 1001) .. string.rep(']', 1001)", "'[tru]'",
    "'\"a'", "'[\"\\\\u0000\"]'", "'[\"\\\\u12\"]'", "'[1 2]'", "'{\"a\" 1}'", "'[1e999,-1e999]'", "'[\"\\255\"]'",
    "$S", "$E",
]  # fmt: skip
STRUCT = [
    "b", "B", "h", "H", "i", "I", "l", "L", "f", "d", "s", "x", "i1", "I2", "i3", "I4", "i8", "I8", "i16", "i33",
    "c0", "c1", "c4", "c", "!4", "!", ">", "<", ">i4", "<I2", "=", "T", "j", " ", "!8d", "!2i4", "!3", "bxh", ">d",
    "Bc0", "i0", "hc0s",
]  # fmt: skip
FORMATS = [
    "%s", "%d", "%i", "%u", "%x", "%X", "%o", "%c", "%q", "%e", "%E", "%f", "%g", "%G", "%a", "%5.2f", "%-10s|",
    "%10s", "%.3s", "%+d", "% d", "%05d", "%#x", "%.0f", "%.17g", "%.14g", "%5", "%", "%%", "%.100f", "%100d", "%y",
    "%.20s", "%-5d|", "%.5d", "%#o", "%#g", "%10.3q", "%l", "%-+ #05d", "%-+ #00005d", "%1$d", "%.", "%5c", "%.99f",
    "%099d",
]  # fmt: skip
PATTERNS = [
    ".", "%a+", "%d*", "(%w)(%w)", "()", "%s-", "[a-z]", "[^a]", "^.", ".$", "(.)%1", "%b()", "%f[%w]", "[", "%", "(",
    ")", "%1", "[%a_]+", "[]]", "[^]]", "a-b", "x*", ".-", "(.-),", "%z", "[%", "(()", "%f", "%bx", "$", "^", "[a-]",
    "(a*(.)%w)", "%x%x", "%p", "%c", "%u", "%l", "[\\1-\\255]",
]  # fmt: skip
FIELDS = [
    "ok", "err", "f", "map", "set", "double", "format", "string", "unknown", "call", "insert", "upper", "len", "rep",
    "a", "x", "y", "null", "sort", "huge", "time", "clock", "pcall", "setresp", "big_number", "gfind", "KEYS",
]  # fmt: skip
EVENTS = [
    "index", "newindex", "call", "add", "concat", "unm", "len", "eq", "lt", "le", "tostring", "metatable", "mode",
    "gc",
]  # fmt: skip
CALLS = [
    "'HRANDFIELD', 'h', 9, 'WITHVALUES'", "'ZRANGEBYSCORE', 'z', '-inf', '+inf', 'WITHSCORES'",
    "'ZUNION', 1, 'z', 'WITHSCORES'", "'ZDIFF', 1, 'z', 'WITHSCORES'", "'ZRANDMEMBER', 'z', 9, 'WITHSCORES'",
    "'ZPOPMAX', 'z', 2", "'ZMPOP', 1, 'z', 'MAX'", "'XINFO', 'STREAM', 'x'", "'CONFIG', 'GET', 'maxmemory*'",
    "'COMMAND', 'GETKEYS', 'GET', 'a'", "'GEODIST', 'g', 'P', 'P'",
    "'GEOHASH', 'g', 'P', 'x'", "'ZADD', 'z', 'INCR', $N, 'i'", "'ZADD', 'z', 'NX', 'INCR', 1, 'a'",
    "'SORT', 'l', 'GET', '#', 'GET', 'x*'", "'LCS', 'a', 'a', 'IDX', 'WITHMATCHLEN'", "'COMMAND', 'DOCS', 'nosuch'",
    "'ROLE'", "'HINCRBYFLOAT', 'h', 'f', $N", "'SET', 'a', 'b', 'GET'", "'GETSET', 'a', 'x'",
    "'BITFIELD', 'n', 'OVERFLOW', 'FAIL', 'INCRBY', 'u2', 0, 9", "'BITPOS', 'n', 1", "'ZSCORE', 'z', 'i'",
    "'SPOP', 's', 9", "'SRANDMEMBER', 's', 9", "'XLEN', 'x'", "'XADD', 'x', '*'", "'XADD', 'x', '7-1', 'f', $S",
    "'XDEL', 'x', '5-0'", "'XACK', 'x', 'g', '5-0'", "'OBJECT', 'REFCOUNT', 'h'", "'ZRANGESTORE', 'z2', 'z', 0, -1",
    "'EXPIRETIME', 'missing'", "'LINSERT', 'l', 'BEFORE', 'b', $S", "'SETEX', 'a', $N, 'x'", "'LREM', 'l', 0, $S",
    "'SMISMEMBER', 'missing', 1", "'ZLEXCOUNT', 'z', '-', '+'", "'PUBSUB', 'CHANNELS'", "'MSETNX', 'a', 1", "'HELLO'",
    "'ASKING'", "'LATENCY', 'LATEST'", "'DEBUG', 'JMAP'", "'FUNCTION', 'DUMP'",
    "'SET', 'a', 'value'", "'GET', 'a'", "'GET', 'missing'", "'INCR', 'count'", "'INCR', 'a'", "'DEL', 'a', 'l'",
    "'HSET', 'h', 'f', 1, 'g', 2", "'HGETALL', 'h'", "'HMGET', 'h', 'f', 'x'", "'RPUSH', 'l', 'a', 'b', 'c'",
    "'LRANGE', 'l', 0, -1", "'LPOP', 'l', 2", "'LPOP', 'missing', 2", "'SADD', 's', 1, 2", "'SMEMBERS', 's'",
    "'ZADD', 'z', 1.5, 'a', 3, 'b'", "'ZSCORE', 'z', 'a'", "'ZRANGE', 'z', 0, -1, 'WITHSCORES'",
    "'ZADD', 'z', $N, 'n'", "'ZINCRBY', 'z', 0.1, 'c'", "'ZPOPMIN', 'z'", "'ZMSCORE', 'z', 'a', 'x'",
    "'GEOADD', 'g', 13.361389, 38.115556, 'P'", "'GEOPOS', 'g', 'P', 'x'", "'INCRBYFLOAT', 'f', 0.1", "'TYPE', 'h'",
    "'EXISTS', 'h', 'l'", "'PING'", "'ECHO', 3.5", "'ECHO', 1e15", "'ECHO', 2^60", "'ECHO', $N", "'ECHO', $S",
    "'ECHO', $E", "'SET', 'a', $S", "'SET', $S, $N", "$S, $S", "'BITFIELD', 'n', 'GET', 'u4', 0",
    "'XADD', 'x', '5-*', 'a', 1", "'XRANGE', 'x', '-', '+'", "'XINFO', 'GROUPS', 'x'", "'XREAD', 'STREAMS', 'x', '0'",
    "'LPUSH', 'a', 'x'", "'GET'", "'NOSUCH', 'x'", "'MULTI'", "'SET', 'a', 'v', 'EX'", "'OBJECT', 'ENCODING', 'h'",
    "'CONFIG', 'GET', 'save'", "'SELECT', 3", "'SELECT', 0", "'SELECT', 99", "'DBSIZE'", "'PUBLISH', 'channel', 'x'",
    "'BLPOP', 'l', 0", "'BLPOP', 'missing', 0", "'EVAL', 'return 1', 0", "'SORT', 'l', 'ALPHA'", "{}", "nil", "",
    "'GET', {}", "'GET', nil", "'SET', KEYS[1], ARGV[1]", "'APPEND', KEYS[1], a", "'ECHO', a", "unpack($T)",
    "'ECHO', plain(b)", "'EXPIRE', 'a', 1000", "'PERSIST', 'a'", "'WATCH', 'a'", "'SUBSCRIBE', 'x'",
    "'SCRIPT', 'FLUSH'", "'HELLO', 3", "'FCALL', 'f', 0", "'CLIENT', 'ID'", "'ACL', 'WHOAMI'", "'DEBUG', 'DIGEST'",
    "$E, $E", "'XGROUP', 'CREATE', 'x', 'g', '0'", "'XREADGROUP', 'GROUP', 'g', 'eve', 'STREAMS', 'x', '>'",
    "'COMMAND', 'COUNT'", "'MEMORY', 'USAGE', 'h'", "'SET', 'z2', 1", "'MGET', 'a', 'missing'",
    "'ZRANDMEMBER', 'z', 0", "'SPOP', 'missing'", "'HRANDFIELD', 'missing', 2", "'CONFIG', 'NOSUCH'",
    "'OBJECT', 'FREQ', 'a'", "'object', 'nosuch', 'a'", "'ZADD', 'z', 'x'", "'SETRANGE', 'a', $N % 9, 'x'",
    "'LINDEX', 'l', $N", "'HINCRBY', 'h', 'f', $N", "'EXPIRE', 'a', $N", "'CLUSTER', 'INFO'",
    "'GETEX', 'a'", "'GETDEL', 'a'", "'COPY', 'a', 'a2'", "'RENAME', 'missing', 'x'", "'LCS', 'a', 'a2', 'IDX'",
    "'TIME', 1", "'PFCOUNT', 'p'", "'PFADD', 'p', 1", "'SINTERCARD', 1, 's'", "'SMISMEMBER', 's', 1, 9",
    "'ZRANK', 'z', 'zz'", "'EXEC'", "'LMPOP', 1, 'l', 'LEFT'", "'ZMPOP', 1, 'missing', 'MIN'", "'BITCOUNT', 'a'",
    "'SUBSTR', 'a', 0, 1", "'WAIT', 0, 0", "'GEOSEARCH', 'g', 'FROMMEMBER', 'P', 'BYRADIUS', 1, 'km', 'WITHDIST'",
    "'XAUTOCLAIM', 'x', 'g', 'eve', 0, 0", "'XPENDING', 'x', 'g'", "'XPENDING', 'nogroup', 'g'",
    "'LPOS', 'l', 'b', 'COUNT', 0", "'HSTRLEN', 'h', 'f'", "'RESET'", "'FUNCTION', 'LIST'", "'AUTH', 'x'", "'QUIT'",
    "'CLIENT', 'NO-EVICT', 'on'", "'SPUBLISH', 'c', 'x'", "'TOUCH', 'a', 'h'",
]  # fmt: skip
SIMPLE = [
    "$V = $E", "$V = $E", "$V = $T", "$V = $N", "$V = $S", "$V = redis.call($C)", "$V = redis.pcall($C)",
    "redis.call($C)", "redis.pcall($C)", "redis.setresp(3)", "redis.setresp(2)", "redis.setresp($E)", "$V.f = $E",
    "error($E)", "assert($E, $E)", "if type($V) == 'table' then rawset(d, #d + 1, $E) end", "table.insert($V, $E)",
    "table.sort($V)", "error($E, $I % 4)", "table.insert($V, $I, $E)", "KEYS[$I] = $E", "ARGV[#ARGV + 1] = $S",
    "KEYS = $E", "$A = $E", "_G.$A = $E", "redis.log($I, $S)", "string.$A = $E", "setmetatable(_G, $T)",
    "getmetatable('').__index = $E", "setmetatable($V, $T)", "math.randomseed($N)", "local $V = $E", "redis.$A = $E",
    "getmetatable(_G).__index = $E", "rawset(_G, $S, $E)", "$V[$E] = $E", "table.remove($V)",
    "getmetatable('')[plain($S)] = $E", "cjson.$A = $E", "$V, $V = $V, $E", "table.setn($V, 1)",
    "redis.register_function($E, $E)",
]  # fmt: skip
BLOCKS = [
    "if $E then $B else $B end", "for i = 1, 3 do $B end", "for i = $N, $N do $B if i then break end end",
    "do $B end", "for place, each in ipairs($E) do $B if place > 5 then break end end", "repeat $B until true",
    "for name, each in pairs($T) do c = {name, each} end", "for word in string.gmatch($S, '$L') do c = word end",
    "$V = {pcall(function() $B end)}", "$V = {pcall(function(...) $B return ... end, $E)}",
    "$V = coroutine.wrap(function() $B return 1 end)()", "local function $V(...) $B return ... end",
    "$V = {xpcall(function() $B end, function(e) return type(e) == 'table' and e.err or e end)}",
    "$V = {xpcall(function() $B end, function(e) return $H end)}", "while $E do $B break end",
]  # fmt: skip
ENDS = [
    "return $E", "return $T", "return {a, b, c, d}", "return a", "return {pcall(cjson.encode, {a, b})}",
    "return redis.call($C)", "", "return show({a, b, c, d})", "return {show(a), $E}", "return $N",
    "return {$N, $S, $T}", "return redis.pcall($C)", "return $E, $E", "return unpack($T)",
    "return redis.error_reply($S)", "return {a, {b, {c, d}}}",
]  # fmt: skip

MISTAKES = [
    *"'\"()[]{}.,;:=~<>+-*/%^#\\0123456789 \n\r@!$&?`|_xe", " end ", " do ", "[[", "]]", "--", "--[[", "0x", "..",
    "...", "local ", "return ", "function ", " nil ", "h\u00e9", "1e", "'\\300'", "'\\x41'", " then ", " break ",
    "3..2", "[==[", "\0", " and ", " in ", " until ", "::x::", "goto x ", "{{", "0xg", "1.2.3", "~=", "==", "//",
    "<<", "\x7f", "\\\n", " not ",
]  # fmt: skip
"""What is put into a program somewhere, so that it is mostly none any more."""
HANDLED = [
    "e", "{e}", "e.err", "e .. 'x'", "nil", "error(e)", "(e + 1)", "type(e)", "e()", "e.err.x", "'handled'",
    "unknown",
]  # fmt: skip
DATA = ["$N", "$S", "$T", "a", "d", "true", "nil", "cjson.null", "function() end"]
BODIES = [
    "b = b + 1", "a = d", "error('inner')", "error({err = 'INNER'})", "redis.call('PING')", "redis.call('GET', 'l')",
]
BYTES = [0, 1, 127, 128, 129, 144, 145, 160, 161, *range(192, 225), 255]
"""Those with which MessagePack begins a value."""
STAND_ALONE = {
    "E": [*NUMBERS, *TEXTS, *TABLES, *ODD, *ODD, *NAMES * 8],
    "N": NUMBERS, "I": INTEGERS, "S": TEXTS, "T": TABLES, "V": NAMES, "J": JSON[:-2], "P": STRUCT, "F": FORMATS,
    "L": PATTERNS, "H": HANDLED, "D": DATA, "A": FIELDS, "M": EVENTS, "X": [str(byte) for byte in BYTES], "B": BODIES,
    "C": [call for call in CALLS if "$" not in call],
}  # fmt: skip
GROWN = {
    "E": ["$N", "$S", "$T", "$O", "$K"], "N": NUMBER_MAKERS, "S": TEXT_MAKERS, "T": TABLE_MAKERS, "J": JSON, "C": CALLS,
    "O": ODD_MAKERS, "K": ["redis.call($C)", "redis.pcall($C)"], "B": [*SIMPLE, "$B\n$B"],
}  # fmt: skip
