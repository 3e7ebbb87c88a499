"""Google's own client for Cloud Storage on the sandbox's buckets, one of which a ledger lies in already.

It asks nothing of landfall: what it finds is what the client makes of the answers, checksums included. What `object_store` wrote by the
XML interface, it reads by the JSON one, and writes over. SANDBOX_URL is the sandbox's address.
"""
import os
import sys
import urllib.error
import urllib.request

# Beside this script lies a `google.py` of our own.
sys.path.pop(0)

from google.api_core import exceptions
from google.cloud import storage
from google.oauth2.credentials import Credentials

PROJECT = "judged-project"
ENDPOINT = os.environ["SANDBOX_URL"]
LEDGER = "acme-ledger"
LOCK = "shop/all/targets/a/b/lock.json"
ENTRY = "shop/all/targets/a/b/entries/1"


def client(project=PROJECT):
    # Retries are the client's own affair, and would only hide a refusal here.
    return storage.Client(project=project, credentials=Credentials(project), client_options={"api_endpoint": ENDPOINT})


def refused(call, kind):
    try:
        call()
    except kind:
        return
    raise AssertionError(f"{kind.__name__} was expected")


def xml(method, path, body=None, token=PROJECT, **headers):
    """The XML interface, as it is spoken to over the wire."""
    given = {"Authorization": f"Bearer {token}"} if token else {}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{ENDPOINT}/{path}", data=body, method=method, headers=given)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def put(blob, text, **more):
    blob.upload_from_string(text, checksum=None, retry=None, **more)


def what_a_ledger_wrote_is_there_with_its_checksums():
    bucket = client().get_bucket(LEDGER)
    assert bucket.versioning_enabled and bucket.iam_configuration.uniform_bucket_level_access_enabled
    assert bucket.iam_configuration.public_access_prevention == "enforced"
    names = [blob.name for blob in client().list_blobs(LEDGER, prefix="shop/all/")]
    assert names == [ENTRY, LOCK], names
    # The client compares the checksum of what it was given with what it got.
    for checksum in ("md5", "crc32c"):
        assert bucket.blob(ENTRY).download_as_bytes(checksum=checksum) == b"ein Eintrag"


def an_object_is_created_once():
    blob = client().bucket(LEDGER).blob("once")
    put(blob, "1", if_generation_match=0)
    refused(lambda: put(blob, "2", if_generation_match=0), exceptions.PreconditionFailed)
    status, _, body = xml("PUT", f"{LEDGER}/once", b"2", x_goog_if_generation_match="0")
    assert status == 412 and b"<Code>PreconditionFailed</Code>" in body
    assert blob.download_as_bytes() == b"1"


def an_object_is_swapped_by_its_generation_only():
    blob = client().bucket(LEDGER).get_blob(LOCK)
    first = blob.generation
    status, headers, _ = xml("GET", f"{LEDGER}/{LOCK.replace('/', '%2F')}")
    assert status == 200 and int(headers["x-goog-generation"]) == first
    put(blob, "same", if_generation_match=first)
    again = client().bucket(LEDGER).get_blob(LOCK)
    assert again.generation != first and again.md5_hash == blob.md5_hash
    assert xml("HEAD", f"{LEDGER}/{LOCK}")[1]["etag"] == headers["etag"]
    refused(lambda: put(blob, "late", if_generation_match=first), exceptions.PreconditionFailed)
    gone = client().bucket(LEDGER).blob("gone")
    refused(lambda: put(gone, "x", if_generation_match=first), exceptions.PreconditionFailed)


def what_was_written_over_is_kept_and_what_is_removed_is_not_listed():
    bucket = client().bucket(LEDGER)
    blob = bucket.blob("kept")
    put(blob, "1")
    first = blob.generation
    put(blob, "2")
    assert bucket.blob("kept", generation=first).download_as_bytes() == b"1"
    refused(lambda: blob.delete(if_generation_match=first, retry=None), exceptions.PreconditionFailed)
    assert xml("DELETE", f"{LEDGER}/kept")[0] == 204
    assert xml("DELETE", f"{LEDGER}/kept")[0] == 404
    assert not bucket.blob("kept").exists()
    assert "kept" not in [one.name for one in client().list_blobs(LEDGER)]
    assert bucket.blob("kept", generation=first).download_as_bytes() == b"1"


def lists_come_in_pages_and_in_order():
    bucket = client().bucket(LEDGER)
    names = [f"page/{number:02}" for number in range(7)]
    for name in reversed(names):
        put(bucket.blob(name), name)
    assert [blob.name for blob in client().list_blobs(LEDGER, prefix="page/", page_size=3)] == names
    seen, token = [], ""
    while True:
        status, _, body = xml("GET", f"{LEDGER}?list-type=2&prefix=page/&max-keys=3{token}")
        text = body.decode()
        seen += [part.split("</Key>")[0] for part in text.split("<Key>")[1:]]
        if "<IsTruncated>false" in text:
            break
        token = "&continuation-token=" + text.split("<NextContinuationToken>")[1].split("<")[0]
    assert seen == names, seen


def a_part_is_given_where_it_is_there():
    blob = client().bucket(LEDGER).blob("part")
    put(blob, "0123456789")
    status, headers, body = xml("GET", f"{LEDGER}/part", Range="bytes=4-6")
    assert (status, headers["content-range"], body) == (206, "bytes 4-6/10", b"456")
    assert int(headers["x-goog-generation"]) == blob.generation
    status, _, body = xml("GET", f"{LEDGER}/part", Range="bytes=10-")
    assert status == 416 and b"<Code>InvalidRange</Code>" in body


def nobody_else_gets_in():
    refused(lambda: client("other-project").get_bucket(LEDGER), exceptions.Forbidden)
    status, _, body = xml("GET", f"{LEDGER}/once", token="other-project")
    assert status == 403 and b"storage.objects.get" in body
    status, _, body = xml("GET", f"{LEDGER}/once", token="No Project")
    assert status == 401 and b"<Code>AuthenticationRequired</Code>" in body
    for path, code in [("no-such-bucket/once", b"NoSuchBucket"), (f"{LEDGER}/nothing", b"NoSuchKey")]:
        status, _, body = xml("GET", path)
        assert status == 404 and code in body
    refused(lambda: client().get_bucket("no-such-bucket"), exceptions.NotFound)


def what_the_sandbox_has_not_got_is_refused():
    assert xml("PUT", f"{LEDGER}/once", b"2", x_goog_if_generation_match="one")[0] == 400
    assert xml("GET", f"{LEDGER}/once", If_None_Match="*")[0] == 400
    assert xml("POST", f"{LEDGER}/once?uploads", b"")[0] == 400
    assert xml("PUT", f"{LEDGER}/.well-known/acme-challenge/x", b"2")[0] == 400


for story in [
    what_a_ledger_wrote_is_there_with_its_checksums,
    an_object_is_created_once,
    an_object_is_swapped_by_its_generation_only,
    what_was_written_over_is_kept_and_what_is_removed_is_not_listed,
    lists_come_in_pages_and_in_order,
    a_part_is_given_where_it_is_there,
    nobody_else_gets_in,
    what_the_sandbox_has_not_got_is_refused,
]:
    story()
    print(story.__name__)
print("all steps passed")
