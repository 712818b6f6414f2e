package remote_test

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/sluicelog/sluice"
	"github.com/sluicelog/sluice/handlers/remote"
)

// FuzzSMTPAnswers: whatever a server says, a record is delivered or refused, within
// bounds, and counted once.
func FuzzSMTPAnswers(f *testing.F) {
	f.Add("220 a\r\n250-a\r\n250 AUTH PLAIN\r\n235 ok\r\n250 b\r\n250 c\r\n354 d\r\n250 e\r\n221 f\r\n")
	f.Add("220 a\r\n250 AUTH=LOGIN CRAM-MD5\r\n334 !\r\n")
	f.Add("220 a\r\n500 a\r\n250 a\r\n")
	f.Add("220-a\r\n221 b\r\n")
	f.Add("\n\n421")
	f.Fuzz(func(t *testing.T, says string) {
		synctest.Test(t, func(t *testing.T) {
			o := &remote.SMTPOptions{LocalName: "fuzz", Credentials: &remote.SMTPCredentials{Username: "u", Password: "geheim"}}
			o.OnError = func(context.Context, *sluice.Record, error) {}
			o.Dial = func(context.Context) (net.Conn, error) {
				ours, theirs := net.Pipe()
				go func() { _, _ = io.Copy(io.Discard, theirs) }()
				go func() {
					_, _ = io.WriteString(theirs, says)
					_ = theirs.Close()
				}()
				return ours, nil
			}
			h, err := remote.NewSMTP("", "a@b", []string{"c@d"}, "Log", o)
			if err != nil {
				t.Fatal(err)
			}
			err = h.Emit(t.Context(), &sluice.Record{Message: "m"})
			st := remote.MailOf(h).Stats()
			if st.Accepted != 1 || st.Held != 0 || (err == nil) != (st.Delivered == 1) {
				t.Errorf("%v, %+v", err, st)
			}
			if err != nil && !strings.Contains(says, "geheim") && strings.Contains(err.Error(), "geheim") || err != nil && len(err.Error()) > 2000 {
				t.Errorf("%v", err)
			}
		})
	})
}
