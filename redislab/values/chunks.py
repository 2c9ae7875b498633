"""Members ranked by score: the order behind a sorted set, kept in chunks.

One sorted list would do, were it not that inserting into a list of a million elements moves half a million of them.
So the order is cut into chunks of some hundred members. A chunk is two parallel lists: the members, which are the very
objects the dictionary of the sorted set holds, and their scores as an array of C doubles, which costs eight bytes for
a score and lets a binary search run through neighbouring memory. Finding a place means a search among the highest
scores of the chunks and one inside a chunk.

The rank of a member is the number of members in the chunks before its own. To add up few numbers however many chunks
there are, sizes are also kept per block of chunks: the sum of whole blocks, and of the sizes inside the last one.

The order is that of Redis: by score, then by the bytes of the member. Nothing here knows encodings or limits.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from operator import itemgetter

__all__ = ["Ranking"]

LARGEST = 1024
"""A chunk that grows beyond this is cut in two."""

FULL = 640
"""The size of chunks that are built at once: about what chunks have after insertions at random places."""

SMALLEST = 256
"""A chunk that shrinks below this is joined with its neighbour when the two fit well into one."""

BLOCK_SHIFT = 5
BLOCK = 1 << BLOCK_SHIFT
"""A block is 32 chunks: with a million members there are some 50 blocks, so both sums are short."""

last = itemgetter(-1)


class Ranking:
    """Pairs of score and member in order. The caller knows the score of each member and never adds one twice."""

    __slots__ = ("_blocks", "_ends", "_members", "_scores", "_sizes", "_tops")

    _ends: list[int] | None
    """The rank after the last of each block, if it was asked for since a size changed."""

    def __init__(self) -> None:
        self._scores: list[array[float]] = []
        self._members: list[list[bytes]] = []
        self._tops: list[float] = []
        self._sizes: list[int] = []
        self._blocks: list[int] = []
        self._ends = None

    @classmethod
    def from_pairs(cls, pairs: list[tuple[float, bytes]]) -> Ranking:
        """A ranking of pairs that are in order already."""
        result = cls()
        for start in range(0, len(pairs), FULL):
            part = pairs[start : start + FULL]
            result._scores.append(array("d", [score for score, _ in part]))
            result._members.append([member for _, member in part])
        result._recount()
        return result

    def copy(self) -> Ranking:
        """An independent ranking of the same members."""
        twin = Ranking.__new__(Ranking)
        twin._scores = [scores[:] for scores in self._scores]
        twin._members = [members[:] for members in self._members]
        twin._tops = self._tops[:]
        twin._sizes = self._sizes[:]
        twin._blocks = self._blocks[:]
        twin._ends = None
        return twin

    # -- one member -------------------------------------------------------------------------------

    def insert(self, score: float, member: bytes) -> None:
        """Puts a member where it belongs. It must not be there."""
        if not self._tops:
            self._scores.append(array("d", (score,)))
            self._members.append([member])
            self._tops, self._sizes, self._blocks = [score], [1], [1]
            return
        chunk = self._chunk(score, member)
        if chunk == len(self._tops):
            chunk -= 1
        scores, members = self._scores[chunk], self._members[chunk]
        place = bisect_left(scores, score)
        if place == len(scores):
            self._tops[chunk] = score
        elif scores[place] == score:
            place = bisect_left(members, member, place, bisect_right(scores, score, place))
        scores.insert(place, score)
        members.insert(place, member)
        self._sizes[chunk] += 1
        self._blocks[chunk >> BLOCK_SHIFT] += 1
        self._ends = None
        if len(members) > LARGEST:
            self._split(chunk, place)

    def remove(self, score: float, member: bytes) -> bytes:
        """Takes a member out; its score must be right. Returns the object that was held."""
        chunk, place = self._find(score, member)
        scores, members = self._scores[chunk], self._members[chunk]
        held = members.pop(place)
        del scores[place]
        self._sizes[chunk] -= 1
        self._blocks[chunk >> BLOCK_SHIFT] -= 1
        self._ends = None
        if len(members) < SMALLEST:
            self._join(chunk)
        elif place == len(members):
            self._tops[chunk] = scores[-1]
        return held

    def move(self, old: float, score: float, member: bytes) -> bytes:
        """Gives a member that is there with the `old` score another one. Returns the object that is held."""
        if len(self._tops) > 1:
            held = self.remove(old, member)
            self.insert(score, held)
            return held
        # The common case, spelt out: within one chunk no size changes.
        scores, members = self._scores[0], self._members[0]
        place = bisect_left(scores, old)
        if members[place] != member:
            place = bisect_left(members, member, place, bisect_right(scores, old, place))
        held = members[place]
        end = len(scores) - 1
        if (not place or scores[place - 1] < score) and (place == end or score < scores[place + 1]):
            scores[place] = score  # it stays where it is
            if place == end:
                self._tops[0] = score
            return held
        del members[place], scores[place]
        place = bisect_left(scores, score)
        if place < len(scores) and scores[place] == score:
            place = bisect_left(members, member, place, bisect_right(scores, score, place))
        scores.insert(place, score)
        members.insert(place, held)
        self._tops[0] = scores[-1]
        return held

    def rank(self, score: float, member: bytes) -> int:
        """How many come before a member that is there with this score."""
        if len(self._tops) == 1:
            place = bisect_left(self._scores[0], score)
            if self._members[0][place] == member:
                return place
        chunk, place = self._find(score, member)
        return self._before(chunk) + place if chunk else place

    # -- ranges: all of them are ranges of ranks --------------------------------------------------

    def below(self, score: float) -> int:
        """How many have a lower score: the rank of the first one with this score or a higher one."""
        if len(self._tops) == 1:
            return bisect_left(self._scores[0], score)
        chunk = bisect_left(self._tops, score)
        place = bisect_left(self._scores[chunk], score) if chunk < len(self._tops) else 0
        return self._before(chunk) + place

    def through(self, score: float) -> int:
        """How many have this score or a lower one."""
        if len(self._tops) == 1:
            return bisect_right(self._scores[0], score)
        chunk = bisect_right(self._tops, score)
        place = bisect_right(self._scores[chunk], score) if chunk < len(self._tops) else 0
        return self._before(chunk) + place

    def below_member(self, member: bytes) -> int:
        """How many members are less; makes sense when all have the same score."""
        chunk = bisect_left(self._members, member, key=last)
        place = bisect_left(self._members[chunk], member) if chunk < len(self._members) else 0
        return self._before(chunk) + place

    def through_member(self, member: bytes) -> int:
        """How many members are not greater; makes sense when all have the same score."""
        chunk = bisect_right(self._members, member, key=last)
        place = bisect_right(self._members[chunk], member) if chunk < len(self._members) else 0
        return self._before(chunk) + place

    def slice(self, start: int, stop: int) -> list[tuple[bytes, float]]:
        """The members of the ranks from start up to stop, without it, with their scores; 0 <= start <= stop <= size."""
        if start >= stop:
            return []
        chunk, low = self._locate(start)
        high = low + stop - start
        found = list(zip(self._members[chunk][low:high], self._scores[chunk][low:high], strict=True))
        while len(found) < stop - start:
            chunk += 1
            high = stop - start - len(found)
            found += zip(self._members[chunk][:high], self._scores[chunk][:high], strict=True)
        return found

    def between(self, low: float, high: float) -> Iterable[tuple[bytes, float]]:
        """The members with scores from low up to high, without it, with their scores, as they are now; for one walk."""
        if len(self._tops) != 1:
            return self.slice(self.below(low), self.below(high))
        scores = self._scores[0]
        start = bisect_left(scores, low)
        stop = bisect_left(scores, high, start)
        return zip(self._members[0][start:stop], scores[start:stop])  # noqa: B905, which takes its time

    def members(self, start: int, stop: int) -> list[bytes]:
        """As `slice`, but without the scores."""
        if start >= stop:
            return []
        if len(self._members) == 1:
            return self._members[0][start:stop]
        chunk, low = self._locate(start)
        found = self._members[chunk][low : low + stop - start]
        while len(found) < stop - start:
            chunk += 1
            found += self._members[chunk][: stop - start - len(found)]
        return found

    def delete(self, start: int, stop: int) -> list[tuple[bytes, float]]:
        """Takes the members of these ranks out and returns what `slice` would have."""
        found = self.slice(start, stop)
        if len(found) == 1:
            self.remove(found[0][1], found[0][0])
        elif found:
            chunk, low = self._locate(start)
            left = len(found)
            while left:
                high = min(low + left, self._sizes[chunk])
                del self._members[chunk][low:high], self._scores[chunk][low:high]
                left -= high - low
                chunk, low = chunk + 1, 0
            self._scores = [scores for scores in self._scores if scores]
            self._members = [members for members in self._members if members]
            self._recount()
        return found

    def __iter__(self) -> Iterator[bytes]:
        """The members in order; the ranking must not change meanwhile."""
        for members in self._members:
            yield from members

    # -- finding chunks ---------------------------------------------------------------------------

    def _chunk(self, score: float, member: bytes) -> int:
        """The chunk a member is in or belongs to; the number of chunks when it comes after everything."""
        tops = self._tops
        chunk = bisect_left(tops, score)
        if chunk < len(tops) and tops[chunk] == score and self._members[chunk][-1] < member:
            chunk = bisect_left(self._members, member, chunk, bisect_right(tops, score, chunk), key=last)
        return chunk

    def _find(self, score: float, member: bytes) -> tuple[int, int]:
        """Chunk and place of a member that is there with this score."""
        chunk = self._chunk(score, member) if len(self._tops) > 1 else 0
        scores, members = self._scores[chunk], self._members[chunk]
        place = bisect_left(scores, score)
        if members[place] != member:
            place = bisect_left(members, member, place, bisect_right(scores, score, place))
        return chunk, place

    def _before(self, chunk: int) -> int:
        """How many members the chunks before this one have."""
        block = chunk >> BLOCK_SHIFT
        inside = sum(self._sizes[block << BLOCK_SHIFT : chunk])
        return (self._ends or self._sum_up())[block - 1] + inside if block else inside

    def _locate(self, rank: int) -> tuple[int, int]:
        """Chunk and place of a rank that exists."""
        sizes = self._sizes
        if rank < sizes[0]:
            return 0, rank
        ends = self._ends or self._sum_up()
        block = bisect_right(ends, rank)
        if block:
            rank -= ends[block - 1]
        first = block << BLOCK_SHIFT
        ends = list(accumulate(sizes[first : first + BLOCK]))
        inside = bisect_right(ends, rank)
        return first + inside, rank - ends[inside - 1] if inside else rank

    def _sum_up(self) -> list[int]:
        self._ends = ends = list(accumulate(self._blocks))
        return ends

    # -- keeping chunks in shape ------------------------------------------------------------------

    def _split(self, chunk: int, place: int) -> None:
        """Cuts a chunk in two: in the middle, or before the last when members come in rising order."""
        scores, members = self._scores[chunk], self._members[chunk]
        rising = chunk + 1 == len(self._tops) and place + 1 == len(members)
        cut = place if rising else len(members) // 2
        self._scores[chunk : chunk + 1] = [scores[:cut], scores[cut:]]
        self._members[chunk : chunk + 1] = [members[:cut], members[cut:]]
        self._recount()

    def _join(self, chunk: int) -> None:
        """Joins a chunk that became small with a neighbour if there is room, and drops it if it is empty."""
        if len(self._tops) > 1:
            left = max(chunk - 1, 0)
            if self._sizes[left] + self._sizes[left + 1] <= FULL:
                self._scores[left] += self._scores.pop(left + 1)
                self._members[left] += self._members.pop(left + 1)
                self._recount()
                return
        if not self._members[chunk]:
            del self._scores[chunk], self._members[chunk]
            self._recount()
        else:
            self._tops[chunk] = self._scores[chunk][-1]

    def _recount(self) -> None:
        """Builds what is derived from the chunks anew; needed once in some hundred changes."""
        self._tops = [scores[-1] for scores in self._scores]
        self._sizes = sizes = list(map(len, self._members))
        self._blocks = [sum(sizes[start : start + BLOCK]) for start in range(0, len(sizes), BLOCK)]
        self._ends = None
