package rotate

import "time"

// Stats are counts since Open, and where the file stands.
type Stats struct {
	Lines        uint64 // records written
	Bytes        uint64 // their bytes, and those of Header
	Refused      uint64 // records for which Write or WriteBatch returned an error
	Held         uint64 // records in memory: a crash would lose them
	GivenUp      uint64 // held records that Close could not write
	SyncFailures uint64 // syncs that failed
	Unsynced     uint64 // records written that a failed sync may have lost: not those of Durable, which are Refused
	Rolls        uint64 // rollovers
	RollFailures uint64 // rollovers that failed, whether by Write or by Roll
	Removed      uint64 // old backups that were removed
	Compressed   uint64 // backups that were compressed
	Spared       uint64 // removals that BeforeRemove refused
	Reopens      uint64 // times that others had moved the file away
	Failures     uint64 // housekeeping that failed during a Write: what OnError got, and what it missed while it was running

	kept int // records that were ever held

	Size int64     // of the file; 0 if it is not open
	Next time.Time // next rollover by time; zero: none
}

// Stats returns the counts.
func (f *File) Stats() Stats {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.stats
	s.Unsynced += f.unsyncedLines.Load()
	s.Next = f.state.Next
	if f.held != nil {
		s.Held = uint64(len(f.held.ends))
	}
	if f.file != nil {
		s.Size = f.state.Size
	}
	return s
}
