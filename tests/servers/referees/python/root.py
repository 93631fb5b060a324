"""pymerkle as a judge of roots: root.py SIZE... prints the root of the first SIZE lines given."""

from __future__ import annotations

import sys

from pymerkle import InmemoryTree

tree = InmemoryTree(algorithm="sha256")
tree.append_entries(sys.stdin.buffer.read().splitlines())
for size in sys.argv[1:]:
    print(tree.get_root(int(size)).hex())
