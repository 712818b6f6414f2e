package remote

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
)

// target is where requests go.
type target struct {
	scheme  string
	name    string // of the host, as it is connected to
	port    int
	host    string // the header
	request string // what is asked for, as it stands in the request line
}

// newTarget reads host as Python's http.client does, and url, which goes out as it
// is.
func newTarget(host, request string, secure bool) (*target, error) {
	t := &target{scheme: "http", port: 80, name: host, request: request}
	if secure {
		t.scheme, t.port = "https", 443
	}
	usual := t.port
	if i := strings.LastIndexByte(host, ':'); i > strings.LastIndexByte(host, ']') {
		t.name = host[:i]
		if text := host[i+1:]; text != "" {
			port, err := strconv.Atoi(text)
			if err != nil || port < 0 || port > 65535 {
				return nil, errors.New("a port that is none") // and may be a password
			}
			t.port = port
		}
	}
	if strings.HasPrefix(t.name, "[") && strings.HasSuffix(t.name, "]") {
		t.name = t.name[1 : len(t.name)-1]
	}
	if t.name == "" {
		return nil, errNoHost
	}
	t.host = t.name
	if strings.Contains(t.name, ":") {
		t.host = "[" + t.name + "]"
	}
	// What is no name may be a password.
	if _, err := url.Parse(t.scheme + "://" + t.host); err != nil || strings.ContainsAny(t.name, "@/?# ") {
		return nil, errors.New("a host that is no name")
	}
	if t.port != usual {
		t.host += ":" + strconv.Itoa(t.port)
	}
	// (http/client.py: putrequest.)
	for _, c := range []byte(request) {
		if c <= ' ' || c >= 0x7f {
			return nil, fmt.Errorf("url with the character %q", c)
		}
	}
	if rest, ok := strings.CutPrefix(request, "http"); ok {
		_, rest, ok = strings.Cut(rest, "://")
		if authority := rest[:authorityEnd(rest)]; ok && authority != "" {
			if strings.Contains(authority, "@") {
				return nil, errors.New("a url with a password")
			}
			t.host = authority
		}
	}
	return t, nil
}

func authorityEnd(s string) int {
	if i := strings.IndexAny(s, "/?#"); i >= 0 {
		return i
	}
	return len(s)
}

// address is where to connect to.
func (t *target) address() string { return net.JoinHostPort(t.name, strconv.Itoa(t.port)) }

// url gives the URL whose request line is what request says, to the letter.
func (t *target) url(request string, proxied bool) *url.URL {
	u := &url.URL{Scheme: t.scheme, Host: t.address(), Opaque: request}
	switch {
	case proxied && t.scheme == "http" && !strings.Contains(request, "://"):
		// A proxy is asked for the whole URL.
		u.Opaque = "//" + t.host + "/" + strings.TrimPrefix(request, "/")
	case strings.HasPrefix(request, "//"):
		u.Opaque = "" // it would get a scheme in front
		path, query, found := strings.Cut(request, "?")
		u.Path, u.RawPath, u.RawQuery, u.ForceQuery = path, path, query, found
		if plain, err := url.PathUnescape(path); err == nil {
			u.Path = plain
		}
	}
	return u
}
