"""Unfold format=flowed text (RFC 3676): lines that end in a blank belong to one paragraph."""

from __future__ import annotations


def unfold(text: str, *, delete_space: bool = False) -> str:
    """Text with whole paragraphs on one line; quotes keep one "> " per level. Pure, total."""
    done: list[str] = []
    paragraph: list[str] = []
    open_depth = -1  # quote depth of the paragraph that the next line may continue
    for line in text.split("\n"):
        body = line.lstrip(">")
        depth = len(line) - len(body)
        body = body[1:] if body.startswith(" ") else body  # space-stuffing, section 4.4
        flows = body.endswith(" ") and body != "-- "
        if depth != open_depth or body == "-- ":
            done.append("".join(paragraph))
            paragraph = ["> " * min(depth, 50)]
        paragraph.append(body[:-1] if flows and delete_space else body)
        open_depth = depth if flows else -1
    done.append("".join(paragraph))
    return "\n".join(line if line == "-- " else line.rstrip(" ") for line in done[1:])
