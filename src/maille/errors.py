"""The errors of Maille: whose fault it is, where it happened, what to do next."""


class MailleError(Exception):
    """Base of every error that Maille raises on purpose.

    ``message`` says what happened, in French; ``where`` names the file, row and column; ``got`` and ``expected``
    say what was found and wanted; ``hint`` says what to do next. ``exit_code`` is what the command returns.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        where: str | None = None,
        got: object = None,
        expected: object = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.where = where
        self.got = got
        self.expected = expected
        self.hint = hint

    def __str__(self) -> str:
        """Return the whole message, one fact a line."""
        lines = [f"{self.where} : {self.message}" if self.where else self.message]
        if self.got is not None:
            lines.append(f"  trouvé : {self.got}")
        if self.expected is not None:
            lines.append(f"  attendu : {self.expected}")
        if self.hint is not None:
            lines.append(f"  à faire : {self.hint}")
        return "\n".join(lines)


class UserError(MailleError):
    """The user can mend it: exit code 1."""

    exit_code = 1


class InternalError(MailleError):
    """Maille or the machine is at fault: exit code 2."""

    exit_code = 2
