"""The entry point `myelin`: from its first line on, Ctrl-C ends the command without a trace.

Importing the command line takes a moment, and an interrupt in it would be shown as the import that it hit.
So the handler stands before anything is imported, and `cli.terminal.output.reported` takes over where a
command begins its work, with an answer of its own. What Python does before this line is out of reach.
"""

# what `signal` is made of; `signal` itself first builds enumerations, which takes as long as all else here
import _signal as signal  # type: ignore[import-not-found]
import gc
import os

INTERRUPTED = 130
"""As cli.exit_codes has it, which would have to be imported."""


def _leave(_signal: int, _frame: object) -> None:
    """End at once: nothing has begun that would have to be put in order."""
    os.write(2, b"error: interrupted\n")
    os._exit(INTERRUPTED)


# a shell that starts a command in the background may have its interrupts ignored
if signal.getsignal(signal.SIGINT) != signal.SIG_IGN:
    signal.signal(signal.SIGINT, _leave)


# a command loads much, keeps it all and soon ends: looking for garbage often took a sixth of an `up`
gc.set_threshold(100_000, 50, 100)


def main() -> None:
    """Run the command line, and end at once: taking apart all that an `up` has loaded takes a second."""
    import atexit  # noqa: PLC0415 - only once the handler stands
    import sys  # noqa: PLC0415

    from cli.main import app  # noqa: PLC0415

    try:
        app()
    except SystemExit as ended:
        if not isinstance(ended.code, int):
            raise
        atexit._run_exitfuncs()  # noqa: SLF001 - as multiprocessing does where it ends a process
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except OSError:
                continue  # its reader has gone
        os._exit(ended.code)
