"""The shape of a chapter: one YAML file, `lessons/NN-NAME.yaml`. Goals are in `schema_goal.py`.

This module owns the shapes and their words and must never read a file, run a command or judge an answer. The JSON
Schema for editors (`redislab course schema`) is made from these classes. A field that is not here is an error.

Commands in a chapter are lines as they are typed in the shell, quotes and all:

    SET greeting "hello world"       the learner's client, called `main`
    @bob RPUSH queue job:1           a second client of that name, connected on first use
    :clock +61s                      moves the clock on (ms, s, m, h, d); also `:clock freeze`, `:clock now`

Each step begins with an empty server and runs its `setup`; steps share no data. Random choices (SPOP, RANDOMKEY)
come from a generator seeded by the step's id, so they repeat.

How the kinds are answered and judged

    read     the author gives: say, and `show` if commands should be run and shown. The learner presses Enter.
    do       goal, hints, solution, mistakes, wrong. The learner types commands; right when the goal holds.
    predict  command. The learner types the reply as redis-cli prints it; right when it equals the reply of the command,
             which is run. The command is run on the data afterwards, for all to see.
    choose   options, and `command` if the options are replies. The learner types the numbers of the right options.
    fill     template with blanks `__`, goal, solution. The learner types what goes in the blanks, or the whole command;
             it is run and the goal must hold.
    order    lines, in a right order, and goal. The learner types the numbers of the shuffled lines; they are run in
             that order on fresh data and the goal must hold.
    match    pairs. The learner types `1b 2c 3a`.
    fix      broken, goal, hints, solution. The broken commands are put into the input line and the learner repairs
             them; right when the goal holds.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, field

from redislab.learn.schema_goal import Check, Shape

__all__ = ["KINDS", "Chapter", "Correction", "Kind", "Mistake", "Option", "Pair", "Route", "Step", "Variant", "Wrong"]

Kind = Literal["read", "do", "predict", "choose", "fill", "order", "match", "fix"]
KINDS: tuple[str, ...] = ("read", "do", "predict", "choose", "fill", "order", "match", "fix")

Slug = Annotated[str, Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", description="lower-case words joined by hyphens")]
Text = Annotated[str, Meta(min_length=1)]
Lines = list[Text]


class Route(Shape, kw_only=True):
    """One way to solve a step. The first route of a step is the reference."""

    commands: Lines | None = None
    """do, fix: the commands, in order."""
    answer: str | None = None
    """fill: what goes into the blanks, as the learner types it (blanks that hold spaces are quoted). For predict,
    choose, order and match nothing is written here: the answer is computed."""
    note: str = ""
    """Why one would go this way, one sentence, shown beside the route after success."""


class Mistake(Shape, kw_only=True):
    """A foreseen mistake: a state, a reply or a command, and what to say then, in place of the general message.

    The first mistake that fits is told. `say` should make the learner see it, without giving the answer away.
    """

    when: Check | list[Check]
    """All of these hold. A check of the same form as in `goal`: `{key: k, is: {ttl: none}}`, `{used: LPUSH}`."""
    say: Text


class Wrong(Shape, kw_only=True):
    """Something that must not pass, and a piece of the message it must meet. `course check` tries it."""

    commands: Lines | None = None
    answer: str | None = None
    """For kinds that are answered. Predict: as a learner would type it. Choose: numbers of the options as they stand in
    the file. Order: numbers of the lines as they stand in the file. Match: `1b 2a`, both sides as in the file."""
    says: Text
    """A piece, word for word, of what the learner is told."""


class Variant(Shape, kw_only=True):
    """Other starting data. After a step is solved, the learner's commands (or filled line) are run again from it, and
    the goal must hold again, so a value worked out by hand fails."""

    setup: Lines
    """Run after the step's own setup, before the learner's commands."""
    goal: list[Check] | None = None
    """In place of the step's goal, when other data makes another result. Prefer `same`, which fits any data."""
    note: str = ""
    """What is told when only this variant fails, e.g. `Would it also work for a cart with four things in it?`"""


class Option(Shape, kw_only=True):
    """One answer of a choose step."""

    text: Text
    """What the learner reads. With the step's `command` it is a reply as redis-cli prints it."""
    right: bool | None = None
    """Leave it out where it can be found by running: with `command` the option that equals the reply is right; with the
    option's `run` and the step's goal it is right if the goal holds afterwards. Where given too, both must agree."""
    say: Text
    """Feedback when it is chosen: why it is right, or what one may have been thinking of."""
    run: Lines | None = None
    """Commands that are run on a copy of the data and shown with their replies when the option is chosen."""


class Pair(Shape, kw_only=True):
    """Two things that belong together."""

    left: Text
    right: Text
    say: str = ""
    """Told when this pair is missed."""


class Correction(Shape, kw_only=True):
    """Something many tutorials say, and what is the case."""

    claim: Text
    fact: Text


class Step(Shape, kw_only=True):
    """One thing to do or learn. Which fields a kind needs is in the table above."""

    id: Slug
    """Unique in the chapter and never changed: progress is kept by it."""
    title: Text
    kind: Kind
    say: Text
    """The task in Markdown: what to do and what the data looks like. Short: two or three sentences."""

    setup: Lines = field(default_factory=list)
    """Commands and clock moves that build the starting data. An error in it is a content error, except after `?`:
    `?GET list` is expected to fail."""
    show: Lines = field(default_factory=list)
    """read: commands that are run and shown with their replies under `say`."""
    when_blocked: Lines = field(default_factory=list)
    """Run and shown once the learner's client waits in a blocking command, e.g. `@bob LPUSH queue job`; again if the
    learner gives up (Ctrl-C) and waits anew."""
    protocol: Literal[2, 3] = 2
    """The protocol of the learner's client."""

    goal: list[Check] = field(default_factory=list)
    """do, fix, fill, order (and choose with `run`): all must hold."""
    hints: Lines = field(default_factory=list)
    """From a nudge, over the command to use, to the shape of its arguments; never the solution. do: two at least."""
    solution: list[Route] = field(default_factory=list)
    """Routes that solve it; the first is the reference."""
    mistakes: list[Mistake] = field(default_factory=list)
    """do: one at least."""
    wrong: list[Wrong] = field(default_factory=list)
    """What must fail, and with which message. Each mistake should have one."""
    variants: list[Variant] = field(default_factory=list)

    command: str | None = None
    """predict: the command whose reply is to be told. choose: where the options are replies. Run, never stored."""
    options: list[Option] = field(default_factory=list)
    """choose. If more than one is right, all the right ones must be named."""
    template: str | None = None
    """fill: a command with `__` for each blank."""
    lines: Lines = field(default_factory=list)
    """order: the lines in a right order; they are shown shuffled. Other orders that reach the goal pass too."""
    pairs: list[Pair] = field(default_factory=list)
    """match: pairs; the right sides are shown shuffled."""
    extra: Lines = field(default_factory=list)
    """match: further right sides that belong to nothing."""
    broken: Lines = field(default_factory=list)
    """fix: commands that do not do what they should; they are put into the input line one by one."""

    why: str = ""
    """Shown after success, in Markdown: why it is so, what happens inside, what it is used for."""
    complexity: str = ""
    """Shown after success: `O(1)`, `O(log N) with N members`."""
    par: Annotated[int, Meta(ge=1)] | None = None
    """Commands a practised hand needs; the length of the reference where left out. Told after success, no demand."""
    teaches: list[Text] = field(default_factory=list)
    """What is taught here first: command names, with options (`SET`, `SET EX`) or ideas (`expiry`, `cache-aside`)."""
    needs: list[Text] = field(default_factory=list)
    """Ideas that must have been taught by an earlier step or chapter. Commands of the solution are found by themselves:
    each must be taught here or earlier."""
    guide: str | list[str] = field(default_factory=list)
    """Anchors of the guide covered here: `data-types/strings/setex`."""
    corrects: list[Correction] = field(default_factory=list)
    """Claims often met, corrected; shown after success."""


class Chapter(Shape, kw_only=True):
    """A file of lessons."""

    id: Slug
    """The chapter's name on the command line: `data-types`."""
    number: Annotated[int, Meta(ge=0)]
    title: Text
    guide: str = ""
    """The guide's anchor of the whole chapter; its id where left out."""
    intro: Text
    """What one will be able to do after it, in Markdown. Shown before the first step."""
    outro: str = ""
    """Shown after the last step."""
    teaches: list[Text] = field(default_factory=list)
    """Ideas and commands taken as known (for a course that does not begin at nothing). Normally steps say it."""
    steps: Annotated[list[Step], Meta(min_length=1)]
