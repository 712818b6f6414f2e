package natsqueue

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/sluicelog/sluice/wire"
)

// servers takes the addresses of servers apart: without what they say of users,
// which o gets.
func servers(addresses string, o *Options) (string, error) {
	var all []string
	for i, one := range strings.Split(addresses, ",") {
		one = strings.TrimSpace(one)
		if !strings.Contains(one, "://") {
			one = "nats://" + one
		}
		u, err := url.Parse(one)
		if err != nil || u.Host == "" {
			// What url.Parse says may hold a password.
			return "", fmt.Errorf("address number %d: want nats://host:port or tls://host:port", i+1)
		}
		switch u.Scheme {
		case "nats", "tls", "ws", "wss":
		default:
			return "", fmt.Errorf("address number %d: scheme %q: want nats or tls", i+1, u.Scheme)
		}
		if user := u.User; user != nil {
			if password, ok := user.Password(); ok {
				o.User, o.Password = user.Username(), wire.Secret(password)
			} else {
				o.Token = wire.Secret(user.Username())
			}
		}
		all = append(all, u.Scheme+"://"+u.Host+u.Path)
	}
	return strings.Join(all, ","), nil
}

// connect connects, within ctx, and from then on whenever the connection is lost.
func (q *Queue) connect(ctx context.Context, addresses string, o *Options) error {
	where, err := servers(addresses, o)
	if err != nil {
		return err
	}
	timeout := 2 * time.Second
	if d, ok := ctx.Deadline(); ok {
		timeout = max(time.Millisecond, min(timeout, time.Until(d)))
	}
	options := []nats.Option{
		nats.Name("sluice " + o.Producer),
		nats.Timeout(timeout),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(100 * time.Millisecond),
		nats.ReconnectJitter(100*time.Millisecond, time.Second),
		nats.PingInterval(5 * time.Second),
		nats.MaxPingsOutstanding(2),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if q.alive.Err() != nil {
				return
			}
			q.cut()
			if err == nil {
				err = errors.New("closed by the server")
			}
			q.trouble.tell("connection", fmt.Errorf("connection lost: %w", err))
		}),
		nats.ReconnectHandler(func(*nats.Conn) {
			q.trouble.over("connection")
			q.nudge()
		}),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			if errors.Is(err, nats.ErrPermissionViolation) && strings.Contains(err.Error(), elections) {
				return // it is only slower without
			}
			q.trouble.tell("connection", err)
		}),
		nats.ClosedHandler(func(*nats.Conn) { close(q.parted) }),
	}
	if o.TLS != nil {
		options = append(options, nats.Secure(o.TLS.Clone()))
	}
	if o.Credentials != "" {
		options = append(options, nats.UserCredentials(o.Credentials))
	}
	if o.NKey != "" {
		key, err := nats.NkeyOptionFromSeed(o.NKey)
		if err != nil {
			return fmt.Errorf("nkey: %w", err)
		}
		options = append(options, key)
	}
	if o.Token != "" {
		options = append(options, nats.Token(string(o.Token)))
	}
	if o.User != "" {
		options = append(options, nats.UserInfo(o.User, string(o.Password)))
	}
	if q.conn, err = nats.Connect(where, options...); err != nil {
		return fmt.Errorf("connect to %s: %w", where, err)
	}
	return nil
}

// attempting bounds a question to the server: by a time, and by the connection, over
// which an answer would have to come.
func (q *Queue) attempting(most time.Duration) (context.Context, context.CancelFunc) {
	q.mu.Lock()
	defer q.mu.Unlock()
	return context.WithTimeout(q.link, max(most, q.least))
}

// cut ends all that waits for an answer over the connection.
func (q *Queue) cut() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.unlink()
	q.link, q.unlink = context.WithCancel(q.alive)
}

// part gives up the connection, and waits for the last report of it.
func (q *Queue) part() {
	q.conn.Close()
	<-q.parted
}

// listen leaves a server that says nothing at all after so many bytes: it is gone
// without a word, and must not be waited for when the others have chosen who leads.
func (q *Queue) listen(sent int) {
	ctx, cancel := q.attempting(min(time.Second+time.Duration(sent)*slowest, lonely))
	defer cancel()
	if q.conn.IsConnected() && errors.Is(q.conn.FlushWithContext(ctx), context.DeadlineExceeded) {
		q.move()
	}
}

// slowest is what a line takes for a byte: 100 kB/s.
const slowest = 10 * time.Microsecond

// elections is where servers tell that they lead a stream from now on.
const elections = "$JS.EVENT.ADVISORY.STREAM.LEADER_ELECTED."

// watch ends the wait for an answer when another server leads.
func (q *Queue) watch() error {
	_, err := q.conn.Subscribe(elections+q.options.Stream, func(*nats.Msg) {
		q.mu.Lock()
		defer q.mu.Unlock()
		if q.unask != nil {
			q.unask()
		}
	})
	return err
}

// move connects to another server, if one is known: the one that it was connected to
// longest ago.
func (q *Queue) move() {
	if len(q.conn.Servers()) > 1 && q.conn.IsConnected() {
		_ = q.conn.ForceReconnect() // it is open
	}
}
