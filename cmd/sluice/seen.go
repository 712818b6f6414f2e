package main

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/queue/spool"
	"github.com/sluicelog/sluice/receive"
)

// showID is a filter that makes the ID of a record one of its attributes. What is
// in the file then says which records are in the file, also after a kill -9 between
// any two instructions: no second file could.
func showID(_ context.Context, r *sluice.Record) *sluice.Record {
	if r.ID.IsZero() {
		return r
	}
	shown := *r
	shown.Attrs = append(slices.Clip(r.Attrs), slog.String("sluice_id", r.ID.String()))
	return &shown
}

// written are the records that wait in the spool and are in the file: the program was
// killed behind the one and in front of the other.
type written struct{ ids map[sluice.ID]struct{} }

// find looks through what waits, which is then seen: ids are those in the file.
func (w *written) find(s *spool.Spool, ids *receive.Seen) error {
	w.ids = map[sluice.ID]struct{}{}
	return s.Each(func(r *sluice.Record) {
		if !r.ID.IsZero() && !ids.Add(r.ID) {
			w.ids[r.ID] = struct{}{}
		}
	})
}

// skip is a filter that keeps them from being written again.
func (w *written) skip(_ context.Context, r *sluice.Record) *sluice.Record {
	if len(w.ids) > 0 {
		if _, twice := w.ids[r.ID]; twice {
			return nil
		}
	}
	return r
}

// behind makes written those that the file at path has.
func (w *written) behind(path string) {
	w.ids = map[sluice.ID]struct{}{}
	shownIn(path, func(id sluice.ID) { w.ids[id] = struct{}{} })
}

var shownID = regexp.MustCompile(`sluice_id"?[=:] ?"?([0-9a-f]{16}-[0-9]+)`)

// maxSeen is how many bytes of the last lines are looked through: far more than
// senders send again.
const maxSeen = 64 << 20

// seenIn gives the IDs of shownIn.
func seenIn(path string) *receive.Seen {
	seen := &receive.Seen{}
	shownIn(path, func(id sluice.ID) { seen.Add(id) })
	return seen
}

// shownIn gives the IDs in the last lines of the file at path and of its backups that
// are not compressed. What cannot be read is as if it were not there.
func shownIn(path string, each func(sluice.ID)) {
	names, _ := filepath.Glob(path + "*")
	type found struct {
		name string
		info os.FileInfo
	}
	var files []found
	for _, name := range names {
		if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
			files = append(files, found{name, info})
		}
	}
	slices.SortFunc(files, func(a, b found) int { return cmp.Compare(b.info.ModTime().UnixNano(), a.info.ModTime().UnixNano()) })
	left := int64(maxSeen)
	for _, f := range files {
		if left <= 0 {
			break
		}
		for _, m := range shownID.FindAllSubmatch(tail(f.name, left), -1) {
			if id, ok := sluice.ParseID(string(m[1])); ok {
				each(id)
			}
		}
		left -= f.info.Size()
	}
}

// tail gives the last most bytes of a file.
func tail(name string, most int64) []byte {
	f, err := os.Open(name)
	if err != nil {
		return nil
	}
	defer f.Close()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil
	}
	data := make([]byte, min(end, most))
	n, _ := f.ReadAt(data, end-int64(len(data)))
	return data[:n]
}
