"""The files that a bot or a person sends, as Telegram takes them."""

import struct

from sandbox.bot_params import Upload
from sandbox.chat_model import Attachment, bad_request

_MAX_PHOTO = 10 * 2**20


def as_attachment(upload: Upload, kind: str, file_id: str) -> Attachment:
    if not upload.content:
        raise bad_request("file must be non-empty")
    mime, width, height = upload.mime, 0, 0
    if kind == "photo":
        if (size := len(upload.content)) > _MAX_PHOTO:
            raise bad_request(
                f"file of size {size} bytes is too big for a photo; the maximum size is {_MAX_PHOTO} bytes"
            )
        mime, width, height = _picture(upload.content)
    return Attachment(
        kind=kind, file_id=file_id, name=upload.name, mime=mime, content=upload.content, width=width, height=height
    )


def _picture(content: bytes) -> tuple[str, int, int]:
    """The type and size of a picture; only of a PNG is the size read.

    Raises:
        Refused: it is none.
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n") and len(content) > 24:
        width, height = struct.unpack(">II", content[16:24])
        if width + height > 10000 or max(width, height) > 20 * min(width, height):
            raise bad_request("PHOTO_INVALID_DIMENSIONS")
        return "image/png", width, height
    for magic, mime in ((b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp")):
        if content.startswith(magic):
            return mime, 0, 0
    raise bad_request("IMAGE_PROCESS_FAILED")
