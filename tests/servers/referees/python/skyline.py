"""Reads or writes a post with the public `atproto` client, as another program of the owner's would.

Usage: skyline.py read|mention SERVER HANDLE PASSWORD ARGUMENT; JSON on stdout. `read` shows what a
post is made of, each facet with the text that its bytes cover; `mention` posts one to a handle.
"""

from __future__ import annotations

import json
import sys

from atproto import Client, client_utils, models
from atproto_client.exceptions import AtProtocolError


def signed_in(server: str, handle: str, password: str) -> Client:
    client = Client(base_url=f"{server}/xrpc")
    client.login(handle, password)
    return client


def read(client: Client, uri: str) -> dict[str, object]:
    repo, collection, key = uri.removeprefix("at://").split("/")
    found = client.com.atproto.repo.get_record(
        models.ComAtprotoRepoGetRecord.Params(repo=repo, collection=collection, rkey=key)
    )
    post = found.value
    assert models.is_record_type(post, models.ids.AppBskyFeedPost), type(post)
    raw = post.text.encode()
    images = post.embed.images if post.embed else []
    return {
        "text": post.text,
        "facets": [
            [
                raw[f.index.byte_start : f.index.byte_end].decode(),
                f.features[0].py_type.split("#")[1],
            ]
            for f in post.facets or []
        ],
        "parent": post.reply.parent.uri if post.reply else None,
        "root": post.reply.root.uri if post.reply else None,
        "alts": [image.alt for image in images],
        "sizes": [image.image.size for image in images],
        "labels": [label.val for label in post.labels.values] if post.labels else [],
    }


def mention(client: Client, handle: str) -> dict[str, object]:
    did = client.com.atproto.identity.resolve_handle(
        models.ComAtprotoIdentityResolveHandle.Params(handle=handle)
    ).did
    text = client_utils.TextBuilder().text("Grüße 👩🏽‍💻 an ").mention(f"@{handle}", did)
    text = text.text(": ").link("hier", "https://stan.example/x").text(" ").tag("#hallo", "hallo")
    made = client.send_post(text, langs=["de"])
    return {"uri": made.uri, "cid": made.cid}


def main() -> int:
    act, server, handle, password, argument = sys.argv[1:]
    try:
        done = {"read": read, "mention": mention}[act](
            signed_in(server, handle, password), argument
        )
    except AtProtocolError as problem:
        print(f"refused: {problem}", file=sys.stderr)
        return 1
    print(json.dumps(done))
    return 0


if __name__ == "__main__":
    sys.exit(main())
