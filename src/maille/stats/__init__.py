"""Statistics: pure functions on numpy arrays, data first, everything else keyword-only, frozen results out.

``allocation``, ``selection`` and ``cube`` draw a sample; ``nonresponse``, ``calibration`` and ``weights`` weight it;
``outliers`` and ``imputation`` look at its numbers and fill them; ``design`` says how it was drawn and ``variance``
estimates with precision; ``disclosure``, ``suppression`` and ``audit`` protect tables. The room knows nothing but
numbers: no path, no network, no commune. Codes count from zero.
"""
