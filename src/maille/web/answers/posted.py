"""What a page sends: fields read question by question, never refused, kept as typed when they cannot be read."""

from collections.abc import Mapping, Sequence

from maille.specs import AnswerInvalid, Question, encode_value, read_value
from maille.web.answers.folder import INVALID, Kept
from maille.web.answers.models import Answer
from maille.web.answers.prefill import Proposal

Posted = Mapping[str, Sequence[str]]
_REASONS = frozenset(Answer.Reason.values)
_CONFIRM = "__confirm"


def unknown_field(name: str) -> str:
    """Return the name of the box « Je ne peux pas donner ce nombre » of a variable; it is ticked with ``1``."""
    return f"{name}__unknown"


def reason_field(name: str) -> str:
    return f"{name}__reason"


def remark_field(name: str) -> str:
    return f"{name}__remark"


def confirm_field(name: str) -> str:
    """Return the name of the box « Confirmer cette valeur » of a variable; it is ticked with ``1``."""
    return name + _CONFIRM


def is_written(question: Question, posted: Posted) -> bool:
    """Tell whether an answer was typed, or ticked."""
    return bool("".join(posted.get(question.name, ())).strip() or posted.get(unknown_field(question.name)))


def any_confirmed(posted: Posted) -> bool:
    return any(name.endswith(_CONFIRM) for name in posted)


def with_confirmed(posted: Posted, proposals: Mapping[str, Proposal]) -> Posted:
    """Return what is posted, with the proposed values that are confirmed; what is typed is stronger than the box."""
    confirmed = {
        name: proposal.code.split(" ") if proposal.question.kind == "select_multiple" else [proposal.code]
        for name, proposal in proposals.items()
        if posted.get(confirm_field(name)) and not is_written(proposal.question, posted)
    }
    return {**posted, **confirmed}


def is_posted(question: Question, posted: Posted) -> bool:
    return question.name in posted or unknown_field(question.name) in posted


def received(question: Question, posted: Posted, stamp: Kept) -> Kept:
    """Return what to keep of a question; ``stamp`` holds the author, the time and the page."""
    value, state = _read(question, posted)
    reason = (posted.get(reason_field(question.name)) or ("",))[0]
    reason = reason if reason in _REASONS else ""
    remark = (posted.get(remark_field(question.name)) or ("",))[0].strip()[:300] if reason else ""
    return stamp._replace(value=value, state=state, reason=reason, remark=remark)


def _read(question: Question, posted: Posted) -> tuple[str, str]:
    typed = [text.replace("\x00", "") for text in posted.get(question.name, ())]
    try:
        value, state = read_value(question, typed, unknown=bool(posted.get(unknown_field(question.name))))
    except AnswerInvalid:
        return " ".join(typed)[:4000], INVALID
    return encode_value(value), state.value
