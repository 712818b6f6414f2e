package remote

import (
	"strings"
	"testing"
	"time"
)

// TestRetryAfter: seconds and dates, from now to five minutes.
func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 20, 10, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Duration{
		"": 0, "0": 0, "20": 20 * time.Second, "300": maxRetryAfter, "301": maxRetryAfter, "315360000": maxRetryAfter,
		"99999999999999999999999999": maxRetryAfter, "-1": 0, "1.5": 0, "soon": 0, "1e9": 0,
		"Fri, 20 Nov 2026 10:00:42 GMT": 42 * time.Second, "Fri, 20 Nov 2020 10:00:00 GMT": 0, "Fri, 20 Nov 2036 10:00:00 GMT": maxRetryAfter,
	} {
		if got := retryAfter(text, now); got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("20")
	f.Add("Fri, 20 Nov 2026 10:00:42 GMT")
	f.Fuzz(func(t *testing.T, text string) {
		if wait := retryAfter(text, time.Unix(1800000000, 0)); wait < 0 || wait > maxRetryAfter {
			t.Errorf("%q: %v", text, wait)
		}
	})
}

// FuzzTarget: whatever host and url are, a request line is one line, and asks for
// what was said.
func FuzzTarget(f *testing.F) {
	f.Add("localhost:9022", "/log?x=1", true)
	f.Add("[::1]", "http://other/abs", false)
	f.Add("LOGS.Example.COM:", "//double", false)
	f.Fuzz(func(t *testing.T, host, request string, secure bool) {
		target, err := newTarget(host, request, secure)
		if err != nil {
			return
		}
		u := target.url(request, false)
		line := u.RequestURI()
		if strings.ContainsAny(line, " \r\n") || u.Host != target.address() {
			t.Errorf("%q %q: %q to %q", host, request, line, u.Host)
		}
		if request != "" && !strings.HasPrefix(request, "//") && line != request {
			t.Errorf("%q became %q", request, line)
		}
	})
}
