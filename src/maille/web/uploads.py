"""A body that carries a file: what is announced as too big is refused before a byte of it is read."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler

LARGEST = 20_000_000


class Bounded(FileUploadHandler):
    """The first of the handlers: it keeps nothing, and refuses by the announced length."""

    def handle_raw_input(self, _data: Any, _meta: Any, content_length: int, *_: Any, **__: Any) -> None:
        if content_length > LARGEST:
            raise RequestDataTooBig

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None
