"""Datasets with their cards: what a table is, where it comes from, and the checksums that prove it."""

from maille.catalogue.card import Ancestor, Card, Confidentiality, Reference, Variable, sha256, strictest
from maille.catalogue.dataset import Dataset, Draft
from maille.catalogue.step import Materials, Step
from maille.catalogue.store import (
    DatasetAltered,
    DatasetInvalid,
    DatasetNotFound,
    StorageRefused,
    Store,
    storage_refused,
)

__all__ = [
    "Ancestor",
    "Card",
    "Confidentiality",
    "Dataset",
    "DatasetAltered",
    "DatasetInvalid",
    "DatasetNotFound",
    "Draft",
    "Materials",
    "Reference",
    "Step",
    "StorageRefused",
    "Store",
    "Variable",
    "sha256",
    "storage_refused",
    "strictest",
]
