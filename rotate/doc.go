// Package rotate writes files that roll over: at a size, at a time, or when
// somebody else has moved them away. It does what Python's RotatingFileHandler,
// TimedRotatingFileHandler and WatchedFileHandler do to their files, and knows
// nothing of logging: a File is an io.WriteCloser that any logger can use.
//
//	f, err := rotate.Open("app.log", &rotate.Options{
//		Policy:    rotate.Size{MaxBytes: 10 << 20},
//		Retention: rotate.Keep{Backups: 5},
//	})
//
// A File asks its Policy before every record whether it must roll over. A
// Policy is a value without state that only answers; the File moves. The
// record comes first: a rollover that fails leaves the files as they were, the
// record is written to the file at hand, Write returns nil and Options.OnError
// gets the failure. The next record tries again.
//
// # Differences from Python
//
// Size counts the bytes that are written, not characters; a file without
// backups never rolls. Timed keeps the true wall-clock time when clocks change
// and names a backup after the local time at which its period began; if that
// name is taken it adds ".1", ".2" and so on instead of not rolling any more. A
// failed rollover loses no record, and with Hold a full disk loses none. SizeAndTime does both, and Options.Timer rolls
// over without a record. A File that is opened late (Delay) is watched from its
// first record on. After Close there is only ErrClosed.
//
// # Backups
//
// Keep bounds them by number, age, size together and free space of the disk. What
// is removed is provably a backup of this file: its name is made again, and
// compared. Compress compresses them beside the writers, by one goroutine that
// runs while there is something to do. At any moment the backup is whole on the
// disk, as it is or as an archive: the archive is made under a name of its own and
// synced before it gets its place, and the directory is synced before the backup
// is unlinked.
//
// # Whose files
//
// Perm sets the permissions of the file and its backups exactly, whatever the
// umask. NoFollow refuses a symbolic link in the place of the file. What is made
// beside it (a temporary name, Options.Symlink) never replaces, follows or
// changes what others have put there.
//
// When a file of a megabyte or more that rolls over by its size is three quarters
// full, the next one is created as .app.log.next.sluice; Close removes it, and so
// does the Open that follows a process that was killed.
//
// # Many processes
//
// With Shared each write is made under a lock that goes with the open sidecar
// .app.log.sluice and ends with its process, after a look at the name: so the file
// that is written is the one of that name, its size is known, half a record is cut
// off before anybody follows it, and of those that find the file due one rolls over.
//
// # Limits
//
// Without Options.Shared one File writes a path; several processes, or several Files,
// on the same path roll it under each other's feet, what others append to the file is
// not counted towards its size until it is due, nor what they cut off. With it, all
// that write must share; a program that only appends and follows the name, as
// Python's WatchedFileHandler, need not, but what it writes to a backup later than
// Shared.Grace may be lost with it, and who is stopped while it has the lock stops
// all. On NFS that holds as far as flock does: a client that mounts it with local
// locks has none, and what appends without the lock may overwrite. Write hands
// its bytes to the operating system and returns: only Sync, SyncInterval and Durable
// put them on the disk. A rollover is several renames: a crash among them leaves the names as
// far as they had come, and the next Open takes them back or finishes them, by what
// the names say or by a journal in .app.log.sluice; it never removes anything that a
// whole rollover would have kept, and leaves and reports what it cannot read. A rollover whose
// Mover has already copied or compressed the file cannot be undone when the new
// file then cannot be opened. A record that the disk only took in part is cut off
// again, or if that cannot be done (somebody else has written to the file) the next
// record begins on a line of its own. What Hold keeps is in memory alone.
package rotate
