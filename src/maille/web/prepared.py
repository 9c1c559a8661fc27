"""Queries that Django writes once a process, and that then run with other values: those of each page and each save.

The ORM takes ten times longer to write such a query than the database to answer it.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Field, Model, QuerySet, Value
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

_PARAMETERS = 999
"""How many values one statement may hold, on any SQLite."""


class Slot(Value):
    """The place of a value in a query, given when it runs."""

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


Here = Any
"""The connection of this thread, found once a statement: Django looks for it again each time that it is named."""


def _here() -> Here:
    return connections[DEFAULT_DB_ALIAS]


def _adapted(value: Any, here: Here) -> Any:
    return here.ops.adapt_datetimefield_value(value) if type(value) is datetime else value


@contextmanager
def _asked(here: Here, sql: str, values: Sequence[Any]) -> Iterator[Any]:
    """Run a statement; PostgreSQL reads and plans it once a connection, and keeps it."""
    if here.vendor != "postgresql":
        with here.cursor() as cursor:
            cursor.execute(sql, values)
            yield cursor
        return
    here.ensure_connection()
    with here.wrap_database_errors, psycopg.Cursor(here.connection) as cursor:
        cursor.execute(sql, values, prepare=True)
        yield cursor


class _Prepared:
    def __init__(self, build: Callable[[], QuerySet]) -> None:
        self._build = build
        self._written: dict[str, tuple[Any, ...]] = {}

    def _compiler(self, here: Here) -> SQLCompiler:
        return self._build().query.get_compiler(connection=here)

    def _write(self, here: Here) -> tuple[Any, ...]:
        compiler = self._compiler(here)
        sql, parameters = compiler.as_sql()
        columns = [select[0] for select in compiler.select or ()][: compiler.col_count]
        converters = [
            (place, convert, expression)
            for place, (converts, expression) in compiler.get_converters(columns).items()
            for convert in converts
        ]
        return sql, parameters, converters

    def _prepared(self, here: Here) -> tuple[Any, ...]:
        if here.vendor not in self._written:
            self._written[here.vendor] = self._write(here)
        return self._written[here.vendor]

    @staticmethod
    def _filled(parameters: Sequence[Any], values: Sequence[Any], here: Here) -> list[Any]:
        return [_adapted(values[one.value], here) if isinstance(one, Slot) else one for one in parameters]


class Rows(_Prepared):
    """The rows of a ``values_list``; ``rows(*values)`` fills its slots, ``Slot(0)`` with the first value."""

    def __call__(self, *values: Any) -> list[list[Any]]:
        here = _here()
        sql, parameters, converters = self._prepared(here)
        with _asked(here, sql, self._filled(parameters, values, here)) as cursor:
            rows = [list(row) for row in cursor.fetchall()]
        for place, convert, expression in converters:
            for row in rows:
                row[place] = convert(row[place], expression, here)
        return rows


class Update(_Prepared):
    """An update of the rows of a queryset; ``update(*values)`` returns how many there were."""

    def __init__(self, build: Callable[[], QuerySet], **changes: Any) -> None:
        super().__init__(build)
        self._changes = changes

    def _compiler(self, here: Here) -> SQLCompiler:
        query = self._build().query.chain(UpdateQuery)
        query.add_update_values(self._changes)
        return query.get_compiler(connection=here)

    def _write(self, here: Here) -> tuple[Any, ...]:
        return self._compiler(here).as_sql()

    def __call__(self, *values: Any) -> int:
        here = _here()
        sql, parameters = self._prepared(here)
        with _asked(here, sql, self._filled(parameters, values, here)) as cursor:
            return cursor.rowcount


class Insert:
    """Insert rows of these fields; a row that is there already takes the ``updated`` ones, when they are given."""

    def __init__(
        self, model: type[Model], fields: Sequence[str], *, unique: Sequence[str] = (), updated: Sequence[str] = ()
    ) -> None:
        self._table, self._length = model._meta.db_table, len(fields)
        self._columns, self._unique, self._updated = (
            [self._column(model._meta.get_field(name)) for name in names] for names in (fields, unique, updated)
        )
        self._written: dict[tuple[str, int], str] = {}

    @staticmethod
    def _column(field: Field) -> str:
        return field.column

    def _sql(self, rows: int, here: Here) -> str:
        """Return the statement for so many rows, written once for each number: few enough to be kept."""
        if (here.vendor, rows) not in self._written:
            self._written[here.vendor, rows] = self._write(rows, here)
        return self._written[here.vendor, rows]

    def _write(self, rows: int, here: Here) -> str:
        quote = here.ops.quote_name
        columns, unique = (", ".join(map(quote, names)) for names in (self._columns, self._unique))
        places = ", ".join([f"({', '.join(['%s'] * self._length)})"] * rows)
        sql = f"INSERT INTO {quote(self._table)} ({columns}) VALUES {places}"  # noqa: S608 - our own names
        if self._unique:
            sets = ", ".join(f"{quote(name)} = EXCLUDED.{quote(name)}" for name in self._updated)
            sql += f" ON CONFLICT ({unique}) DO UPDATE SET {sets}"
        return sql

    def __call__(self, rows: Iterable[Sequence[Any]]) -> None:
        waiting, here = iter(rows), _here()
        while batch := list(islice(waiting, _PARAMETERS // self._length)):
            with _asked(here, self._sql(len(batch), here), [_adapted(value, here) for row in batch for value in row]):
                pass
