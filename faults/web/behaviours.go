package web

import (
	"fmt"
	"strings"
	"time"
)

// behaviour is what a server does wrong.
type behaviour struct {
	name, title string
	fail        func(*exchange)
	early       bool   // before the request is read
	forever     bool   // the answer will be the same the next time
	kept        bool   // the records are taken, and that is said
	says        string // in what is reported
	waits       bool   // it wants so long a pause that only Close ends it
	silent      bool   // there is no answer, or no end of it
}

func status(code int, header string) func(*exchange) {
	return func(e *exchange) {
		e.write(fmt.Sprintf("HTTP/1.1 %d X\r\n%sConnection: close\r\nContent-Length: 0\r\n\r\n", code, header))
	}
}

const (
	page     = 100 << 20 // bytes of a page that nobody wants
	tenYears = "Retry-After: 315360000\r\n"
)

var filler = strings.Repeat("x", 1<<16)

func behaviours(elsewhere string) []behaviour {
	location := "Location: " + elsewhere + "\r\n"
	cut := func(text string) func(*exchange) { return func(e *exchange) { e.write(text) } }
	silence := func(text string) func(*exchange) { return func(e *exchange) { e.write(text); e.hang() } }
	taken := func(text string, end func(*exchange)) func(*exchange) {
		return func(e *exchange) {
			_ = e.take(strings.HasPrefix(text, "HTTP/1.1 200"))
			e.write(text)
			end(e)
		}
	}
	nothing := func(*exchange) {}
	return []behaviour{
		{name: "500", title: "500", fail: status(500, ""), says: "500"},
		{name: "502-page", title: "502 with a page of HTML", fail: cut("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<h1>Sorry</h1>\r\n"), says: "502"},
		{name: "503", title: "503", fail: status(503, ""), says: "503"},
		{name: "503-ten-years", title: "503 with Retry-After of ten years", fail: status(503, tenYears), says: "503", waits: true},
		{name: "503-date", title: "503 with Retry-After in the past", fail: status(503, "Retry-After: Fri, 20 Nov 2020 10:00:00 GMT\r\n"), says: "503"},
		{name: "503-nonsense", title: "503 with a Retry-After that is none", fail: status(503, "Retry-After: -1e9 years\r\n"), says: "503"},
		{name: "429", title: "429 with Retry-After of 0", fail: status(429, "Retry-After: 0\r\n"), says: "429"},
		{name: "408", title: "408", fail: status(408, ""), says: "408"},
		{name: "301", title: "301 to another host", fail: status(301, location), forever: true, says: "301"},
		{name: "302", title: "302 to another host", fail: status(302, location), forever: true, says: "302"},
		{name: "307", title: "307 to another host", fail: status(307, location), forever: true, says: "307"},
		{name: "308", title: "308 to another host", fail: status(308, location), forever: true, says: "308"},
		{name: "400", title: "400", fail: status(400, ""), forever: true, says: "400"},
		{name: "401", title: "401", fail: status(401, "WWW-Authenticate: Bearer\r\n"), forever: true, says: "401"},
		{name: "413", title: "413", fail: status(413, ""), forever: true, says: "413"},
		{name: "silence", title: "silence from the first byte on", fail: func(e *exchange) { e.hang() }, early: true, says: noAnswer, silent: true},
		{name: "silence-request", title: "silence after the request", fail: silence(""), says: noAnswer, silent: true},
		{name: "silence-status", title: "silence in the status line", fail: silence("HTTP/1.1 20"), says: noAnswer, silent: true},
		{name: "silence-head", title: "silence in the headers", fail: silence("HTTP/1.1 200 OK\r\nContent-Len"), says: noAnswer, silent: true},
		{name: "silence-body", title: "silence in the body of a 200", fail: taken("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", (*exchange).hang), kept: true, silent: true},
		{name: "reset-at-once", title: "reset before the request is read", fail: (*exchange).reset, early: true},
		{name: "reset-request", title: "reset after the request", fail: (*exchange).reset},
		{name: "cut-request", title: "the connection ends after the request", fail: nothing},
		{name: "taken-cut", title: "the records are stored, and the connection ends without a word", fail: taken("", nothing)},
		{name: "taken-reset", title: "the records are stored, and the connection is reset", fail: taken("", (*exchange).reset)},
		{name: "taken-500", title: "the records are stored, and the answer is 500", fail: taken("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", nothing), says: "500"},
		{name: "half-status", title: "half a status line", fail: cut("HTTP/1.")},
		{name: "half-body", title: "200 with half a body", fail: taken("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", nothing), kept: true},
		{name: "garbage", title: "what is no HTTP", fail: cut("220 mail.example.org ESMTP\r\n")},
		{name: "garbage-status", title: "a status that is none", fail: cut("HTTP/1.1 99999999999 X\r\n\r\n")},
		{name: "page-500", title: "500 with a page of 100 MB", fail: func(e *exchange) {
			e.write("HTTP/1.1 500 X\r\nContent-Length: 104857600\r\n\r\n")
			e.flood(filler, page)
		}, says: "500"},
		{name: "page-200", title: "200 with a page of 100 MB", fail: func(e *exchange) {
			_ = e.take(true)
			e.write("HTTP/1.1 200 OK\r\nContent-Length: 104857600\r\n\r\n")
			e.flood(filler, page)
		}, kept: true},
		{name: "head-endless", title: "headers without end", fail: func(e *exchange) { e.write("HTTP/1.1 200 OK\r\nX: "); e.flood(filler, page) }},
		{name: "interim-endless", title: "100 Continue without end", fail: func(e *exchange) { e.flood("HTTP/1.1 100 Continue\r\n\r\n", page) }},
		{name: "echo", title: "the request is sent back as the answer", fail: func(e *exchange) {
			e.write("HTTP/1.1 200 OK\r\n" + e.r.Header.Get("Authorization") + "\r\n\r\n")
		}},
		{name: "slow", title: "an answer of one byte a moment", fail: func(e *exchange) {
			for range 1000 {
				if _, err := e.conn.Write([]byte("H")); err != nil {
					return
				}
				time.Sleep(5 * time.Millisecond)
			}
		}, silent: true},
	}
}
