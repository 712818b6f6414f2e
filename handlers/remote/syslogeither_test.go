package remote_test

import (
	"io"
	"net"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/wire"
)

// TestSysLogNULWithoutSockType: a NUL in a message stays in a datagram, as in
// Python, and is escaped in a stream; also where only connecting tells which of both
// a Unix socket is.
func TestSysLogNULWithoutSockType(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no Unix datagrams")
	}
	records := []string{"plain", "a\x00b", "\x00", ""}
	send := func(t *testing.T, path string) {
		f, err := sluice.NewFormatter("", nil)
		if err != nil {
			t.Fatal(err)
		}
		h := must(t)(remote.NewSysLog(path, nil, &remote.SysLogOptions{Syslog: wire.Syslog{Formatter: f}, Options: patient}))
		for _, text := range records {
			if err := h.Emit(t.Context(), &sluice.Record{Level: sluice.Info, Message: text}); err != nil {
				t.Error(err)
			}
		}
		if err := h.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Run("datagrams", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "g")
		pc, err := net.ListenPacket("unixgram", path)
		if err != nil {
			t.Fatal(err)
		}
		defer pc.Close()
		send(t, path)
		if err := pc.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 100)
		for _, text := range records {
			n, _, err := pc.ReadFrom(buf)
			if want := "<14>" + text + "\x00"; err != nil || string(buf[:n]) != want {
				t.Errorf("got %q, %v; want %q", buf[:n], err, want)
			}
		}
	})
	t.Run("stream", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "s")
		l, err := net.Listen("unix", path)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		send(t, path)
		nc, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		got, err := io.ReadAll(nc)
		if want := "<14>plain\x00<14>a#000b\x00<14>#000\x00<14>\x00"; err != nil || string(got) != want {
			t.Errorf("got %q, %v; want %q", got, err, want)
		}
	})
}
