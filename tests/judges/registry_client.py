"""What the stories of the sandbox's registries share: requests, skopeo, and what every registry refuses."""
import hashlib
import json
import os
import subprocess
import urllib.error
import urllib.request

SANDBOX, IMAGE = os.environ["SANDBOX_URL"], os.environ["IMAGE"]
KIND = "application/vnd.oci.image.manifest.v1+json"


class Registry:
    """A registry under its own host where `way` is the sandbox that stands behind that name, else under the sandbox's address."""

    def __init__(self, host, authorization, credentials, way=None):
        self.host, self.authorization, self.credentials, self.way = host, authorization, credentials, way
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({"http": way} if way else {}))

    def ask(self, method, path, body=None, authorization=True, **headers):
        """Status, headers and body of an answer."""
        url = path if path.startswith("http://") else f"http://{self.host}{path}"
        request = urllib.request.Request(url, method=method, data=body)
        authorization = self.authorization if authorization is True else authorization
        if authorization:
            request.add_header("Authorization", authorization)
        for name, value in headers.items():
            request.add_header(name.replace("_", "-"), value)
        try:
            with self.opener.open(request) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def refused(self, status, code, *arguments, **named):
        found, headers, body = self.ask(*arguments, **named)
        assert found == status, (found, body)
        assert json.loads(body)["errors"][0]["code"] == code, body
        return headers

    def skopeo(self, *arguments, fails=None):
        environment = dict(os.environ)
        if self.way:
            environment |= {"http_proxy": self.way, "https_proxy": self.way, "no_proxy": ""}
        done = subprocess.run(["skopeo", *arguments], capture_output=True, text=True, env=environment)
        if fails is None:
            assert done.returncode == 0, (arguments, done.stderr)
        else:
            assert done.returncode != 0 and fails in done.stderr, (arguments, done.stderr)
        return done.stdout

    def push(self, name, fails=None, source=f"oci:{IMAGE}:worker", credentials=None):
        self.skopeo(
            "copy", "--all", "--preserve-digests", "--insecure-policy", "--dest-tls-verify=false", "--dest-creds",
            credentials or self.credentials, source, f"docker://{self.host}/{name}", fails=fails)

    def holds(self, name, tag):
        """That what was pushed is there, by its digest and under its only tag; gives the digest."""
        access = ("--tls-verify=false", "--creds", self.credentials)
        index = json.load(open(f"{IMAGE}/index.json"))["manifests"][0]["digest"]
        raw = self.skopeo("inspect", *access, "--raw", f"docker://{self.host}/{name}@{index}")
        assert "sha256:" + hashlib.sha256(raw.encode()).hexdigest() == index
        listed = json.loads(self.skopeo("list-tags", *access, f"docker://{self.host}/{name}"))
        assert listed["Tags"] == [tag], listed
        return index

    def one(self):
        """A layout with the image for one processor alone: another content."""
        one = f"oci:{IMAGE}-one:worker"
        if not os.path.exists(f"{IMAGE}-one"):
            self.skopeo(
                "copy", "--insecure-policy", "--override-arch", "arm64", "--override-os", "linux", f"oci:{IMAGE}:worker", one)
        return one

    def with_digest(self, place, digest):
        return f"{place}{'&' if '?' in place else '?'}digest={digest}"

    def keeps_only_what_is_whole(self, name, index):
        """What isn't whole is no image."""
        config = b"{}"
        begin = lambda: self.ask("POST", f"/v2/{name}/blobs/uploads/")[1]["Location"]
        digest = "sha256:" + hashlib.sha256(config).hexdigest()
        self.refused(400, "DIGEST_INVALID", "PUT", self.with_digest(begin(), f"sha256:{'0' * 64}"), config)
        place = begin()
        self.refused(416, "BLOB_UPLOAD_INVALID", "PATCH", place, b"late", Content_Range="7-10")
        assert self.ask("PUT", self.with_digest(place, digest), config)[0] == 201
        self.refused(404, "BLOB_UPLOAD_UNKNOWN", "PUT", self.with_digest(place, digest), config)

        def manifest(size=len(config), layer="sha256:" + "1" * 64):
            kind = "application/vnd.oci.image.layer.v1.tar+gzip"
            return json.dumps({
                "schemaVersion": 2, "mediaType": KIND,
                "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": size},
                "layers": [{"mediaType": kind, "digest": layer, "size": 1}] if layer else [],
            }).encode()

        put = f"/v2/{name}/manifests"
        self.refused(404, "MANIFEST_BLOB_UNKNOWN", "PUT", f"{put}/3", manifest(), Content_Type=KIND)
        self.refused(400, "MANIFEST_INVALID", "PUT", f"{put}/3", manifest(size=7, layer=None), Content_Type=KIND)
        self.refused(400, "MANIFEST_INVALID", "PUT", f"{put}/3", manifest(layer=None), Content_Type="text/plain")
        self.refused(400, "DIGEST_INVALID", "PUT", f"{put}/{index}", manifest(layer=None), Content_Type=KIND)
        self.refused(404, "MANIFEST_UNKNOWN", "GET", f"{put}/3")
        self.refused(404, "BLOB_UNKNOWN", "GET", f"/v2/{name}/blobs/sha256:{'1' * 64}")
