// Checks a published log, an offline proof or a growth with the Go team's own note and tlog
// packages. Nothing of the checking is written here: only files are found, and lines taken apart.
//
//	tlog log VKEY FOLDER
//	tlog proof VKEY LEAF-FILE PROOF-FILE
//	tlog growth VKEY OLD-CHECKPOINT NEW-CHECKPOINT PROOF-FILE   (a hash in base64 on each line)
//	tlog sign SKEY                                              (text on standard input)
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func main() {
	commands := map[string]func([]string){
		"log": checkLog, "proof": checkProof, "growth": checkGrowth, "sign": sign,
	}
	commands[os.Args[1]](os.Args[2:])
}

func checkLog(args []string) {
	tree := openTree(args[0], read(filepath.Join(args[1], "checkpoint")))
	reader := tlog.TileHashReader(tree, folder(args[1]))
	entries := readEntries(args[1], tree.N)
	for n := int64(0); n < tree.N; n += 1 + tree.N/512 {
		checkEntry(tree, reader, n, entries[n])
	}
	if tree.N > 0 {
		checkEntry(tree, reader, tree.N-1, entries[tree.N-1])
	}
	for n, entry := range entries {
		hashes, err := reader.ReadHashes([]int64{tlog.StoredHashIndex(0, int64(n))})
		must(err)
		require(hashes[0] == tlog.RecordHash(entry), "entry %d does not hash to its leaf", n)
	}
	for old := int64(1); old <= tree.N; old += 1 + tree.N/64 {
		root, err := tlog.TreeHash(old, reader)
		must(err)
		proof, err := tlog.ProveTree(tree.N, old, reader)
		must(err)
		must(tlog.CheckTree(proof, tree.N, tree.Hash, old, root))
	}
	fmt.Println("sound", tree.N, tree.Hash)
}

func checkEntry(tree tlog.Tree, reader tlog.HashReader, n int64, entry []byte) {
	proof, err := tlog.ProveRecord(tree.N, n, reader)
	must(err)
	must(tlog.CheckRecord(proof, tree.N, tree.Hash, n, tlog.RecordHash(entry)))
}

func checkProof(args []string) {
	head, checkpoint, found := strings.Cut(string(read(args[2])), "\n\n")
	lines := strings.Split(head, "\n")
	require(found && lines[0] == "c2sp.org/tlog-proof@v1", "no tlog-proof")
	if strings.HasPrefix(lines[1], "extra ") {
		lines = lines[1:]
	}
	n, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	must(err)
	tree := openTree(args[0], []byte(checkpoint))
	must(tlog.CheckRecord(parseHashes(lines[2:]), tree.N, tree.Hash, n, tlog.RecordHash(read(args[1]))))
	fmt.Println("included", n, tree.N)
}

func checkGrowth(args []string) {
	before, after := openTree(args[0], read(args[1])), openTree(args[0], read(args[2]))
	proof := parseHashes(strings.Fields(string(read(args[3]))))
	must(tlog.CheckTree(proof, after.N, after.Hash, before.N, before.Hash))
	fmt.Println("grown", before.N, after.N)
}

func sign(args []string) {
	signer, err := note.NewSigner(args[0])
	must(err)
	text, err := io.ReadAll(os.Stdin)
	must(err)
	signed, err := note.Sign(&note.Note{Text: string(text)}, signer)
	must(err)
	os.Stdout.Write(signed)
}

func openTree(vkey string, signed []byte) tlog.Tree {
	verifier, err := note.NewVerifier(vkey)
	must(err)
	opened, err := note.Open(signed, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	require(lines[0] == verifier.Name(), "the origin is not the key's name")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	return tlog.Tree{N: size, Hash: root}
}

func parseHashes(lines []string) (hashes []tlog.Hash) {
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		must(err)
		hashes = append(hashes, hash)
	}
	return hashes
}

// folder is a published log on disk. C2SP paths lack the height that Go's own paths carry.
type folder string

func (f folder) Height() int { return height }

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) (contents [][]byte, err error) {
	for _, tile := range tiles {
		content, err := os.ReadFile(filepath.Join(string(f), c2spPath(tile)))
		if err != nil {
			return nil, err
		}
		contents = append(contents, content)
	}
	return contents, nil
}

func c2spPath(tile tlog.Tile) string {
	rest := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	return "tile/" + strings.Replace(rest, "data/", "entries/", 1)
}

func readEntries(root string, size int64) (entries [][]byte) {
	for n := int64(0); n<<height < size; n++ {
		width := 1 << height
		if left := size - n<<height; left < int64(width) {
			width = int(left)
		}
		bundle := read(filepath.Join(root, c2spPath(tlog.Tile{H: height, L: -1, N: n, W: width})))
		for len(bundle) > 0 {
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			entries, bundle = append(entries, bundle[2:end]), bundle[end:]
		}
	}
	require(int64(len(entries)) == size, "%d entries instead of %d", len(entries), size)
	return entries
}

func read(path string) []byte {
	content, err := os.ReadFile(path)
	must(err)
	return content
}

func must(err error) {
	require(err == nil, "%v", err)
}

func require(condition bool, format string, details ...any) {
	if !condition {
		fmt.Fprintf(os.Stderr, format+"\n", details...)
		os.Exit(1)
	}
}
