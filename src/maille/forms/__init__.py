"""A questionnaire in its other forms: workbook, paper, receipt, codebook, exports. Specifications in, bytes out."""

from maille.forms.typesetting import PageInvalid, displayable, typeset

__all__ = ["PageInvalid", "displayable", "typeset"]
