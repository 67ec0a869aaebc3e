"""What the model says and does while the app is used at random."""

from __future__ import annotations

from random import Random

from tests.support.sessions import call
from vtcode.providers.script import Turn

_TEXTS = (
    "Short.",
    "# A title\n\nSome *text* with `code`, a [link](https://example.org) and\n\n```py\nprint(1)\n```\n",
    "| a | b |\n| --- | --- |\n" + "| 1 | long words in a cell |\n" * 12,
    "".join(f"{number}. a line of a long list with 漢字 and 🙂 in it\n" for number in range(60)),
    "escape \x1b[31mred\x1b[0m \u202ebackwards\u202c and \x07 a bell, then a/file.py:12",
)
_COMMANDS = ("printf 'one\\ntwo\\n'", "seq 1 200", "printf 'name? '; read -t 1 name; echo $name", "false")


def turns(random: Random, count: int) -> list[Turn]:
    """Return so many replies: text, reasoning, files that are read and changed, commands, errors."""
    return [_turn(random, number) for number in range(count)]


def _turn(random: Random, number: int) -> Turn:
    text = random.choice(_TEXTS)
    match random.randrange(8):
        case 0:
            return Turn(reasoning=text, text=random.choice(_TEXTS), piece_chars=7)
        case 1:
            return Turn(calls=(call("list_files"), call("read_file", path="a.py")))
        case 2:
            content = f"# {number}\n" + "value = 1\n" * random.randrange(40)
            return Turn(text=text, calls=(call("write_file", path=f"file{number % 5}.py", content=content),))
        case 3:
            return Turn(calls=(call("edit_file", path="a.py", old_str="print", new_str="print  "),))
        case 4:
            return Turn(calls=(call("run_pty_cmd", command=random.choice(_COMMANDS)),))
        case 5:
            return Turn(text=text[:20], cut=True)
        case 6:
            return Turn(text=text, error="The model has crashed without additional information.")
        case _:
            return Turn(text=text, piece_chars=random.choice((1, 5, 200)))
