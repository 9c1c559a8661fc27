"""A questionnaire in its other forms: workbook, paper, receipt, codebook, exports. Specifications in, bytes out."""
