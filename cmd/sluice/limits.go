package main

import "time"

// limits are the flags that bound what one sender can take of the program.
type limits struct {
	MaxFrame        size          `help:"The most bytes of one record; a longer one is refused." default:"1M" group:"Limits:"`
	MaxConns        int           `help:"The most connections at once; one more is refused." default:"1024" group:"Limits:"`
	MaxConnsPerPeer int           `help:"The most of them from one address; 0: as many as all." default:"0" group:"Limits:"`
	MaxRate         int           `help:"The most records in a second from one address: more are read later, datagrams dropped; 0: no limit." default:"0" group:"Limits:"`
	IdleTimeout     time.Duration `help:"Close a connection on which nothing came for so long; 0: never." default:"0s" group:"Limits:"`
	FrameTimeout    time.Duration `help:"How long a record may take from its first byte to its last." default:"30s" group:"Limits:"`
	DrainTimeout    time.Duration `help:"How long to wait for records in hand when told to stop." default:"5s" group:"Limits:"`
}

// checkLimits refuses what package receive would take for its default.
func (l *limits) checkLimits() error {
	if l.MaxFrame == 0 {
		return usagef("--max-frame 0: want 1 or more")
	}
	for _, f := range [...]struct {
		flag        string
		value, from int
	}{
		{"--max-conns", l.MaxConns, 1},
		{"--max-conns-per-peer", l.MaxConnsPerPeer, 0},
		{"--max-rate", l.MaxRate, 0},
	} {
		if f.value < f.from {
			return usagef("%s %d: want %d or more", f.flag, f.value, f.from)
		}
	}
	if l.FrameTimeout <= 0 {
		return usagef("--frame-timeout %v: want more than 0", l.FrameTimeout)
	}
	if l.IdleTimeout < 0 {
		return usagef("--idle-timeout %v: want 0 or more", l.IdleTimeout)
	}
	if l.DrainTimeout < 0 {
		return usagef("--drain-timeout %v: want 0 or more", l.DrainTimeout)
	}
	return nil
}
