package remote_test

import (
	"testing"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
	"github.com/sluicelog/sluice/wire"
)

// TestIDArrives: over every path that has a place for it, a record's ID arrives, and a
// receiver keeps a record that comes again once. Python's syslog and RFC 3164 have no
// place.
func TestIDArrives(t *testing.T) {
	stream := func(format wire.SyslogFormat) func(testing.TB) (*receiver, *sluice.Handler, error) {
		return func(t testing.TB) (*receiver, *sluice.Handler, error) {
			r := newSyslogReceiver(t)
			a := r.stream(t, "tcp", "127.0.0.1:0")
			h, err := remote.NewSysLog(a.host, a.port, &remote.SysLogOptions{SockType: remote.SockStream, Syslog: wire.Syslog{Format: format}, Options: patient})
			return r, h, err
		}
	}
	web := func(o remote.HTTPOptions) func(testing.TB) (*receiver, *sluice.Handler, error) {
		return func(t testing.TB) (*receiver, *sluice.Handler, error) {
			r := newReceiver(t, wire.Pickle{}, nil)
			o.Options = patient
			h, err := remote.NewHTTP(r.web(t, nil), "/", &o)
			return r, h, err
		}
	}
	for _, tt := range []struct {
		name string
		open func(testing.TB) (*receiver, *sluice.Handler, error)
		lost bool // the ID
	}{
		{"Socket", func(t testing.TB) (*receiver, *sluice.Handler, error) {
			r := newReceiver(t, wire.Pickle{}, nil)
			a := r.stream(t, "tcp", "127.0.0.1:0")
			h, err := remote.NewSocket(a.host, a.port, &remote.SocketOptions{Options: patient})
			return r, h, err
		}, false},
		{"Datagram", func(t testing.TB) (*receiver, *sluice.Handler, error) {
			r := newReceiver(t, wire.Pickle{}, nil)
			a := r.packets(t, "udp", "127.0.0.1:0")
			h, err := remote.NewDatagram(a.host, a.port, &remote.DatagramOptions{Options: patient})
			return r, h, err
		}, false},
		{"SysLog, RFC 5424", stream(wire.RFC5424), false},
		{"SysLog, RFC 3164", stream(wire.RFC3164), true},
		{"SysLog, Python's", stream(wire.Bare), true},
		{"HTTP, form", web(remote.HTTPOptions{Method: "POST"}), false},
		{"HTTP, query", web(remote.HTTPOptions{}), false},
		{"HTTP, JSON", web(remote.HTTPOptions{Method: "POST", Body: remote.BodyJSON}), false},
		{"HTTP, batches", web(remote.HTTPOptions{Method: "POST", Body: remote.BodyNDJSON, Batch: &remote.HTTPBatch{}}), false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, h, err := tt.open(t)
			must(t)(h, err)
			record := &sluice.Record{Level: sluice.Error, Message: "once", ID: sluice.ID{Source: 0x1234, Seq: 56}}
			for range 2 {
				if err := h.Emit(t.Context(), record); err != nil {
					t.Fatal(err)
				}
				if err := h.Flush(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			r.wait(2)
			if err := r.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
			want, id := 1, record.ID
			if tt.lost {
				want, id = 2, sluice.ID{}
			}
			got := r.Records()
			if len(got) != want {
				t.Fatalf("%d records arrived, want %d", len(got), want)
			}
			if got[0].ID != id {
				t.Errorf("ID %v, want %v", got[0].ID, id)
			}
		})
	}
}
