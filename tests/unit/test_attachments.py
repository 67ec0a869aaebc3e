"""Pictures: which of them a message names, and what becomes of their bytes."""

from __future__ import annotations

import base64
import io
import os
import struct
import sys
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from vtcode.errors import ImageUnusable, MessageTooLong, NoVision
from vtcode.messages import Image
from vtcode.providers.model_info import ModelInfo
from vtcode.session.attachments import (
    MAX_IMAGES,
    read_attachments,
    references,
    require_room,
    require_vision,
)
from vtcode.session.pictures import MAX_SENT_BYTES, MAX_SIDE_PIXELS, read_picture

WORKSPACE = Path("/work")


def encoded(file_format: str, size: tuple[int, int] = (4, 3), mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Pillow.new(mode, size, "red").save(buffer, file_format)
    return buffer.getvalue()


def noise(size: tuple[int, int]) -> Pillow.Image:
    return Pillow.frombytes("RGB", size, os.urandom(size[0] * size[1] * 3))


def written(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def decoded(image: Image) -> Pillow.Image:
    return Pillow.open(io.BytesIO(base64.b64decode(image.data)))


def png_of(width: int, height: int) -> bytes:
    """Return a tiny PNG that says it is as large as that."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    checksum = struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + checksum


@pytest.mark.parametrize(
    ("text", "paths"),
    [
        pytest.param("what is in @shot.png?", ["/work/shot.png"], id="marked"),
        pytest.param("(@a/shot.PNG), right", ["/work/a/shot.PNG"], id="in brackets"),
        pytest.param('see @"my shot.png" now', ["/work/my shot.png"], id="marked and quoted"),
        pytest.param(r"see @my\ shot.jpg.", ["/work/my shot.jpg"], id="marked and escaped"),
        pytest.param("@/tmp/a.webp @b.gif @/tmp/a.webp", ["/tmp/a.webp", "/work/b.gif"], id="each once"),
        pytest.param("/tmp/shot.png", ["/tmp/shot.png"], id="alone"),
        pytest.param("What is this?\n/tmp/my shot.png \n", ["/tmp/my shot.png"], id="alone on its line"),
        pytest.param(r"/tmp/my\ shot\(1\).png", ["/tmp/my shot(1).png"], id="as macOS pastes it"),
        pytest.param("'/tmp/my shot.png'", ["/tmp/my shot.png"], id="as GNOME pastes it"),
        pytest.param("file:///tmp/my%20shot.png", ["/tmp/my shot.png"], id="as an address"),
        pytest.param("this '/tmp/my shot.png' here", ["/tmp/my shot.png"], id="quoted among words"),
        pytest.param(r"this /tmp/my\ shot.png here", ["/tmp/my shot.png"], id="escaped among words"),
        pytest.param("why is /tmp/shot.png not in the build?", [], id="a path that is talked about"),
        pytest.param("shot.png", [], id="a name alone"),
        pytest.param("icon@2x.png and me@example.com", [], id="an at sign inside a word"),
        pytest.param("@main.py and @ and @png", [], id="no picture"),
        pytest.param("open('/tmp/a.png')", [], id="code"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_a_message_names_its_pictures(text: str, paths: list[str]) -> None:
    assert [str(one.path) for one in references(text, WORKSPACE)] == paths


@given(st.text())
def test_any_text_can_be_looked_through(text: str) -> None:
    assert all(one.path.name for one in references(f"{text} @a.png", WORKSPACE))


@pytest.mark.parametrize(("file_format", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
def test_png_and_jpeg_go_byte_for_byte(tmp_path: Path, file_format: str, media_type: str) -> None:
    data = encoded(file_format, (40, 30))
    image = read_picture(written(tmp_path, "misnamed.gif", data))
    assert (image.media_type, base64.b64decode(image.data)) == (media_type, data)
    assert (image.name, image.width, image.height) == ("misnamed.gif", 40, 30)


@pytest.mark.parametrize("file_format", ["WEBP", "GIF", "BMP", "TIFF"])
def test_other_formats_become_png(tmp_path: Path, file_format: str) -> None:
    image = read_picture(written(tmp_path, "shot.png", encoded(file_format, (40, 30))))
    assert image.media_type == "image/png"
    assert (decoded(image).format, decoded(image).size) == ("PNG", (40, 30))
    red, green, blue = decoded(image).convert("RGB").getpixel((1, 1))  # type: ignore[misc]
    assert red > 250 > 5 > max(green, blue)


def test_the_first_frame_of_a_moving_picture_is_sent(tmp_path: Path) -> None:
    frames = [Pillow.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "moving.gif", save_all=True, append_images=frames[1:])
    assert decoded(read_picture(tmp_path / "moving.gif")).convert("RGB").getpixel((0, 0)) == (255, 0, 0)


def test_a_large_picture_is_scaled_down_in_its_proportions(tmp_path: Path) -> None:
    image = read_picture(written(tmp_path, "wide.png", encoded("PNG", (3 * MAX_SIDE_PIXELS, 90))))
    assert (image.width, image.height) == (MAX_SIDE_PIXELS, 30)
    assert decoded(image).size == (image.width, image.height)


def test_a_heavy_picture_is_compressed(tmp_path: Path) -> None:
    noise((1500, 1500)).save(tmp_path / "noise.png")
    assert (tmp_path / "noise.png").stat().st_size > MAX_SENT_BYTES
    image = read_picture(tmp_path / "noise.png")
    assert image.media_type == "image/jpeg"
    assert len(base64.b64decode(image.data)) <= MAX_SENT_BYTES


def test_a_photo_that_is_scaled_down_stays_upright(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 6  # turned by a quarter
    Pillow.new("RGB", (3000, 100), "red").save(tmp_path / "photo.jpg", exif=exif)
    image = read_picture(tmp_path / "photo.jpg")
    assert image.media_type == "image/jpeg"
    assert image.height == MAX_SIDE_PIXELS > image.width


def test_what_shines_through_becomes_white_in_a_jpeg(tmp_path: Path) -> None:
    picture = noise((1400, 1400)).convert("RGBA")
    picture.putalpha(0)
    picture.paste((0, 0, 0, 0), (0, 0, 16, 16))
    picture.save(tmp_path / "clear.png")
    image = read_picture(tmp_path / "clear.png")
    assert image.media_type == "image/jpeg"
    red, green, blue = decoded(image).convert("RGB").getpixel((4, 4))  # type: ignore[misc]
    assert min(red, green, blue) > 240


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(png_of(60_000, 60_000), "too many", id="a bomb"),
        pytest.param(
            encoded("GIF")[:6] + struct.pack("<HH", 65_535, 65_535) + encoded("GIF")[10:],
            "too many",
            id="a GIF bomb",
        ),
        pytest.param(png_of(0, 5), "not a picture", id="no pixels"),
        pytest.param(b"#!/bin/sh\necho hello\n", "not a picture", id="a script"),
        pytest.param(b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a picture", id="SVG"),
        pytest.param(b"", "not a picture", id="empty"),
        pytest.param(b"\xff\xd8\xff\xe0", "not a picture", id="half a JPEG"),
        pytest.param(encoded("WEBP")[:30], "not a picture", id="half a WebP"),
    ],
)
def test_what_can_not_be_sent_is_refused(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(ImageUnusable, match=words):
        read_picture(written(tmp_path, "x.png", data))


@given(st.binary(max_size=200), st.sampled_from([b"", encoded("JPEG")[:30], encoded("TIFF")[:20], b"GIF89a"]))
def test_no_bytes_break_the_reader(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, start: bytes
) -> None:
    path = written(tmp_path_factory.getbasetemp(), "any.png", start + data)
    with suppress(ImageUnusable):
        assert read_picture(path).width


def test_a_pipe_or_a_folder_is_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    for path in (tmp_path / "pipe.png", tmp_path):
        with pytest.raises(ImageUnusable, match=r"is not a file|can't be read"):
            read_picture(path)


def test_without_pillow_the_next_step_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = written(tmp_path, "shot.png", encoded("PNG"))
    other = written(tmp_path, "shot.webp", encoded("WEBP"))
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert read_picture(ready).width == 4
    with pytest.raises(ImageUnusable) as refused:
        read_picture(other)
    assert "pip install 'vtcode[images]'" in refused.value.hint


async def test_a_marked_picture_must_be_there_and_a_path_need_not(tmp_path: Path) -> None:
    with pytest.raises(ImageUnusable, match=r"no picture shto\.png"):
        await read_attachments("what is @shto.png", tmp_path)
    assert await read_attachments(f"{tmp_path}/nothing.png", tmp_path) == ()
    written(tmp_path, "shot.png", encoded("PNG"))
    assert [image.name for image in await read_attachments("what is @shot.png", tmp_path)] == ["shot.png"]


async def test_a_message_takes_only_so_many_pictures(tmp_path: Path) -> None:
    names = " ".join(f"@{number}.png" for number in range(MAX_IMAGES + 1))
    with pytest.raises(ImageUnusable, match=str(MAX_IMAGES)):
        await read_attachments(names, tmp_path)


def test_only_a_model_that_is_known_to_be_blind_is_refused() -> None:
    image = Image(media_type="image/png", data="", name="shot.png")
    require_vision(ModelInfo(id="m", vision=None), [image])
    require_vision(ModelInfo(id="m", vision=True), [image])
    require_vision(ModelInfo(id="m", vision=False), [])
    with pytest.raises(NoVision, match=r"m can't see pictures.*shot\.png"):
        require_vision(ModelInfo(id="m", vision=False), [image])


def test_a_message_that_no_such_window_holds_is_refused_with_one_that_does() -> None:
    small = ModelInfo(id="m:2", key="m", window_tokens=5_000, max_window_tokens=131_072)
    require_room(small, "word " * 3_000)
    require_room(ModelInfo(id="m"), "word " * 100_000)
    with pytest.raises(MessageTooLong, match="6,000 tokens long") as refused:
        require_room(small, "x" * 30_000)
    assert "/model load m --context-length 16384" in refused.value.hint


@pytest.mark.parametrize(
    ("most", "hint"),
    [
        pytest.param(14_000, "/model load m --context-length 14000", id="less than would be roomy"),
        pytest.param(5_000, "", id="no more than it has"),
        pytest.param(None, "", id="not known"),
    ],
)
def test_no_window_is_named_that_the_model_can_not_have(most: int | None, hint: str) -> None:
    model = ModelInfo(id="m", window_tokens=5_000, max_window_tokens=most)
    with pytest.raises(MessageTooLong) as refused:
        require_room(model, "x" * 30_000)
    assert refused.value.hint.startswith("Put the text into a file and name that")
    assert refused.value.hint.endswith(hint or "name that.")
