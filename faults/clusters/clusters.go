// Package clusters has the faults of the queue on three servers of NATS JetStream:
// nodes killed, cut off, paused, restarted and without power, disks that are full and
// blocks that are damaged, and the processes at both ends killed.
//
// # Limits
//
// What is accepted here is what a Flush has returned for. All nodes share one disk, so
// that their times are longer than those of three machines.
package clusters

import (
	"time"

	"github.com/sluicelog/sluice/faults/fault"
	"github.com/sluicelog/sluice/faults/nodes"
	"github.com/sluicelog/sluice/faults/writer"
)

// limit is of one run: the longest has a node away for 30 s, and then all that was written
// meanwhile to read.
const limit = 6 * time.Minute

// queued is what most of them are done to.
var queued = writer.Spec{Kind: writer.Clustered, AckWait: 2 * time.Second}

// Faults are those of this package, in the order of the table.
func Faults() []fault.Fault {
	return []fault.Fault{
		killedEach(), killedLeader(), restarted(), killedEnds(), cutOff(), routesCut(), paused(), power(), powerCutOff(), full(), flipped(nodes.Size), flipped(1),
	}
}
