"""The whole error tree.

    LightboxError                 anything that Lightbox refuses or cannot do, said in one sentence
    +-- UserError                 the user's mistake: exit code 2 on the command line, a red box on a page
    |   +-- UnknownNameError      no such data set, run, model, field, method, ...
    |   +-- NameTakenError        an existing name is refused
    |   +-- InvalidValueError     a value out of range or of the wrong kind
    |   +-- UnreadableImageError  bytes that are no image Lightbox can read
    |   +-- ImportRefusedError    a folder, archive or table that cannot become a data set
    |   +-- StateError            right in itself, but not now: a run that is not running cannot be stopped
    |   +-- StorageError          the system refuses a file: no right, no space, no such folder
    |   +-- RepairError           a network that can't be made fit for an explanation method
    +-- DownloadError             a server that cannot be reached, or does not send what was asked for
    +-- JobStoppedError           the job was asked to stop; raised inside the job, never shown as an error

Each error carries a marked text and its values, so that it can be stored and shown in any language. The text
says what is wrong, the value, and what to do.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from core.language import N_, Message


class LightboxError(Exception):
    """Anything that Lightbox refuses or cannot do.

    Parameters
    ----------
    text
        A text marked with `N_`, with str.format fields for the values.
    values
        What fills the fields.
    """

    def __init__(self, text: str, /, **values: "str | int | float | bool | None | Message") -> None:
        super().__init__(text, values)
        self.message = Message(text=text, values=values)

    def __str__(self) -> str:
        return str(self.message)


class UserError(LightboxError):
    """The user's mistake: exit code 2, or a red box."""


class UnknownNameError(UserError):
    """A name that stands for nothing: `kind` is a marked noun such as "data set"."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = list(known)
        close = get_close_matches(name, names, n=1)
        text = N_("There is no {kind} '{name}'. Choose one of: {known}.")
        if close:
            text = N_("There is no {kind} '{name}'. Did you mean '{close}'?")
        if not names:
            text = N_("There is no {kind} '{name}', nor any other.")
        shown = ", ".join(names[:20])
        super().__init__(
            text, kind=Message(text=kind), name=name, known=shown, close=close[0] if close else ""
        )


class NameTakenError(UserError):
    """A name that is already in use."""

    def __init__(self, kind: str, name: str) -> None:
        text = N_("There is already a {kind} named '{name}'. Choose another name.")
        super().__init__(text, kind=Message(text=kind), name=name)


class InvalidValueError(UserError):
    """A value that is out of range or of the wrong kind."""


class UnreadableImageError(UserError):
    """Bytes that are no image Lightbox can read."""


class ImportRefusedError(UserError):
    """A source that cannot become a data set; nothing is kept of it."""


class StateError(UserError):
    """What was asked is right in itself but not possible now."""


class RepairError(UserError):
    """A network of which no copy can be made on which an explanation method is right."""


class StorageError(UserError):
    """The system refuses a file; made from its OSError where a command, a job or a page ends."""

    def __init__(self, error: OSError) -> None:
        text = N_(
            "A file cannot be written or read ({reason}); check the free space on the disk and the rights of"
            " the folder, or choose another place with LIGHTBOX_HOME."
        )
        if error.filename is not None:
            text = N_(
                "'{file}' cannot be written or read ({reason}); check the free space on the disk and the"
                " rights of the folder, or choose another place with LIGHTBOX_HOME."
            )
        super().__init__(text, file=str(error.filename), reason=error.strerror or str(error))


class DownloadError(LightboxError):
    """A server cannot be reached, or does not send what was asked for: nobody's mistake here."""


class JobStoppedError(LightboxError):
    """Raised inside a job at the first safe place after it was asked to stop.

    `reason` says why where nobody asked: a sweep ends a trial that has no hope.
    """

    def __init__(self, reason: Message | None = None) -> None:
        super().__init__(N_("The job was stopped."))
        self.reason = reason
