package rotate

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// Something else at the names that sluice uses: a link is not written through, a
// file not replaced, the backup not lost, and it is said.
func TestCompressPlanted(t *testing.T) {
	unixOnly(t)
	for _, c := range []struct {
		rule    string
		planted tree
		after   tree
	}{
		{"a link at the archive's name", tree{"app.log.1.gz": "-> victim"}, tree{"app.log.1": "0000000", "app.log.1.gz": "-> victim"}},
		{"a file at the archive's name", tree{"app.log.1.gz": "x"}, tree{"app.log.1": "0000000", "app.log.1.gz": "no archive: \"x\""}},
		{"an archive of something else", tree{"app.log.1.gz": packed(t, Gzip(), "000000")}, tree{"app.log.1": "0000000", "app.log.1.gz": "packed 000000"}},
		{"a directory at the archive's name", tree{"app.log.1.gz": "<dir>"}, tree{"app.log.1": "0000000", "app.log.1.gz": "<dir>"}},
		{"a link where it is made", tree{".app.log.archive.sluice": "-> victim"}, tree{"app.log.1": "0000000", ".app.log.archive.sluice": "-> victim"}},
		{"a link to nothing where it is made", tree{".app.log.archive.sluice": "-> none"}, tree{"app.log.1": "0000000", ".app.log.archive.sluice": "-> none"}},
		{"a file where it is made", tree{".app.log.archive.sluice": "x"}, tree{"app.log.1": "0000000", ".app.log.archive.sluice": "x"}},
		{"the backup itself is a link", tree{"app.log.2": "-> victim"}, tree{"app.log.1.gz": "packed 0000000", "app.log.2": "-> victim"}},
	} {
		t.Run(c.rule, func(t *testing.T) {
			dir := t.TempDir()
			tree{"app.log": "0000000", "victim": "untouched"}.make(t, dir)
			sys, entered, leave := stopped()
			var reported []error
			f := openedWith(t, dir, Options{
				Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 5}, Compress: Gzip(), NoFollow: true,
				OnError: func(err error) { reported = append(reported, err) },
			}, sys)
			if _, ok := c.planted["app.log.1.gz"]; ok {
				entered = nil
				c.planted = maps.Clone(c.planted)
			}
			if entered == nil {
				// Between the rollover and the compression.
				f.mu.Lock()
				if err := f.roll(f.now(), true); err != nil {
					t.Fatal(err)
				}
				c.planted.make(t, dir)
				f.mu.Unlock()
			} else {
				c.planted.make(t, dir)
			}
			close(leave)
			write(t, f, "new\n")
			f.Close()
			c.after["app.log"], c.after["victim"] = "new\n", "untouched"
			if c.planted["app.log.2"] != "" {
				delete(c.after, "app.log.2")
				c.after["app.log.3"] = "-> victim"
				if got := unpacked(t, dir)["victim"]; got != "untouched" {
					t.Errorf("victim: %q", got)
				}
				return
			}
			c.after.checkUnpacked(t, dir)
			if len(reported) == 0 {
				t.Error("not reported")
			}
		})
	}
}

// A link at the name of an archive that was there before moves on like a backup,
// and is named.
func TestCompressPlantedBefore(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	tree{"app.log": "0000000", "victim": "untouched", "app.log.1.gz": "-> victim"}.make(t, dir)
	var reported []error
	f := opened(t, dir, Options{
		Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 1}, Compress: Gzip(),
		OnError: func(err error) { reported = append(reported, err) },
	})
	write(t, f, "new\n")
	f.Close()
	tree{"app.log": "new\n", "victim": "untouched", "app.log.1.gz": "packed 0000000"}.checkUnpacked(t, dir)
	if len(reported) != 1 || !strings.Contains(reported[0].Error(), "app.log.1.gz is not an archive") {
		t.Errorf("reported %v", reported)
	}
}

// TestCompressFault makes each call fail that compressing makes. The backup is
// there as it was or compressed, it is reported, and the next rollover makes up
// for it.
func TestCompressFault(t *testing.T) {
	unixOnly(t)
	for _, kind := range []string{"open", "lstat", "fstat", "read", "write", "chmod", "utimes", "sync", "close", "rename", "syncdir", "remove"} {
		for k := 1; ; k++ {
			dir := t.TempDir()
			tree{"app.log.1": "1111111"}.make(t, dir)
			x := &faults{err: syscall.ENOSPC}
			var reported []error
			told := 0
			f := openedWith(t, dir, Options{
				Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 5}, Compress: Gzip(), Perm: 0o600,
				AfterRoll: func(string) { told++ },
				OnError:   func(err error) { reported = append(reported, err) },
			}, x.system())
			x.kind, x.k = kind, x.calls[kind]+k
			f.mu.Lock()
			f.release()
			f.closing.Wait()
			failed := x.calls[kind] >= x.k
			x.k = 0
			got := unpacked(t, dir)
			if got["app.log.1"] != "1111111" && got["app.log.1.gz"] != "packed 1111111" {
				t.Errorf("%s %d: left %q", kind, k, got)
			}
			if failed && len(reported) == 0 && kind != "lstat" {
				t.Errorf("%s %d: not reported", kind, k)
			}
			fill(t, f, 2)
			f.Close()
			want := tree{"app.log": "000001\n", "app.log.1.gz": "packed 000000\n", "app.log.2.gz": "packed 1111111"}
			if got := unpacked(t, dir); !maps.Equal(got, want) && kind != "remove" {
				t.Errorf("%s %d: in the end %q", kind, k, got)
			}
			if told != 2 {
				t.Errorf("%s %d: told of %d", kind, k, told)
			}
			if !failed {
				break
			}
		}
	}
}

// Somebody still writes to a backup: what he writes is not lost.
func TestCompressChanged(t *testing.T) {
	unixOnly(t)
	dir := t.TempDir()
	tree{"app.log": "0000000"}.make(t, dir)
	sys, entered, leave := stopped()
	var reported []error
	f := openedWith(t, dir, Options{
		Policy: Size{MaxBytes: 8}, Retention: Keep{Backups: 5}, Compress: Gzip(),
		OnError: func(err error) { reported = append(reported, err) },
	}, sys)
	write(t, f, "new\n")
	<-entered
	late, err := os.OpenFile(filepath.Join(dir, "app.log.1"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := late.WriteString("late"); err != nil {
		t.Fatal(err)
	}
	late.Close()
	close(leave)
	f.Close()
	tree{"app.log": "new\n", "app.log.1": "0000000late"}.checkUnpacked(t, dir)
	if len(reported) != 1 || !errors.Is(reported[0], errChanged) {
		t.Errorf("reported %v", reported)
	}
}

func TestCompressUnknown(t *testing.T) {
	if c, err := CompressionNamed("lzma"); c != nil || err == nil || !strings.Contains(err.Error(), `"lzma"`) {
		t.Errorf("CompressionNamed = %v, %v", c, err)
	}
	for _, name := range []string{"gzip", "zstd"} {
		if c, err := CompressionNamed(name); err != nil || c.String() != name {
			t.Errorf("CompressionNamed(%q) = %v, %v", name, c, err)
		}
	}
	if c, err := CompressionNamed(""); c != nil || err != nil {
		t.Errorf("CompressionNamed of none = %v, %v", c, err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "app.log"), &Options{Compress: Gzip()}); err == nil || !strings.Contains(err.Error(), "compress needs a policy") {
		t.Errorf("Open = %v", err)
	}
}

// FuzzHolds: whatever an archive is, it is taken for another file's only if it
// holds that.
func FuzzHolds(f *testing.F) {
	for _, c := range []*Compression{Gzip(), Zstd()} {
		var b bytes.Buffer
		w, err := c.writer(&b)
		if err != nil {
			f.Fatal(err)
		}
		if _, err := w.Write([]byte("one\ntwo\n")); err != nil {
			f.Fatal(err)
		}
		if err := w.Close(); err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes(), []byte("one\ntwo\n"), c.name == "zstd")
		f.Add(b.Bytes()[:b.Len()-1], []byte("one\ntwo\n"), c.name == "zstd")
		f.Add(b.Bytes(), []byte("one\n"), c.name == "zstd")
	}
	f.Fuzz(func(t *testing.T, archive, plain []byte, zstd bool) {
		c := Gzip()
		if zstd {
			c = Zstd()
		}
		ok, err := c.holds(bytes.NewReader(archive), bytes.NewReader(plain))
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return
		}
		r, err := c.reader(bytes.NewReader(archive))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		got, err := io.ReadAll(r)
		if err != nil || len(got) < len(plain) || !bytes.HasPrefix(got, bytes.TrimRight(plain, "\x00")) {
			t.Fatalf("holds %q, read %q, %v", plain, got, err)
		}
	})
}

// TestHolds: an archive takes the place of what it was made of, also if a power cut
// has left less of that; of nothing else.
func TestHolds(t *testing.T) {
	const all = "one\ntwo\nthree\n"
	for _, c := range []*Compression{Gzip(), Zstd()} {
		var b bytes.Buffer
		w, err := c.writer(&b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(all)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		for _, x := range []struct {
			plain string
			cut   int // bytes off the archive
			want  bool
		}{
			{all, 0, true},
			{all, 1, false},
			{"one\ntw", 0, true},
			{"one\ntw", 1, false},
			{"one\ntw\x00\x00\x00\x00", 0, true},
			{"\x00\x00\x00", 0, true},
			{"", 0, true},
			{"one\n\x00wo\n", 0, false},
			{"one\ntwo\nfour\n", 0, false},
			{all + "four\n", 0, false},
			{all + "\x00", 0, false},
		} {
			got, err := c.holds(bytes.NewReader(b.Bytes()[:b.Len()-x.cut]), strings.NewReader(x.plain))
			if err != nil || got != x.want {
				t.Errorf("%v: %q, %d bytes missing: %v, %v", c, x.plain, x.cut, got, err)
			}
		}
	}
}
