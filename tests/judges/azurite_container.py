"""Makes a container: endpoint, account, key and name are given. Signed as "Authorize with Shared Key" says, with nothing but the standard library."""
import base64
import email.utils
import hashlib
import hmac
import sys
import urllib.request

endpoint, account, key, name = sys.argv[1:]
headers = {"x-ms-date": email.utils.formatdate(usegmt=True), "x-ms-version": "2023-11-03"}
path = urllib.request.urlparse(endpoint).path + "/" + name
signed = "\n".join(["PUT"] + [""] * 11 + [f"{key}:{value}" for key, value in sorted(headers.items())] + [f"/{account}{path}", "restype:container"])
digest = hmac.new(base64.b64decode(key), signed.encode(), hashlib.sha256).digest()
headers["Authorization"] = f"SharedKey {account}:{base64.b64encode(digest).decode()}"
request = urllib.request.Request(f"{endpoint}/{name}?restype=container", method="PUT", headers=headers)
print(urllib.request.urlopen(request).status)
