// Package network has the faults of connections: peers that do not read, that go away
// and come back, lines that break, and senders that mean harm.
package network

import "github.com/sluicelog/sluice/faults/fault"

// Faults returns them in the order of the catalogue.
func Faults() []fault.Fault {
	return []fault.Fault{
		stalled(),
		closing(),
		resetting(),
		restarted(),
		restartedPython(),
		unnamed(),
		halfOpen(),
		lossy(),
		split(),
		oversize(),
		malicious(),
		slowSenders(),
		randomInput(),
		opcodes(),
		floodTCP(),
		floodUDP(),
	}
}
