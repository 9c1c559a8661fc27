"""Queries that Django writes once a process, and that then run with other values: those of each page and each save.

The ORM takes ten times longer to write such a query than the database to answer it.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection
from django.db.models import Field, Model, QuerySet, Value
from django.db.models.sql import UpdateQuery
from django.db.models.sql.compiler import SQLCompiler

_PARAMETERS = 999
"""How many values one statement may hold, on any SQLite."""


class Slot(Value):
    """The place of a value in a query, given when it runs."""

    def as_sql(self, compiler: SQLCompiler, connection: Any) -> tuple[str, list[Any]]:
        return "%s", [self]


def _adapted(value: Any) -> Any:
    return connection.ops.adapt_datetimefield_value(value) if isinstance(value, datetime) else value


class _Prepared:
    def __init__(self, build: Callable[[], QuerySet]) -> None:
        self._build = build
        self._written: dict[str, tuple[Any, ...]] = {}

    def _compiler(self) -> SQLCompiler:
        return self._build().query.get_compiler(connection=connection)

    def _write(self) -> tuple[Any, ...]:
        compiler = self._compiler()
        sql, parameters = compiler.as_sql()
        columns = [select[0] for select in compiler.select or ()][: compiler.col_count]
        converters = [
            (place, convert, expression)
            for place, (converts, expression) in compiler.get_converters(columns).items()
            for convert in converts
        ]
        return sql, parameters, converters

    def _prepared(self) -> tuple[Any, ...]:
        if connection.vendor not in self._written:
            self._written[connection.vendor] = self._write()
        return self._written[connection.vendor]

    @staticmethod
    def _filled(parameters: Sequence[Any], values: Sequence[Any]) -> list[Any]:
        return [_adapted(values[one.value]) if isinstance(one, Slot) else one for one in parameters]


class Rows(_Prepared):
    """The rows of a ``values_list``; ``rows(*values)`` fills its slots, ``Slot(0)`` with the first value."""

    def __call__(self, *values: Any) -> list[list[Any]]:
        sql, parameters, converters = self._prepared()
        with connection.cursor() as cursor:
            cursor.execute(sql, self._filled(parameters, values))
            rows = [list(row) for row in cursor.fetchall()]
        for place, convert, expression in converters:
            for row in rows:
                row[place] = convert(row[place], expression, connection)
        return rows


class Update(_Prepared):
    """An update of the rows of a queryset; ``update(*values)`` returns how many there were."""

    def __init__(self, build: Callable[[], QuerySet], **changes: Any) -> None:
        super().__init__(build)
        self._changes = changes

    def _compiler(self) -> SQLCompiler:
        query = self._build().query.chain(UpdateQuery)
        query.add_update_values(self._changes)
        return query.get_compiler(connection=connection)

    def _write(self) -> tuple[Any, ...]:
        return self._compiler().as_sql()

    def __call__(self, *values: Any) -> int:
        sql, parameters = self._prepared()
        with connection.cursor() as cursor:
            cursor.execute(sql, self._filled(parameters, values))
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

    @staticmethod
    def _column(field: Field) -> str:
        return field.column

    def _sql(self, rows: int) -> str:
        quote = connection.ops.quote_name
        columns, unique = (", ".join(map(quote, names)) for names in (self._columns, self._unique))
        places = ", ".join([f"({', '.join(['%s'] * self._length)})"] * rows)
        sql = f"INSERT INTO {quote(self._table)} ({columns}) VALUES {places}"  # noqa: S608 - our own names
        if self._unique:
            sets = ", ".join(f"{quote(name)} = EXCLUDED.{quote(name)}" for name in self._updated)
            sql += f" ON CONFLICT ({unique}) DO UPDATE SET {sets}"
        return sql

    def __call__(self, rows: Iterable[Sequence[Any]]) -> None:
        waiting = iter(rows)
        while batch := list(islice(waiting, _PARAMETERS // self._length)):
            with connection.cursor() as cursor:
                cursor.execute(self._sql(len(batch)), [_adapted(value) for row in batch for value in row])
