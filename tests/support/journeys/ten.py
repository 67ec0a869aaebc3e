"""The ten journeys."""

from __future__ import annotations

from tests.support.journeys.recording import Journey, Recording
from tests.support.sessions import call
from vtcode.providers.script import Turn

EDIT = Turn(
    text="I change the greeting.",
    calls=(call("edit_file", path="greet.py", old_str="world", new_str="there"),),
)
RUN = Turn(calls=(call("run_pty_cmd", command="python3 greet.py"),))
DONE = Turn(text="It greets **there** now.")
PLAN = Turn(
    calls=(
        call(
            "update_plan",
            plan=[
                {"step": "Change the greeting", "status": "pending"},
                {"step": "Run greet.py", "status": "pending"},
            ],
        ),
    ),
)


def first_run(journey: Recording) -> None:
    """From nothing to a changed file."""
    journey.see("`vtcode`", "Welcome to vtcode")
    journey.answer("Enter", "ready")
    journey.say("Greet somebody else.", "there')")
    journey.answer("y", "It greets there now.")
    assert (journey.project / "greet.py").read_text() == "print('hello there')\n"


def refuse(journey: Recording) -> None:
    """Say no to a change, and why."""
    journey.open()
    journey.say("Greet somebody else.", "there')")
    journey.terminal.answer("n")
    journey.see("n", "As you wish.", keys=1)
    assert (journey.project / "greet.py").read_text() == "print('hello world')\n"


def run_a_command(journey: Recording) -> None:
    """Let the model run a command."""
    journey.open()
    journey.say("Run greet.py.", "python3 greet.py")
    journey.answer("y", "It says hello world.")


def interrupt(journey: Recording) -> None:
    """Stop an answer, and go on."""
    journey.open()
    journey.say("Tell me everything.", "This takes long")
    journey.press("Escape", "interrupted")
    journey.say("In one word.", "Yes.")


def queue(journey: Recording) -> None:
    """Send the next message while the model works."""
    journey.open()
    journey.say("Tell me everything.", "This takes long")
    journey.say("Then say goodbye.", "queued: Then say goodbye.")
    journey.emulator.release()
    journey.see("the model is done", "Goodbye.")


def plan(journey: Recording) -> None:
    """Have a plan made, approve it, and have it carried out."""
    journey.open()
    journey.press("Shift+Tab", "plan")
    journey.say("How would you greet somebody else?", "Approve this plan?")
    journey.answer("b", "there')")


def undo(journey: Recording) -> None:
    """Take back what the agent did."""
    journey.open()
    journey.say("Greet somebody else.", "there')")
    journey.answer("y", "It greets there now.")
    journey.say("/undo", "greet.py")
    journey.answer("y", "ready")
    assert (journey.project / "greet.py").read_text() == "print('hello world')\n"


def model(journey: Recording) -> None:
    """Go on with another model."""
    journey.open()
    journey.say("/model", "Custom LM Studio model")
    journey.terminal.type("chat-8b")
    journey.see("`chat-8b`", "Custom LM Studio model: chat-8b")
    journey.press("Enter", "ready")


def search(journey: Recording) -> None:
    """Find what was said, and leave."""
    journey.open()
    journey.say("Who do we greet?", "the whole world")
    journey.press("Ctrl+F", "Search:")
    journey.terminal.type("whole")
    journey.see("`whole`", "1 of 1")
    journey.press("Escape", "ready")
    journey.leave()


def own_command(journey: Recording) -> None:
    """Run a command of your own beside the conversation."""
    journey.open()
    journey.say("!python3 greet.py", "exit 0")


JOURNEYS = (
    Journey("The first run, to the first changed file", (EDIT, DONE), first_run, welcomed=False),
    Journey("Refusing a change", (EDIT, Turn(text="As you wish.")), refuse),
    Journey("Letting a command run", (RUN, Turn(text="It says hello world.")), run_a_command),
    Journey(
        "Interrupting",
        (Turn(text="This takes long, very long", pause="text", piece_chars=15), Turn(text="Yes.")),
        interrupt,
    ),
    Journey(
        "Sending the next message while the model works",
        (Turn(text="This takes long, very long", pause="text", piece_chars=15), Turn(text="Goodbye.")),
        queue,
    ),
    Journey("A plan first", (PLAN, Turn(text="That is my plan."), EDIT, DONE), plan),
    Journey("Undoing", (EDIT, DONE), undo),
    Journey("Another model", (), model),
    Journey("Searching, and leaving", (Turn(text="At the moment the whole world."),), search),
    Journey("A shell command of your own", (), own_command),
)
