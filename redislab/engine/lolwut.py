"""The pictures of LOLWUT: Schotter (version 5), and a skyline for a game of 8 bits (version 6).

Drawn anew each time with the engine's own dice. The layouts are those of Redis: same sizes, same characters, same
words below. What is drawn on them is computed here in redislab's own way.
"""

from __future__ import annotations

from math import cos, pi, sin, sqrt
from random import Random

from redislab.values.numbers import single

__all__ = ["schotter", "skyline"]

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bits of a Braille letter, by row and column."""
BRAILLE = 0x2800
STRAIGHT_ROWS = 2
"""Rows of squares at the top that stand in order."""

WHITE, LIGHT, DARK, BLACK = "0;97;107", "0;37;47", "0;90;100", "0;30;40"


# -- version 5 -----------------------------------------------------------------------------------------------


class Paper:
    """Dots to draw on, shown two by four in a letter."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.dots: set[tuple[int, int]] = set()

    def line(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        """Draw a straight line between two dots, both included."""
        (x, y), (end_x, end_y) = start, end
        wide, high = abs(end_x - x), -abs(end_y - y)
        step_x, step_y = (1 if x < end_x else -1), (1 if y < end_y else -1)
        error = wide + high
        while True:
            self.dots.add((x, y))
            if (x, y) == end:
                return
            twice = 2 * error
            if twice >= high:
                error += high
                x += step_x
            if twice <= wide:
                error += wide
                y += step_y

    def square(self, x: int, y: int, side: float, angle: float) -> None:
        """Draw a square around its centre."""
        radius = round(side / sqrt(2))
        corners = []
        for quarter in range(4):
            turned = pi / 4 + angle + quarter * pi / 2
            corners.append((round(sin(turned) * radius + x), round(cos(turned) * radius + y)))
        for corner, following in zip(corners, corners[1:] + corners[:1], strict=True):
            self.line(corner, following)

    def shown(self) -> str:
        """The letters, line by line."""
        lines = []
        for top in range(0, self.height, 4):
            letters = [self._letter(left, top) for left in range(0, self.width, 2)]
            # The last line has no end of its own where it begins with the last row of dots: so Redis prints it.
            lines.append("".join(letters) + ("" if top == self.height - 1 else "\n"))
        return "".join(lines)

    def _letter(self, left: int, top: int) -> str:
        code = BRAILLE
        for row, bits in enumerate(DOTS):
            for column, bit in enumerate(bits):
                x, y = left + column, top + row
                if (x, y) in self.dots and x < self.width and y < self.height:
                    code |= bit
        return chr(code)


def schotter(random: Random, columns: int, across: int, down: int) -> str:
    """Squares in rows that lose their order from row to row. `columns` is the width in letters."""
    width = columns * 2
    margin = 2 if width > 4 else 0
    side = single((width - 2 * margin) / across)
    paper = Paper(width, int(side * down + 2 * margin))
    for row in range(down):
        # The further down, the more: of a turn, and of a third of the side to either side.
        disorder = row / down if row >= STRAIGHT_ROWS else 0.0
        for column in range(across):
            angle, right, below = (random.uniform(-disorder, disorder) for _ in range(3))
            x = int(_middle(column, side, margin) + right * side / 3)
            y = int(_middle(row, side, margin) + below * side / 3)
            paper.square(x, y, side, angle)
    return paper.shown()


def _middle(place: int, side: float, margin: int) -> int:
    return int(single(single(single(place * side) + single(side / 2)) + margin))


# -- version 6 -----------------------------------------------------------------------------------------------


def skyline(random: Random, columns: int, rows: int) -> str:
    """Houses in three depths, those in front with windows. A letter is a dot, coloured by escape sequences."""
    picture = [[WHITE] * columns for _ in range(rows)]
    for colour, least, most in ((LIGHT, 0.5, 0.95), (DARK, 0.4, 0.8), (BLACK, 0.3, 0.75)):
        left = -random.randrange(8)
        while left < columns:
            width = random.randrange(7, 19)
            height = max(1, int(rows * random.uniform(least, most)))
            _build(random, picture, left, width, height, colour)
            left += width + random.randrange(-3, 9)
    return "\n".join("".join(f"\x1b[{colour}m \x1b[0m" for colour in row) for row in picture)


def _build(random: Random, picture: list[list[str]], left: int, width: int, height: int, colour: str) -> None:
    """Put a house on the ground; only a black one has windows, some of them lit."""
    rows, columns = len(picture), len(picture[0])
    for y in range(max(0, rows - height), rows):
        for x in range(max(0, left), min(columns, left + width)):
            picture[y][x] = colour
    if colour != BLACK:
        return
    for floor in range(rows - height + 1, rows - 1, 2):
        for place in range(left + 2, left + width - 2, 4):
            lit = random.choice((BLACK, BLACK, DARK, LIGHT))
            for x in (place, place + 1):
                if 0 <= x < columns and x < left + width - 1 and floor >= 0:
                    picture[floor][x] = lit
