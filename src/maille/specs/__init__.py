"""What statisticians write, in typed form: questionnaires, rules, indicators, sample plans, targets, publications."""

from maille.specs.answer import State, decode_value, encode_value, fill_text, read_value
from maille.specs.bands import TOTAL, Band, SizeBands, load_bands
from maille.specs.campaign import Audience, Campaign, PlannedEvent, load_campaign
from maille.specs.check import check_specs, require_valid_specs
from maille.specs.disclosure import Disclosure, load_disclosure
from maille.specs.editing import Editing, editing_file, edition_editing, load_editing
from maille.specs.evolution import EVOLUTIONS, Evolution, load_evolution
from maille.specs.grammar import RuleInvalid, parse_rule
from maille.specs.indicator import Indicator, load_indicator, load_indicators
from maille.specs.message import PLACEHOLDERS, Block, Template, Written, load_message, load_messages
from maille.specs.path import Finding, applicable, check_section
from maille.specs.precision import Precision, load_precision
from maille.specs.problem import AnswerInvalid, SpecInvalid, SpecProblem
from maille.specs.publication import (
    Conclusion,
    Identity,
    Participation,
    Publication,
    Release,
    load_participation,
    load_publication,
    load_publications,
    publication_ids,
)
from maille.specs.questionnaire import (
    CONTEXT,
    OWNERS,
    UNKNOWN_LABEL,
    Choice,
    Grid,
    Question,
    Questionnaire,
    Section,
    UnknownVariable,
    load_questionnaire,
    questionnaire_file,
)
from maille.specs.release import EditionRelease, Releases, edition_releases, releases_file
from maille.specs.rule import OPERATORS, Rule, Value
from maille.specs.sample import SamplePlan, UniversePlan, load_sample
from maille.specs.sentence import INTERVAL, fill_sentence, percent, quantity
from maille.specs.targets import FrameCount, Target, TargetFile, load_target_file, load_targets

__all__ = [
    "CONTEXT",
    "EVOLUTIONS",
    "INTERVAL",
    "OPERATORS",
    "OWNERS",
    "PLACEHOLDERS",
    "TOTAL",
    "UNKNOWN_LABEL",
    "AnswerInvalid",
    "Audience",
    "Band",
    "Block",
    "Campaign",
    "Choice",
    "Conclusion",
    "Disclosure",
    "Editing",
    "EditionRelease",
    "Evolution",
    "Finding",
    "FrameCount",
    "Grid",
    "Identity",
    "Indicator",
    "Participation",
    "PlannedEvent",
    "Precision",
    "Publication",
    "Question",
    "Questionnaire",
    "Release",
    "Releases",
    "Rule",
    "RuleInvalid",
    "SamplePlan",
    "Section",
    "SizeBands",
    "SpecInvalid",
    "SpecProblem",
    "State",
    "Target",
    "TargetFile",
    "Template",
    "UniversePlan",
    "UnknownVariable",
    "Value",
    "Written",
    "applicable",
    "check_section",
    "check_specs",
    "decode_value",
    "editing_file",
    "edition_editing",
    "edition_releases",
    "encode_value",
    "fill_sentence",
    "fill_text",
    "load_bands",
    "load_campaign",
    "load_disclosure",
    "load_editing",
    "load_evolution",
    "load_indicator",
    "load_indicators",
    "load_message",
    "load_messages",
    "load_participation",
    "load_precision",
    "load_publication",
    "load_publications",
    "load_questionnaire",
    "load_sample",
    "load_target_file",
    "load_targets",
    "parse_rule",
    "percent",
    "publication_ids",
    "quantity",
    "questionnaire_file",
    "read_value",
    "releases_file",
    "require_valid_specs",
]
