"""Archives with a network and its labels: what is taken out, and what is not."""

import zipfile
from io import BytesIO

import pytest

from interp.archives import ArchiveError, folders, read_labels, unpacked
from tests.support.corpus import archive

LIMIT = 2**20


def test_the_only_network_is_taken_with_its_labels():
    data = archive({"converted/keras_model.h5": b"network", "converted/labels.txt": "0 Thumbs up\n1 Thumbs down\n"})
    package = unpacked(data, LIMIT)
    assert (package.data, package.name) == (b"network", "keras_model.h5")
    assert package.labels == ("Thumbs up", "Thumbs down")


def test_a_file_that_is_no_such_archive_is_left_as_it_is():
    for data in (b"", b"\x89HDF", archive({"config.json": "{}", "model.weights.h5": b"x"}), archive({"a.txt": "x"})):
        assert unpacked(data, LIMIT).data == data


def test_what_the_mac_puts_beside_is_passed_over():
    data = archive({"__MACOSX/._net.h5": b"no", "net.h5": b"yes"})
    assert unpacked(data, LIMIT).data == b"yes"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (archive({"a.h5": b"x", "b.keras": b"y"}), "several networks \\(a.h5, b.keras\\)"),
        (archive({"bomb.h5": bytes(4 * LIMIT)}), "too large"),
        (b"PK\x03\x04 and no more", "damaged"),
    ],
)
def test_other_archives_are_refused_in_a_sentence(data, message):
    with pytest.raises(ArchiveError, match=message):
        unpacked(data, LIMIT)


def test_an_archive_that_lies_about_its_size_is_refused():
    data = bytearray(archive({"bomb.h5": bytes(4 * LIMIT)}))
    size = (4 * LIMIT).to_bytes(4, "little")
    while (place := data.find(size)) >= 0:
        data[place : place + 4] = (100).to_bytes(4, "little")
    with pytest.raises(ArchiveError, match="damaged"):
        unpacked(bytes(data), LIMIT)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("0 cat\n1 dog\n", ("cat", "dog")),
        ("cat\ndog", ("cat", "dog")),
        ("0: cat\r\n1: big dog\r\n", ("cat", "big dog")),
        ("3 apples\n4 pears", ("3 apples", "4 pears")),
        ("0\n1\n2", ("0", "1", "2")),
        ('["cat", "dog"]', ("cat", "dog")),
        ('{"1": "dog", "0": "cat"}', ("cat", "dog")),
        ('{"labels": ["cat", "dog"], "timeStamp": "now"}', ("cat", "dog")),
        ('{"id2label": {"0": "cat", "1": "dog"}}', ("cat", "dog")),
        ('{"modelName": "x"}', ()),
        ("cat\ncat\n", ("cat", "cat (2)")),
        ("", ()),
        ("[" * 100_000, ()),
        (b"\xef\xbb\xbfcat\ndog", ("cat", "dog")),
    ],
)
def test_labels_are_read_from_lines_and_json(text, names):
    assert read_labels(text) == names


def test_files_of_an_archive_come_by_folder_without_hidden_and_other_ones() -> None:
    data = archive(
        {"a/cat/1.JPG": b"1", "a/cat/.2.jpg": b"", "__MACOSX/cat/3.jpg": b"", "dog/4.jpg": b"4", "dog/x.txt": b""}
    )
    assert folders(data, (".jpg",), 10, 10) == {"cat": [("1.JPG", b"1")], "dog": [("4.jpg", b"4")]}


@pytest.mark.parametrize(
    ("data", "max_bytes", "most", "words"),
    [
        (b"no zip", 10, 10, "damaged"),
        ("two", 10, 1, "holds 2 files; at most 1"),
        ("two", 3, 10, "too large"),
    ],
)
def test_archives_with_too_much_in_them_are_refused(data: bytes | str, max_bytes: int, most: int, words: str) -> None:
    given = archive({"a/1.jpg": b"12", "a/2.jpg": b"34"}) if isinstance(data, str) else data
    with pytest.raises(ArchiveError, match=words):
        folders(given, (".jpg",), max_bytes, most)


def test_an_archive_that_claims_more_than_it_holds_is_refused_in_a_sentence() -> None:
    with zipfile.ZipFile(buffer := BytesIO(), "w", zipfile.ZIP_STORED) as written:
        written.writestr("a.keras", b"a network")
    data = bytearray(buffer.getvalue())
    start = data.index(b"PK\x01\x02")
    data[start + 20 : start + 28] = 2 * (10_000).to_bytes(4, "little")  # the file's size, packed and unpacked
    with pytest.raises(ArchiveError, match="damaged"):
        unpacked(bytes(data), LIMIT)


def test_an_archive_packed_by_a_damaged_stream_of_another_kind_is_refused_in_a_sentence() -> None:
    with zipfile.ZipFile(buffer := BytesIO(), "w", zipfile.ZIP_LZMA) as written:
        written.writestr("a.keras", b"a network" * 99)
    data = bytearray(buffer.getvalue())
    start = data.index(b"a.keras") + len(b"a.keras")
    data[start + 9 : start + 20] = bytes(11)  # behind the stream's properties
    with pytest.raises(ArchiveError, match="damaged"):
        unpacked(bytes(data), LIMIT)
