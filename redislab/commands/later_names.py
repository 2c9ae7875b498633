"""The names that arguments of older commands have since Redis 7.2, where nothing else about them changed.

Usage lines as in the declarations (see `usage`), each of which takes the place of the command's own; where one goes on
in the next line, that is indented. Imported only by later versions.
"""

from __future__ import annotations

from redislab.commands.spec import changed

SINCE_72 = r"""
ACL CAT [category]
BITCOUNT key range=[start:int end:int unit=[BYTE | BIT]@7.0.0]
BITFIELD key operation=[get-block=(GET encoding offset:int) | write=(overflow-block=[OVERFLOW (WRAP | SAT | FAIL)]
    write-operation=(set-block=(SET encoding offset:int value:int) | incrby-block=(INCRBY encoding offset:int
    increment:int)))]...
BITFIELD_RO key get-block=[GET encoding offset:int]...*
BITPOS key bit:int range=[start:int end-unit-block=[end:int unit=[BYTE | BIT]@7.0.0]]
CLIENT KILL filter=(old-format~2.8.12 | new-format=([ID client-id:int]@2.8.12 | client-type=[TYPE (NORMAL |
    MASTER@3.2.0 | SLAVE | REPLICA@5.0.0 | PUBSUB)]@2.8.12 | [USER username] | [ADDR addr] | [LADDR laddr]@6.2.0 |
    skipme=[SKIPME (YES | NO)] | [MAXAGE maxage:int]@7.4.0)...)
CLIENT LIST client-type=[TYPE (NORMAL | MASTER | REPLICA | PUBSUB)]@5.0.0 [ID client-id:int]...@6.2.0
CLIENT REPLY action=(ON | OFF | SKIP)
CLIENT UNBLOCK client-id:int unblock-type=[TIMEOUT | ERROR]
CLUSTER ADDSLOTSRANGE range=(start-slot:int end-slot:int)...
CLUSTER DELSLOTSRANGE range=(start-slot:int end-slot:int)...
CLUSTER MEET ip port:int [cluster-bus-port:int]@4.0.0
CLUSTER RESET reset-type=[HARD | SOFT]
CLUSTER SETSLOT slot:int subcommand=((IMPORTING importing) | (MIGRATING migrating) | (NODE node) | STABLE)
COMMAND GETKEYS command [arg]...
COMMAND GETKEYSANDFLAGS command [arg]...
CONFIG GET parameter...
CONFIG SET data=(parameter value)...
FLUSHALL flush-type=[ASYNC@4.0.0 | SYNC@6.2.0]
FLUSHDB flush-type=[ASYNC@4.0.0 | SYNC@6.2.0]
FUNCTION FLUSH flush-type=[ASYNC | SYNC]
GEOADD key condition=[NX | XX]@6.2.0 change=[CH]@6.2.0 data=(longitude:float latitude:float member)...
GEOHASH key [member]...
GEOPOS key [member]...
GEORADIUS key longitude:float latitude:float radius:float unit=(M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH]
    count-block=[(COUNT count:int) [ANY]@6.2.0] order=[ASC | DESC] store=[(STORE storekey:key) | (STOREDIST
    storedistkey:key)]
GEORADIUS_RO key longitude:float latitude:float radius:float unit=(M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH]
    count-block=[(COUNT count:int) [ANY]@6.2.0] order=[ASC | DESC]
GEORADIUSBYMEMBER key member radius:float unit=(M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH]
    count-block=[(COUNT count:int) [ANY]] order=[ASC | DESC] store=[(STORE storekey:key) | (STOREDIST
    storedistkey:key)]
GEORADIUSBYMEMBER_RO key member radius:float unit=(M | KM | FT | MI) [WITHCOORD] [WITHDIST] [WITHHASH]
    count-block=[(COUNT count:int) [ANY]] order=[ASC | DESC]
GEOSEARCH key from=((FROMMEMBER member) | fromlonlat=(FROMLONLAT longitude:float latitude:float))
    by=(circle=((BYRADIUS radius:float) unit=(M | KM | FT | MI)) | box=((BYBOX width:float) height:float unit=(M | KM
    | FT | MI))) order=[ASC | DESC] count-block=[(COUNT count:int) [ANY]] [WITHCOORD] [WITHDIST] [WITHHASH]
GEOSEARCHSTORE destination:key source:key from=((FROMMEMBER member) | fromlonlat=(FROMLONLAT longitude:float
    latitude:float)) by=(circle=((BYRADIUS radius:float) unit=(M | KM | FT | MI)) | box=((BYBOX width:float)
    height:float unit=(M | KM | FT | MI))) order=[ASC | DESC] count-block=[(COUNT count:int) [ANY]] [STOREDIST]
HELLO arguments=[protover:int auth=[AUTH username password] [SETNAME clientname]]
HMSET key data=(field value)...
HSET key data=(field value)...
LCS key1:key key2:key#0 [LEN] [IDX] [MINMATCHLEN min-match-len:int] [WITHMATCHLEN]
MIGRATE host port:int key-selector=(key | empty-string="") destination-db:int timeout:int [COPY]@3.0.0 [REPLACE]@3.0.0
    authentication=[(AUTH auth)@4.0.7 | auth2=(AUTH2 username password)@6.0.0] [KEYS keys:key]...@3.0.6
MODULE LOADEX path configs=[CONFIG name value]...* [ARGS args]...
MSET data=(key value)...
MSETNX data=(key value)...
PFMERGE destkey:key [sourcekey:key]...
PSUBSCRIBE pattern:pattern...
SCRIPT FLUSH flush-type=[ASYNC | SYNC]@6.2.0
SHUTDOWN save-selector=[NOSAVE | SAVE] [NOW]@7.0.0 [FORCE]@7.0.0 [ABORT]@7.0.0
SORT key [BY by-pattern:pattern]#1 limit=[LIMIT offset:int count:int] [GET get-pattern:pattern]...*#1 order=[ASC |
    DESC] sorting=[ALPHA] [STORE destination:key]#2
SORT_RO key [BY by-pattern:pattern]#1 limit=[LIMIT offset:int count:int] [GET get-pattern:pattern]...*#1 order=[ASC |
    DESC] sorting=[ALPHA]
XCLAIM key group consumer min-idle-time id... [IDLE ms:int] [TIME unix-time-milliseconds:time] [RETRYCOUNT count:int]
    [FORCE] [JUSTID] [LASTID lastid]
XGROUP CREATE key group id-selector=(id | new-id=$) [MKSTREAM] [ENTRIESREAD entriesread:int]
XGROUP CREATECONSUMER key group consumer
XGROUP DELCONSUMER key group consumer
XGROUP DESTROY key group
XGROUP SETID key group id-selector=(id | new-id=$) [ENTRIESREAD entriesread:int]
XINFO CONSUMERS key group
XINFO STREAM key full-block=[{FULL [COUNT count:int]}]
XREADGROUP group-block=(GROUP group consumer) [COUNT count:int] [BLOCK milliseconds:int] [NOACK] streams=(STREAMS
    key... id...)
XSETID key last-id [ENTRIESADDED entries-added:int]@7.0.0 [MAXDELETEDID max-deleted-id]@7.0.0
ZADD key condition=[NX | XX]@3.0.2 comparison=[GT | LT]@6.2.0 change=[CH]@3.0.2 increment=[INCR]@3.0.2
    data=(score:float member)...
ZRANGE key start stop sortby=[BYSCORE | BYLEX]@6.2.0 [REV]@6.2.0 limit=[LIMIT offset:int count:int]@6.2.0 [WITHSCORES]
ZRANGEBYLEX key min max limit=[LIMIT offset:int count:int]
ZRANGEBYSCORE key min:float max:float [WITHSCORES]@2.0.0 limit=[LIMIT offset:int count:int]
ZRANGESTORE dst:key src:key min max sortby=[BYSCORE | BYLEX] [REV] limit=[LIMIT offset:int count:int]
ZRANK key member [WITHSCORE]
ZREVRANGEBYLEX key max min limit=[LIMIT offset:int count:int]
ZREVRANGEBYSCORE key max:float min:float [WITHSCORES] limit=[LIMIT offset:int count:int]
ZREVRANK key member [WITHSCORE]
"""
SINCE_74 = r"""
HSCAN key cursor:int [MATCH pattern:pattern] [COUNT count:int] [NOVALUES]
"""
PARENTS = frozenset(
    ("acl", "client", "cluster", "command", "config", "function", "module", "script", "xgroup", "xinfo")
)

for _since, _text in (("7.2.0", SINCE_72), ("7.4.0", SINCE_74)):
    for _line in _text.replace("\n    ", " ").strip().splitlines():
        _words = _line.lower().split(maxsplit=2)
        _name = "|".join(_words[:2]) if _words[0] in PARENTS else _words[0]
        changed(_name, since=_since, line=_line)(None)  # type: ignore[arg-type]
