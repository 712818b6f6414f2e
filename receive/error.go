package receive

import "fmt"

// Error is what was wrong with a frame or a connection.
type Error struct {
	Peer   string // the sender's address; empty where the transport has none
	Reason string // one of the Reasons
	Err    error
}

func (e *Error) Error() string {
	if e.Peer == "" {
		return fmt.Sprintf("receive: %v", e.Err)
	}
	return fmt.Sprintf("receive from %s: %v", e.Peer, e.Err)
}

// Unwrap gives Err.
func (e *Error) Unwrap() error { return e.Err }

// The reasons for which a frame or a connection is refused, as Stats counts them.
const (
	ReasonTooLong    = "too long"      // the frame
	ReasonTruncated  = "truncated"     // the connection or datagram ended inside of a frame
	ReasonBad        = "bad record"    // the parser refused it
	ReasonTimeout    = "timeout"       // of a frame that was begun
	ReasonIdle       = "idle"          // the connection
	ReasonTooMany    = "too many"      // connections
	ReasonNotEmitted = "not delivered" // the Emitter's error; the Emitter has reported it
	ReasonNotFlushed = "not flushed"   // the Emitter's error; it counts for no frame
	ReasonRate       = "rate"          // a datagram beyond MaxRate
	ReasonOverflow   = "overflow"      // datagrams came faster than they were emitted
	ReasonShutdown   = "shutdown"      // a frame was not complete when the Server had to end
	ReasonBroken     = "broken"        // the connection failed
	ReasonHandshake  = "handshake"     // of TLS, or a client without the right certificate
	ReasonForged     = "forged"        // a frame whose signature is not right
	ReasonDuplicate  = "duplicate"     // a record that had come before; it is not reported
	ReasonToken      = "no token"      // a request without the right one
	ReasonRequest    = "bad request"   // of HTTP, that holds no records
	ReasonRatio      = "compression"   // a body that is nothing but its own compression
	ReasonBusy       = "busy"          // a request that came while there were too many
)
